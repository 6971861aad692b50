//! What each rule of one mapping does to one record.

use super::asked::Way;
use crate::openapi::names;
use mapping::{FieldMapping, FieldProblem, Step, Trace};
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
    /// As it is here; on the way here as it is at Geniacs.
    value: Value,
    /// As it would be sent, or stored; null where it is left out.
    result: Value,
    /// `mapped`, `missing`, `left_out` (an optional field that failed), `failed` (the whole record fails), or `untouched` (a
    /// pull leaves the column as it is).
    #[schema(value_type = names::FieldOutcome)]
    outcome: &'static str,
    /// What is wrong, if something is.
    message: Option<String>,
    /// The name of the rule that refused it, to be translated: one of the mapping's, `is_required`, or `type`.
    code: Option<&'static str>,
    /// The numbers and names that the message says.
    #[schema(value_type = Object, example = json!({}))]
    params: Map<String, Value>,
    /// In the order in which they apply: on the way here the other way round.
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
    /// As of the field: a rule that follows one that refused says the same.
    code: Option<&'static str>,
    #[schema(value_type = Object, example = json!({}))]
    params: Map<String, Value>,
}

impl FieldView {
    pub(super) fn of(mapping: &FieldMapping, way: Way, trace: Trace, record: &Map<String, Value>) -> Self {
        let Trace { result, is_untouched, transformations, validations } = trace;
        let source = if way == Way::ToGeniacs { &mapping.local_field } else { &mapping.geniacs_field };
        Self {
            local_field: mapping.local_field.clone(),
            geniacs_field: mapping.geniacs_field.clone(),
            value: record.get(source).cloned().unwrap_or_default(),
            outcome: if is_untouched { "untouched" } else { field_outcome(&result, mapping.is_required) },
            message: result.as_ref().err().map(|problem| problem.message.clone()),
            code: result.as_ref().err().map(|problem| problem.rule),
            params: result.as_ref().err().map(|problem| problem.params.clone()).unwrap_or_default(),
            result: result.unwrap_or_default(),
            transformations: transformations.into_iter().map(StepView::from).collect(),
            validations: validations.into_iter().map(StepView::from).collect(),
        }
    }
}

fn field_outcome(result: &Result<Value, FieldProblem>, is_required: bool) -> &'static str {
    match result {
        Ok(Value::Null) => "missing",
        Ok(_) => "mapped",
        Err(problem) if is_required || problem.rule == mapping::REFERENCE => "failed",
        Err(_) => "left_out",
    }
}

impl From<Step> for StepView {
    fn from(step: Step) -> Self {
        let Step { rule, outcome } = step;
        match outcome {
            Ok(value) => Self { rule, passed: true, value, message: None, code: None, params: Map::new() },
            Err(FieldProblem { value, message, rule: code, params, .. }) => {
                Self { rule, passed: false, value, message: Some(message), code: Some(code), params }
            }
        }
    }
}
