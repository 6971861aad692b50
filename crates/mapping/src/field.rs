//! One compiled mapping.

use crate::cell::{Cell, Way};
use crate::form::ValueForm;
use crate::problem::{Failure, FieldProblem};
use crate::reference::{REFERENCE, References};
use crate::rule::Facts;
use crate::transform::{self, Concat, Transform, Undone};
use crate::validation::{self, Validation};
use crate::{Context, FieldMapping, Problem, names};
use domain::integration::ConflictPolicy;
use domain::{EntityType, FieldType, Reason};
use serde_json::{Map, Value};

/// The longest default value, in characters: the specification's column.
const MAX_DEFAULT: usize = 255;

/// A mapping with its rules read, ready for many records.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) local: String,
    pub(crate) geniacs: String,
    pub(crate) is_required: bool,
    /// The other entity, if the field names a record of it.
    pub(crate) refers_to: Option<EntityType>,
    pub(crate) conflict_policy: Option<ConflictPolicy>,
    here: ValueForm,
    there: ValueForm,
    default: Option<Substitute>,
    pub(crate) transforms: Vec<Transform>,
    /// The transformations from here on are the same both ways, or are not undone. What a pull checks is the value
    /// that has gone back through these alone: Geniacs' form of it.
    pub(crate) undone_before: usize,
    pub(crate) validations: Vec<Validation>,
}

/// The value that takes the place of a missing one, on either side.
#[derive(Debug)]
struct Substitute {
    here: Cell<'static>,
    there: Cell<'static>,
}

/// The effect of a value of Geniacs on the column here.
pub(crate) enum Pulled<'a> {
    /// There is none.
    Missing,
    /// Nothing.
    Untouched,
    /// To be written.
    Value(Cell<'a>),
}

impl Field {
    /// Reads a mapping, or tells everything that is wrong with it.
    pub(crate) fn compile(entity: EntityType, mapping: &FieldMapping, context: &Context) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let facts = Facts { kind: mapping.field_type, context: context.clone() };
        let transforms = transform::read_transforms(mapping, &facts, &mut problems);
        let validations = validation::read_validations(mapping, &facts, &mut problems);
        let refers_to = transforms
            .iter()
            .find_map(|rule| if let Transform::Reference(entity) = rule { Some(*entity) } else { None });

        names::check_names(entity, mapping, refers_to, &mut problems);
        if refers_to.is_some() {
            stands_alone(mapping, &transforms, &validations, &mut problems);
        }
        if let Some(Transform::Concat(concat)) = transforms.first() {
            names::check_columns(mapping, concat.columns(), &mut problems);
        }

        let (here, there) = forms_of(&facts, &transforms);
        let mut field = Self {
            local: mapping.local_field.clone(),
            geniacs: mapping.geniacs_field.clone(),
            is_required: mapping.is_required,
            refers_to,
            conflict_policy: mapping.conflict_policy,
            here,
            there,
            default: None,
            undone_before: transforms.iter().rposition(Transform::is_undone).map_or(0, |last| last + 1),
            transforms,
            validations,
        };

        if let Some(written) = &mapping.default_value {
            match field.read_default(written, mapping.field_type, problems.is_empty()) {
                Ok(default) => field.default = default,
                Err(message) => problems.push(Problem::new("default_value", Reason::new("wrong_default", message))),
            }
        }

