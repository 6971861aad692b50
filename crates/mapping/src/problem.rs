//! What is wrong with one field of one record.

use serde_json::{Map, Value};
use std::borrow::Cow;

/// A field that could not be mapped. Its value may be personal data: it belongs in the sync's own log, never on stdout.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldProblem {
    /// The local column.
    pub local_field: String,
    /// The Geniacs field.
    pub geniacs_field: String,
    /// The value as it stood when the rule refused it; null where it is missing.
    pub value: Value,
    /// The rule that refused: its name in the mapping, `is_required`, or `type` where the value does not convert.
    pub rule: &'static str,
    /// What the rule missed, without the value.
    pub message: String,
    /// What the message says in numbers and names; with the rule's name, it can be told in another language.
    pub params: Map<String, Value>,
}

impl FieldProblem {
    /// The contract's message for the sync's log: `Validation failed for field {local_field} with value: {value}`.
    /// Text stands without quotes, a missing value as nothing.
    pub fn log_message(&self) -> String {
        let value = match &self.value {
            Value::Null => Cow::Borrowed(""),
            Value::String(text) => Cow::Borrowed(text.as_str()),
            other => Cow::Owned(other.to_string()),
        };
        format!("Validation failed for field {} with value: {value}", self.local_field)
    }
}

/// Why a record cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidRecord {
    /// The first field that is to blame.
    pub field: Option<String>,
    /// What is wrong, field by field, without the values.
    pub message: String,
}

impl InvalidRecord {
    /// Of problems, the first of which names the field.
    pub fn of(problems: &[FieldProblem]) -> Self {
        let field = problems.first().map(|problem| problem.local_field.clone());
        Self { field, message: validation_message(problems) }
    }
}

/// What is wrong with a record, field by field, without its values.
fn validation_message(problems: &[FieldProblem]) -> String {
    problems.iter().map(|p| format!("{}: {}", p.local_field, p.message)).collect::<Vec<_>>().join("; ")
}

/// Why a rule or a conversion refused a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    pub(crate) rule: &'static str,
    pub(crate) message: Cow<'static, str>,
    pub(crate) params: Map<String, Value>,
}

impl Failure {
    pub(crate) fn new(rule: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { rule, message: message.into(), params: Map::new() }
    }

    /// With what the message says in numbers and names.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }

    /// The value does not convert to the field's type.
    pub(crate) fn conversion(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new("type", message)
    }
}
