//! A compiled set of mappings, applied to whole records.

use crate::cell::{Cell, Way};
use crate::check::compile_all;
use crate::field::Field;
use crate::problem::FieldProblem;
use crate::{Context, FieldMapping, Problem};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// The mappings of one entity, compiled once and used for many records, from any thread.
#[derive(Debug)]
pub struct Plan {
    pub(crate) fields: Vec<PlannedField>,
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
    /// The fields that passed, under the names of the side they go to.
    pub fields: Map<String, Value>,
    /// Optional fields that failed and were left out.
    pub warnings: Vec<FieldProblem>,
    /// Required fields that failed; with any of them the whole record fails with `validation_error`.
    pub errors: Vec<FieldProblem>,
}

impl Plan {
    /// Compiles active mappings of one entity, or tells everything wrong with them, as [`check_all`](crate::check_all)
    /// does.
    pub fn compile(mappings: &[FieldMapping], context: &Context) -> Result<Self, Vec<Problem>> {
        let fields = compile_all(mappings, context)?;
        let geniacs: HashSet<String> = fields.iter().map(|field| field.geniacs.clone()).collect();
        let planned = |field: Field| PlannedField { answers_to_local: !geniacs.contains(&field.local), field };
        Ok(Self { fields: fields.into_iter().map(planned).collect() })
    }

    /// A local record as Geniacs fields.
    pub fn push(&self, local: &Map<String, Value>) -> Mapped {
        let mut mapped = Mapped::default();
        for PlannedField { field, .. } in &self.fields {
            let result = field.map(local.get(&field.local), Way::Push);
            mapped.take(field, &field.geniacs, result, Way::Push);
        }
        mapped
    }

    /// A whole Geniacs record as the local columns of a new record. Required and default apply; what is missing is left
    /// to the column's own default.
    pub fn pull(&self, geniacs: &Map<String, Value>) -> Mapped {
        let mut mapped = Mapped::default();
        for PlannedField { field, .. } in &self.fields {
            let result = field.map(geniacs.get(&field.geniacs), Way::Pull);
            mapped.take(field, &field.local, result, Way::Pull);
        }
        mapped
    }

    /// Changes of a Geniacs record as local columns. A key may be the Geniacs field or, where that is absent, the local
    /// field of a mapping. Absent fields are left alone; an explicit null becomes the default, or clears the column.
    pub fn pull_partial(&self, changes: &Map<String, Value>) -> Mapped {
        let mut mapped = Mapped::default();
        for planned in &self.fields {
            let Some(raw) = planned.find_change(changes) else { continue };
            let field = &planned.field;
            match field.map(Some(raw), Way::Pull) {
                Ok(None) => mapped.clear(field),
                result => mapped.take(field, &field.local, result, Way::Pull),
            }
        }
        mapped
    }

    /// The local columns that the plan reads and writes.
    pub fn local_fields(&self) -> impl Iterator<Item = &str> + Clone {
        self.fields.iter().map(|planned| planned.field.local.as_str())
    }

    /// The Geniacs fields that the plan reads and writes.
    pub fn geniacs_fields(&self) -> impl Iterator<Item = &str> + Clone {
        self.fields.iter().map(|planned| planned.field.geniacs.as_str())
    }
}

impl PlannedField {
    pub(crate) fn find_change<'a>(&self, changes: &'a Map<String, Value>) -> Option<&'a Value> {
        let local = || self.answers_to_local.then(|| changes.get(&self.field.local)).flatten();
        changes.get(&self.field.geniacs).or_else(local)
    }
}

impl Mapped {
    pub(crate) fn take(&mut self, field: &Field, name: &str, result: Result<Option<Cell<'_>>, FieldProblem>, way: Way) {
        match result {
            Ok(None) => {}
            Ok(Some(cell)) => {
                self.fields.insert(name.to_owned(), cell.into_value(way));
            }
            Err(problem) => self.report(field, problem),
        }
    }

    pub(crate) fn clear(&mut self, field: &Field) {
        self.fields.insert(field.local.clone(), Value::Null);
    }

    pub(crate) fn report(&mut self, field: &Field, problem: FieldProblem) {
        if field.is_required {
            self.errors.push(problem);
        } else {
            self.warnings.push(problem);
        }
    }
}