        if problems.is_empty() { Ok(field) } else { Err(problems) }
    }

    /// Converts a default to the field's type and, where the rules are known, sees that they let it pass.
    fn read_default(
        &self,
        written: &str,
        kind: FieldType,
        rules_are_known: bool,
    ) -> Result<Option<Substitute>, String> {
        if written.chars().count() > MAX_DEFAULT {
            return Err(format!("must have at most {MAX_DEFAULT} characters"));
        }

        let value = match kind {
            FieldType::Json => domain::json::from_str(written).map_err(|_| "is not JSON".to_owned())?,
            _ => Value::String(written.to_owned()),
        };
        let cell = self.here.read(&value).map_err(|failure| failure.message.into_owned())?;
        let here = cell.ok_or_else(|| format!("is no {kind} value; leave it out for no default"))?;

        if !rules_are_known {
            return Ok(None);
        }

        let references = References::default();
        let fails =
            |problem: FieldProblem| format!("fails the mapping's own rule {}: {}", problem.rule, problem.message);
        // A default goes to Geniacs and comes back by the rules, as a value would.
        let there = self.forward(here.clone(), &references).map_err(fails)?;
        let back = self.normal(there.clone()).and_then(|normal| self.undo(normal, &references)).map_err(fails)?;
        let here = if let Pulled::Value(back) = back { back } else { here };
        Ok(Some(Substitute { here: here.into_owned(), there: there.into_owned() }))
    }

    /// The columns that make up the value, where it is more than its own.
    pub(crate) fn concat(&self) -> Option<&Concat> {
        if let Some(Transform::Concat(concat)) = self.transforms.first() { Some(concat) } else { None }
    }

    /// The column's value, converted and nothing more.
    pub(crate) fn held<'a>(&self, local: &'a Map<String, Value>) -> Result<Option<Cell<'a>>, FieldProblem> {
        self.read(self.here, local.get(&self.local))
    }

    /// The value of Geniacs' field, converted and nothing more. An empty text of an optional field is no value.
    pub(crate) fn incoming<'a>(&self, raw: &'a Value) -> Result<Option<Cell<'a>>, FieldProblem> {
        if self.is_empty(raw) {
            return Ok(None);
        }
        self.read(self.there, Some(raw))
    }

    /// Whether a value is an empty text where that means that there is no value.
    pub(crate) fn is_empty(&self, value: &Value) -> bool {
        !self.is_required && value.as_str().is_some_and(|text| text.trim().is_empty())
    }

    fn read<'a>(&self, form: ValueForm, raw: Option<&'a Value>) -> Result<Option<Cell<'a>>, FieldProblem> {
        let Some(raw) = raw else { return Ok(None) };
        form.read(raw).map_err(|failure| self.problem(failure, raw.clone()))
    }

    /// A local record's value as Geniacs gets it.
    pub(crate) fn push<'a>(
        &'a self,
        local: &'a Map<String, Value>,
        references: &'a References,
    ) -> Result<Option<Cell<'a>>, FieldProblem> {
        match (self.joined_or_held(local)?, &self.default) {
            (Some(cell), _) => self.forward(cell, references).map(Some),
            (None, Some(default)) => Ok(Some(default.there.reborrow())),
            (None, None) => self.missing().map(|()| None),
        }
    }

    /// The value with which the rules of a push begin.
    pub(crate) fn source<'a>(&'a self, local: &'a Map<String, Value>) -> Result<Option<Cell<'a>>, FieldProblem> {
        let default = || self.default.as_ref().map(|default| default.here.reborrow());
        Ok(self.joined_or_held(local)?.or_else(default))
    }

    fn joined_or_held<'a>(&self, local: &'a Map<String, Value>) -> Result<Option<Cell<'a>>, FieldProblem> {
        match self.concat() {
            Some(concat) => concat.join(local).map_err(|(failure, value)| self.problem(failure, value)),
            None => self.held(local),
        }
    }

    /// A value of Geniacs as the column gets it.
    pub(crate) fn pull<'a>(
        &'a self,
        raw: Option<&'a Value>,
        references: &'a References,
    ) -> Result<Pulled<'a>, FieldProblem> {
        match raw.map_or(Ok(None), |raw| self.incoming(raw))? {
            _ if self.concat().is_some() => Ok(Pulled::Untouched),
            Some(cell) => self.normal(cell).and_then(|normal| self.undo(normal, references)),
            None => self.pull_missing(),
        }
    }

    /// The effect of a missing value of Geniacs.
    pub(crate) fn pull_missing(&self) -> Result<Pulled<'_>, FieldProblem> {
        match &self.default {
            Some(default) => Ok(Pulled::Value(default.here.reborrow())),
            None => self.missing().map(|()| Pulled::Missing),
        }
    }

    /// The value at Geniacs where the one here is missing.
    pub(crate) fn substitute(&self) -> Option<Cell<'_>> {
        self.default.as_ref().map(|default| default.there.reborrow())
    }

    fn forward<'a>(&'a self, mut cell: Cell<'a>, references: &'a References) -> Result<Cell<'a>, FieldProblem> {
        let passed = self.transforms.iter().try_for_each(|rule| rule.push(&mut cell, references));
        match passed.and_then(|()| self.validate(&cell)) {
            Ok(()) => Ok(cell),
            Err(failure) => Err(self.problem(failure, cell.into_value(Way::Push))),
        }
    }

    /// Geniacs' form of a value that came from there: what is the same both ways applied, and checked.
    pub(crate) fn normal<'a>(&self, mut cell: Cell<'a>) -> Result<Cell<'a>, FieldProblem> {
        let rules = self.transforms.get(self.undone_before..).unwrap_or_default();
        let passed = rules.iter().rev().try_for_each(|rule| rule.repeat(&mut cell));
        match passed.and_then(|()| cell.storable()).and_then(|()| self.validate(&cell)) {
            Ok(()) => Ok(cell),
            Err(failure) => Err(self.problem(failure, cell.into_value(Way::Pull))),
        }
    }

    /// The local form of a value in Geniacs' form.
    pub(crate) fn undo<'a>(
        &'a self,
        mut cell: Cell<'a>,
        references: &'a References,
    ) -> Result<Pulled<'a>, FieldProblem> {
        let rules = self.transforms.get(..self.undone_before).unwrap_or_default();
        match rules.iter().rev().try_for_each(|rule| rule.undo(&mut cell, references)) {
            Ok(()) => Ok(Pulled::Value(cell)),
            Err(Undone::Untold) => Ok(Pulled::Untouched),
            Err(Undone::Failed(failure)) => Err(self.problem(failure, cell.into_value(Way::Pull))),
        }
    }

    fn validate(&self, cell: &Cell<'_>) -> Result<(), Failure> {
        self.validations.iter().try_for_each(|rule| rule.check(cell))
    }

    /// Whether a value may be missing.
    fn missing(&self) -> Result<(), FieldProblem> {
        if self.validations.contains(&Validation::Required) {
            return Err(self.problem(Validation::missing(), Value::Null));
        }
        self.may_be_missing()
    }

    /// Whether the mapping itself, rules aside, lets a value be missing.
    pub(crate) fn may_be_missing(&self) -> Result<(), FieldProblem> {
        if self.is_required {
            return Err(self.problem(Failure::new("is_required", "is missing"), Value::Null));
        }
        Ok(())
    }

    pub(crate) fn problem(&self, failure: Failure, value: Value) -> FieldProblem {
        FieldProblem {
            local_field: self.local.clone(),
            geniacs_field: self.geniacs.clone(),
            value,
            rule: failure.rule,
            message: failure.message.into_owned(),
            params: failure.params,
        }
    }
}

