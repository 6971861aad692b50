//! The body of a 400, 409 or 422: which records are wrong, and why.

use crate::reason::{self, mask_reason, message_in};
use serde_json::{Map, Value};

/// One record that the partner refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedField {
    /// The record's place in the request, from 0.
    pub index: usize,
    /// The Geniacs field, if the partner names it.
    pub field: Option<String>,
    /// The partner's words, masked.
    pub message: String,
}

/// The content of a refusal; empty where the partner sends something else than the contract.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) message: String,
    pub(crate) details: Vec<RejectedField>,
}

impl Refusal {
    pub(crate) fn parse(body: &[u8]) -> Self {
        let Ok(Value::Object(answer)) = domain::json::from_slice(body) else {
            return Self { message: reason::of_body(body), details: Vec::new() };
        };
        Self::of(&answer)
    }

    pub(crate) fn of(answer: &Map<String, Value>) -> Self {
        match answer.get("error") {
            Some(Value::Object(error)) if !message_in(error).is_empty() => {
                Self { message: message_in(error), details: read_details(error) }
            }
            Some(Value::Object(error)) => Self { message: reason::of_answer(answer), details: read_details(error) },
            _ => Self { message: reason::of_answer(answer), details: Vec::new() },
        }
    }
}

fn read_details(error: &Map<String, Value>) -> Vec<RejectedField> {
    let Some(Value::Array(details)) = error.get("details") else { return Vec::new() };
    details.iter().filter_map(Value::as_object).filter_map(rejected_field).collect()
}

fn rejected_field(detail: &Map<String, Value>) -> Option<RejectedField> {
    let index = usize::try_from(detail.get("index")?.as_u64()?).ok()?;
    let field = detail.get("field").and_then(Value::as_str).map(|name| mask_reason(name, &[]));
    Some(RejectedField { index, field, message: message_in(detail) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_records_are_read() {
        let body = br#"{"error": {"type": "validation_error", "message": "2 wrong", "details": [
            {"index": 1, "field": "customer_email", "message": "not an\u0000 address"},
            {"index": 4}, {"index": -1}, {"field": "x"}, 7]}}"#;
        let refusal = Refusal::parse(body);
        assert_eq!(refusal.message, "2 wrong");
        let first = RejectedField { index: 1, field: Some("customer_email".into()), message: "not an address".into() };
        assert_eq!(refusal.details, [first, RejectedField { index: 4, field: None, message: String::new() }]);
    }

    #[test]
    fn anything_else_is_a_refusal_without_details() {
        for body in ["", "<html>", "[]", "7", r#"{"error": null}"#, r#"{"error": {"details": {}}}"#] {
            assert_eq!(Refusal::parse(body.as_bytes()).details, [], "{body}");
        }
        assert_eq!(Refusal::parse(br#"{"error": "no"}"#).message, "no");
        assert_eq!(Refusal::parse(br#"{"message": "no"}"#).message, "no");
    }
}
