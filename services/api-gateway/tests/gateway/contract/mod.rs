//! The specification's examples to the letter, and what the contract says of all endpoints of a kind.

mod archived;
mod editable;
mod examples;
mod lists;

use chrono::DateTime;
use serde_json::Value;

/// Asserts that `actual` has every field of the specification's `example`, each of the same kind: a number is a number, a
/// time is a time in UTC, a list's items are like the example's first one. Flags and the words in `exact` are the same.
fn assert_like(actual: &Value, example: &Value, path: &str, exact: &[&str]) {
    let name = path.rsplit('.').next().unwrap_or_default();

    match example {
        Value::Object(fields) => {
            for (field, example) in fields {
                let actual = actual.get(field).unwrap_or_else(|| panic!("{path}.{field} is missing in {actual}"));
                assert_like(actual, example, &format!("{path}.{field}"), exact);
            }
        }
        Value::Array(items) => {
            let actual = actual.as_array().unwrap_or_else(|| panic!("{path} is no list: {actual}"));
            if let Some(example) = items.first() {
                assert!(!actual.is_empty(), "{path} is empty");
                for item in actual {
                    assert_like(item, example, path, exact);
                }
            }
        }
        Value::String(text) if is_moment(text) => {
            let at = actual.as_str().unwrap_or_else(|| panic!("{path} is no time: {actual}"));
            assert!(is_moment(at), "{path} is no time in UTC: {at}");
        }
        Value::String(_) | Value::Number(_) if !exact.contains(&name) => {
            assert_eq!(actual.is_number(), example.is_number(), "{path}: {actual}");
            assert_eq!(actual.is_string(), example.is_string(), "{path}: {actual}");
        }
        exactly => assert_eq!(actual, exactly, "{path}"),
    }
}

fn is_moment(text: &str) -> bool {
    text.ends_with('Z') && DateTime::parse_from_rfc3339(text).is_ok()
}
