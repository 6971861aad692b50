//! Which fields Geniacs' records have, noted for those who write mappings.

use crate::masking;
use geniacs::Record;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use storage::partners::fields_seen::{MAX_FIELDS, MAX_VALUES, NewField};

/// The longest name that is kept, in characters.
const LONGEST_NAME: usize = 255;
/// The longest text that is kept as a value, in bytes.
const LONGEST_VALUE: usize = 64;

/// What this process has seen of a run's fields already, so that a page without news costs no statement.
#[derive(Debug, Default)]
pub(crate) struct FieldsSeen(Mutex<HashMap<String, NewField>>);

impl FieldsSeen {
    /// The fields in which something is new.
    pub(crate) fn news(&self, records: &[Record]) -> Vec<NewField> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut news = Vec::new();
        for (name, value) in records.iter().flat_map(|record| &record.fields) {
            if look_at(&mut seen, name, value) && !news.contains(name) {
                news.push(name.clone());
            }
        }
        news.iter().filter_map(|name| seen.get(name).cloned()).collect()
    }
}

/// Adds a value to what is known of its field; returns whether it says something new.
fn look_at(seen: &mut HashMap<String, NewField>, name: &str, value: &Value) -> bool {
    let is_known = seen.contains_key(name);
    if !is_known && (seen.len() >= MAX_FIELDS || name.chars().count() > LONGEST_NAME) {
        return false;
    }

    let new = || NewField { name: name.to_owned(), types: Vec::new(), sample_values: Vec::new() };
    let field = seen.entry(name.to_owned()).or_insert_with(new);

    let mut is_new = !is_known;
    let of_type = type_of(value);
    if !field.types.contains(&of_type) {
        field.types.push(of_type);
        is_new = true;
    }

    if field.sample_values.len() < MAX_VALUES
        && let Some(shown) = shown(name, value)
        && !field.sample_values.contains(&shown)
    {
        field.sample_values.push(shown);
        is_new = true;
    }
    is_new
}

/// A value as it may be shown: masked as in logs. None for what is no single value, or too long to be a word.
fn shown(name: &str, value: &Value) -> Option<Value> {
    let is_short = match value {
        Value::String(text) => (1..=LONGEST_VALUE).contains(&text.len()),
        Value::Number(_) | Value::Bool(_) => true,
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    };

    if !is_short || masking::is_secret(name) {
        return None;
    }

    let masked = masking::record(&Map::from_iter([(name.to_owned(), value.clone())]));
    masked.get(name).cloned()
}

const fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn looked_at(values: &[(&str, Value)]) -> HashMap<String, NewField> {
        let mut seen = HashMap::new();
        for (name, value) in values {
            look_at(&mut seen, name, value);
        }
        seen
    }

    #[test]
    fn a_value_is_new_once() {
        let mut seen = HashMap::new();
        assert!(look_at(&mut seen, "customer_status", &json!("active")));
        assert!(!look_at(&mut seen, "customer_status", &json!("active")));
        assert!(look_at(&mut seen, "customer_status", &json!("suspended")));
        assert!(look_at(&mut seen, "customer_status", &Value::Null));
        assert_eq!(seen["customer_status"].types, ["string", "null"]);
    }

    #[test]
    fn what_is_personal_is_masked_and_what_is_secret_is_not_kept() {
        let seen = looked_at(&[("customer_name", json!("Siti Aminah")), ("api_token", json!("abc"))]);
        assert!(!json!(seen["customer_name"].sample_values).to_string().contains("Siti"));
        assert!(seen["api_token"].sample_values.is_empty());
    }

    #[test]
    fn neither_values_nor_fields_grow_without_end() {
        let mut seen = HashMap::new();
        for number in 0..1_000 {
            look_at(&mut seen, "monitoring_unit", &json!(format!("u{number}")));
            look_at(&mut seen, &format!("field_{number}"), &json!(1));
        }
        assert_eq!(seen["monitoring_unit"].sample_values.len(), MAX_VALUES);
        assert_eq!(seen.len(), MAX_FIELDS);
        assert!(!look_at(&mut seen, "another", &json!(1)));
    }
}
