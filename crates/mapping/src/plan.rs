//! A compiled set of mappings, applied to whole records.

use crate::cell::{Cell, Way};
use crate::check::compile_all;
use crate::field::{Field, Pulled};
use crate::problem::FieldProblem;
use crate::reference::{self, REFERENCE, References};
use crate::transform::Concat;
use crate::{Context, FieldMapping, Problem};
use domain::EntityType;
use domain::integration::ConflictPolicy;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::HashSet;

/// The mappings of one entity, compiled once and used for many records, from any thread.
#[derive(Debug)]
pub struct Plan {
    pub(crate) fields: Vec<PlannedField>,
    columns: Vec<String>,
    /// The Geniacs fields in the order of their names.
    sorted: Vec<String>,
}

/// A field, and the second name it may have in changes.
#[derive(Debug)]
pub(crate) struct PlannedField {
    pub(crate) field: Field,
    /// Whether the local name is free to stand for this field: no Geniacs field is called like that.
    pub(crate) answers_to_local: bool,
}

/// A record on the other side of a plan.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mapped {
    /// The fields that passed, under the names of the side they go to. On the way to Geniacs each field without a value is
    /// null: an empty field is a value.
    pub fields: Map<String, Value>,
    /// Optional fields that failed and were left out.
    pub warnings: Vec<FieldProblem>,
    /// Required fields that failed, and references to records that are not linked; with any of them the whole record
    /// fails.
    pub errors: Vec<FieldProblem>,
}

impl Plan {
    /// Compiles active mappings of one entity, or tells everything wrong with them, as [`check_all`](crate::check_all)
    /// does.
    pub fn compile(entity: EntityType, mappings: &[FieldMapping], context: &Context) -> Result<Self, Vec<Problem>> {
        let fields = compile_all(entity, mappings, context)?;
        let geniacs: HashSet<String> = fields.iter().map(|field| field.geniacs.clone()).collect();
        // A local name that is also a Geniacs field means that one.
        let planned = |field: Field| PlannedField { answers_to_local: !geniacs.contains(&field.local), field };
        let columns = columns_of(&fields);
        let mut sorted: Vec<String> = geniacs.iter().cloned().collect();
        sorted.sort_unstable();
        Ok(Self { fields: fields.into_iter().map(planned).collect(), columns, sorted })
    }

    /// A local record as Geniacs fields. Every field is named, as null where there is no value, but for those that failed.
    pub fn push(&self, local: &Map<String, Value>, references: &References) -> Mapped {
        let mut mapped = Mapped::default();
        for PlannedField { field, .. } in &self.fields {
            match field.push(local, references) {
                Ok(None) => drop(mapped.fields.insert(field.geniacs.clone(), Value::Null)),
                Ok(Some(cell)) => mapped.put(&field.geniacs, cell, Way::Push),
                Err(problem) => mapped.report(field, problem),
            }
        }
        mapped
    }

    /// A whole Geniacs record as the local columns of a new record. Required and default apply; what is missing is left
    /// to the column's own default.
    pub fn pull(&self, geniacs: &Map<String, Value>, references: &References) -> Mapped {
        let mut mapped = Mapped::default();
        for PlannedField { field, .. } in &self.fields {
            match field.pull(geniacs.get(&field.geniacs), references) {
                Ok(Pulled::Missing | Pulled::Untouched) => {}
                Ok(Pulled::Value(cell)) => mapped.put(&field.local, cell, Way::Pull),
                Err(problem) => mapped.report(field, problem),
            }
        }
        mapped
    }

    /// Changes of a Geniacs record as local columns. A key may be the Geniacs field or, where that is absent, the local
    /// field of a mapping. Absent fields are left alone; an explicit null becomes the default, or clears the column.
    pub fn pull_partial(&self, changes: &Map<String, Value>, references: &References) -> Mapped {
        let mut mapped = Mapped::default();
        for planned in &self.fields {
            let Some(raw) = planned.find_change(changes) else { continue };
            let pulled = planned.field.pull(Some(raw), references);
            mapped.take(&planned.field, pulled);
        }
        mapped
    }

    /// Whether any field names another record.
    pub fn has_references(&self) -> bool {
        self.references().next().is_some()
    }

    /// The records that a local record names, to be looked up before it is pushed or patched.
    pub fn local_references(&self, local: &Map<String, Value>) -> impl Iterator<Item = (EntityType, i64)> {
        self.references().filter_map(|(planned, entity)| {
            let id = local.get(&planned.field.local).and_then(reference::local_id)?;
            Some((entity, id))
        })
    }

    /// The records that a Geniacs record, or changes of one, name, to be looked up before it is pulled or patched in.
    pub fn geniacs_references<'a>(
        &'a self,
        geniacs: &'a Map<String, Value>,
    ) -> impl Iterator<Item = (EntityType, Cow<'a, str>)> {
        self.references().filter_map(|(planned, entity)| {
            let id = planned.find_change(geniacs).and_then(reference::geniacs_id)?;
            Some((entity, id))
        })
    }

    fn references(&self) -> impl Iterator<Item = (&PlannedField, EntityType)> {
        self.fields.iter().filter_map(|planned| planned.field.refers_to.map(|entity| (planned, entity)))
    }

    /// The local columns that the plan reads or writes, each once.
    pub fn local_fields(&self) -> impl Iterator<Item = &str> + Clone {
        self.columns.iter().map(String::as_str)
    }

    /// Who wins when both sides changed a Geniacs field, where its mapping says so.
    pub fn conflict_policy(&self, geniacs_field: &str) -> Option<ConflictPolicy> {
        self.fields.iter().find(|planned| planned.field.geniacs == geniacs_field)?.field.conflict_policy
    }

    /// The Geniacs fields in the order of their names, as in canonical text.
    pub fn sorted_geniacs_fields(&self) -> impl Iterator<Item = &str> {
        self.sorted.iter().map(String::as_str)
    }

    /// The Geniacs fields that the plan reads and writes.
    pub fn geniacs_fields(&self) -> impl Iterator<Item = &str> + Clone {
        self.fields.iter().map(|planned| planned.field.geniacs.as_str())
    }
}

fn columns_of(fields: &[Field]) -> Vec<String> {
    let own = fields.iter().map(|field| field.local.as_str());
    let joined = fields.iter().filter_map(Field::concat).flat_map(Concat::columns);
    let mut known = HashSet::new();
    own.chain(joined).filter(|column| known.insert(*column)).map(str::to_owned).collect()
}

impl PlannedField {
    pub(crate) fn find_change<'a>(&self, changes: &'a Map<String, Value>) -> Option<&'a Value> {
        let local = || self.answers_to_local.then(|| changes.get(&self.field.local)).flatten();
        changes.get(&self.field.geniacs).or_else(local)
    }
}

impl Mapped {
    fn put(&mut self, name: &str, cell: Cell<'_>, way: Way) {
        self.fields.insert(name.to_owned(), cell.into_value(way));
    }

    /// What a change of the field makes of its column.
    pub(crate) fn take(&mut self, field: &Field, change: Result<Pulled<'_>, FieldProblem>) {
        match change {
            Ok(Pulled::Untouched) => {}
            Ok(Pulled::Missing) => {
                self.fields.insert(field.local.clone(), Value::Null);
            }
            Ok(Pulled::Value(cell)) => self.put(&field.local, cell, Way::Pull),
            Err(problem) => self.report(field, problem),
        }
    }

    fn report(&mut self, field: &Field, problem: FieldProblem) {
        if field.is_required || problem.rule == REFERENCE {
            self.errors.push(problem);
        } else {
            self.warnings.push(problem);
        }
    }
}
