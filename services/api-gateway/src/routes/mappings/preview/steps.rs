//! What each rule of one mapping does to one record.

use crate::openapi::names;
use domain::EntityType;
use mapping::{Context, FieldMapping, FieldProblem, Plan, References, RulesInOrder};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// One field of a preview.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MappedField)]
pub(super) struct FieldView {
    #[schema(example = "email")]
    local_field: String,
    #[schema(example = "email_address")]
    geniacs_field: String,
    /// As it is here.
    value: Value,
    /// As it would be sent; null where it is left out.
    result: Value,
    /// `mapped`, `missing`, `left_out` (an optional field that failed), or `failed` (the whole record fails).
    #[schema(value_type = names::FieldOutcome)]
    outcome: &'static str,
    /// What is wrong, if something is.
    message: Option<String>,
    transformations: Vec<StepView>,
    validations: Vec<StepView>,
}

/// One rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleOutcome)]
struct StepView {
    #[schema(example = "trim")]
    rule: String,
    passed: bool,
    /// The value after this rule; for a validation the value that it looked at.
    value: Value,
    message: Option<String>,
}

/// What a record is mapped with.
struct Bench<'a> {
    entity: EntityType,
    context: &'a Context,
    record: &'a Map<String, Value>,
    references: &'a References,
}

impl FieldView {
    pub(super) fn of(
        entity: EntityType,
        mapping: &FieldMapping,
        context: &Context,
        record: &Map<String, Value>,
        references: &References,
    ) -> Self {
        let bench = Bench { entity, context, record, references };
        let RulesInOrder { transformations, validations } = RulesInOrder::of(mapping);
        let alone = |transformations: &[Value], validations: &[Value]| FieldMapping {
            transformation_rules: Value::from(transformations),
            validation_rules: Value::from(validations),
            ..mapping.clone()
        };
        let stretch = |n: usize| transformations.get(..n).unwrap_or_default();
        let result = bench.push(mapping);
        Self {
            local_field: mapping.local_field.clone(),
            geniacs_field: mapping.geniacs_field.clone(),
            value: record.get(&mapping.local_field).cloned().unwrap_or_default(),
            outcome: outcome(&result, mapping.is_required),
            message: result.as_ref().err().map(|problem| problem.message.clone()),
            result: result.unwrap_or_default(),
            transformations: (1..=transformations.len())
                .zip(&transformations)
                .map(|(n, rule)| StepView::of(rule, bench.push(&alone(stretch(n), &[]))))
                .collect(),
            validations: validations
                .iter()
                .map(|rule| StepView::of(rule, bench.push(&alone(&transformations, std::slice::from_ref(rule)))))
                .collect(),
        }
    }
}

fn outcome(result: &Result<Value, FieldProblem>, is_required: bool) -> &'static str {
    match result {
        Ok(Value::Null) => "missing",
        Ok(_) => "mapped",
        Err(problem) if is_required || problem.rule == mapping::REFERENCE => "failed",
        Err(_) => "left_out",
    }
}

impl StepView {
    fn of(rule: &Value, result: Result<Value, FieldProblem>) -> Self {
        let rule = rule.as_object().and_then(|rule| rule.keys().next().cloned()).unwrap_or_default();
        match result {
            Ok(value) => Self { rule, passed: true, value, message: None },
            Err(problem) => Self { rule, passed: false, value: problem.value, message: Some(problem.message) },
        }
    }
}

impl Bench<'_> {
    /// What one mapping alone makes of the record; null where it makes nothing. A stretch of rules that is no mapping by
    /// itself makes nothing either.
    fn push(&self, mapping: &FieldMapping) -> Result<Value, FieldProblem> {
        let Ok(plan) = Plan::compile(self.entity, std::slice::from_ref(mapping), self.context) else {
            return Ok(Value::Null);
        };
        let mut pushed = plan.push(self.record, self.references);
        match pushed.errors.pop().or_else(|| pushed.warnings.pop()) {
            Some(problem) => Err(problem),
            None => Ok(pushed.fields.remove(&mapping.geniacs_field).unwrap_or_default()),
        }
    }
}
