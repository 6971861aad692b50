//! One compiled mapping.

use crate::cell::{Cell, Way};
use crate::problem::{Failure, FieldProblem};
use crate::transform::{self, Transform};
use crate::validation::{self, Validation};
use crate::{Context, FieldMapping, Problem, names};
use domain::FieldType;
use serde_json::Value;

/// The longest default value, in characters: the specification's column.
const MAX_DEFAULT: usize = 255;

/// A mapping with its rules read, ready for many records.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) local: String,
    pub(crate) geniacs: String,
    pub(crate) is_required: bool,
    kind: FieldType,
    default: Option<Cell<'static>>,
    transforms: Vec<Transform>,
    validations: Vec<Validation>,
}

impl Field {
    /// Reads a mapping, or tells everything that is wrong with it.
    pub(crate) fn compile(mapping: &FieldMapping, context: &Context) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        names::check(mapping, &mut problems);
        let transforms = transform::read(mapping, context, &mut problems);
        let validations = validation::read(mapping, context, &mut problems);
        let mut field = Self {
            local: mapping.local_field.clone(),
            geniacs: mapping.geniacs_field.clone(),
            is_required: mapping.is_required,
            kind: mapping.field_type,
            default: None,
            transforms,
            validations,
        };
        if let Some(written) = &mapping.default_value {
            match field.read_default(written, problems.is_empty()) {
                Ok(default) => field.default = Some(default),
                Err(message) => problems.push(Problem::new("default_value", message)),
            }
        }
        if problems.is_empty() { Ok(field) } else { Err(problems) }
    }

    /// Converts a default to the field's type and, where the rules are known, sees that they let it pass.
    fn read_default(&self, written: &str, rules_are_known: bool) -> Result<Cell<'static>, String> {
        if written.chars().count() > MAX_DEFAULT {
            return Err(format!("must have at most {MAX_DEFAULT} characters"));
        }
        let value = match self.kind {
            FieldType::Json => serde_json::from_str(written).map_err(|_| "is not JSON".to_owned())?,
            _ => Value::String(written.to_owned()),
        };
        let convert = || Cell::read(&value, self.kind);
        let cell = convert().map_err(|f| f.message.into_owned())?;
        let cell = cell.ok_or_else(|| format!("is no {} value; leave it out for no default", self.kind))?;
        if rules_are_known {
            let passed = self.finish(Some(cell.clone()), Way::Push);
            passed.map_err(|problem| format!("fails the mapping's own rule {}: {}", problem.rule, problem.message))?;
        }
        Ok(cell.into_owned())
    }

    /// Converts a value to the field's type, nothing more. An absent one is null.
    pub(crate) fn convert<'a>(&self, raw: Option<&'a Value>) -> Result<Option<Cell<'a>>, FieldProblem> {
        let Some(raw) = raw else { return Ok(None) };
        Cell::read(raw, self.kind).map_err(|failure| self.problem(failure, raw.clone()))
    }

    /// Conversion, default, transformation, validation.
    pub(crate) fn map<'a>(&self, raw: Option<&'a Value>, way: Way) -> Result<Option<Cell<'a>>, FieldProblem> {
        self.finish(self.convert(raw)?, way)
    }

    /// What follows after the conversion.
    pub(crate) fn finish<'a>(&self, cell: Option<Cell<'a>>, way: Way) -> Result<Option<Cell<'a>>, FieldProblem> {
        let Some(mut cell) = cell.or_else(|| self.default.clone()) else { return self.missing() };
        let passed = self.transform(&mut cell, way).and_then(|()| self.validate(&cell, way));
        match passed {
            Ok(()) => Ok(Some(cell)),
            Err(failure) => Err(self.problem(failure, cell.into_value(way))),
        }
    }

    /// A pull undoes last what a push did first.
    fn transform(&self, cell: &mut Cell<'_>, way: Way) -> Result<(), Failure> {
        match way {
            Way::Push => self.transforms.iter().try_for_each(|rule| rule.apply(way, cell)),
            Way::Pull => self.transforms.iter().rev().try_for_each(|rule| rule.apply(way, cell)),
        }
    }

    fn validate(&self, cell: &Cell<'_>, way: Way) -> Result<(), Failure> {
        if way == Way::Pull {
            cell.storable()?;
        }
        self.validations.iter().try_for_each(|rule| rule.check(cell))
    }

    fn missing<'a>(&self) -> Result<Option<Cell<'a>>, FieldProblem> {
        if self.validations.contains(&Validation::Required) {
            return Err(self.problem(Validation::missing(), Value::Null));
        }
        if self.is_required {
            return Err(self.problem(Failure::new("is_required", "is missing"), Value::Null));
        }
        Ok(None)
    }

    fn problem(&self, failure: Failure, value: Value) -> FieldProblem {
        FieldProblem {
            local_field: self.local.clone(),
            geniacs_field: self.geniacs.clone(),
            value,
            rule: failure.rule,
            message: failure.message.into_owned(),
        }
    }
}