/// How the two sides write the field's values.
fn forms_of(facts: &Facts, transforms: &[Transform]) -> (ValueForm, ValueForm) {
    let typed = |kind| ValueForm::Typed(kind, facts.context.default_time_zone.into());
    let own = typed(facts.kind);

    // A value map and a date format change the type of the value on the way, so the two sides read it differently.
    match transforms.first() {
        Some(Transform::Reference(_)) => (ValueForm::LocalId, ValueForm::GeniacsId),
        Some(Transform::ValueMap(_)) if facts.kind != FieldType::String => (ValueForm::Word, own),
        Some(Transform::DateFormat(format)) if format.is_number() => (own, typed(FieldType::Number)),
        Some(Transform::DateFormat(_)) => (own, ValueForm::Word),
        _ => (own, own),
    }
}

/// An id is not text to be changed, nor is one made up where it is missing.
fn stands_alone(
    mapping: &FieldMapping,
    transforms: &[Transform],
    validations: &[Validation],
    problems: &mut Vec<Problem>,
) {
    let place = format!("transformation_rules.{REFERENCE}");
    // A changed id would name another record, or none.
    if transforms.len() > 1 {
        let reason = Reason::new("stands_alone", "must stand alone: an id is not changed by other rules");
        problems.push(Problem::new(place.as_str(), reason));
    }

    if validations.iter().any(|rule| *rule != Validation::Required) {
        let reason = Reason::new("only_required_beside", "allows only the validation rule required beside it");
        problems.push(Problem::new(place, reason));
    }

    if mapping.default_value.is_some() {
        let reason = Reason::new("no_default", "must be left out: there is no other record to name instead");
        problems.push(Problem::new("default_value", reason));
    }
}
