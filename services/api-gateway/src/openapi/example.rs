//! Examples, put together from those of the fields.

use super::schemas::Schemas;
use serde_json::{Map, Value, json};

/// Deeper than any type of ours.
const MAX_DEPTH: usize = 12;

/// A value that the schema allows: its own example, or one of its parts'. Fields that may be absent are there only if
/// they have an example, and text that may be null is null unless it has one.
pub(super) fn example(schema: &Value, schemas: &Schemas) -> Value {
    build(schema, schemas, MAX_DEPTH)
}

fn build(schema: &Value, schemas: &Schemas, depth: usize) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    if let Some(own) = own(schema) {
        return own;
    }

    let found = schemas.resolve(schema);
    if let Some(own) = own(found) {
        return own;
    }

    if let Some(choices) = found["oneOf"].as_array().or_else(|| found["anyOf"].as_array()) {
        let chosen = choices.iter().find(|choice| choice["type"] != "null");
        return chosen.map_or(Value::Null, |choice| build(choice, schemas, depth - 1));
    }

    match type_of(found) {
        "object" => object(found, schemas, depth),
        "array" => json!([build(&found["items"], schemas, depth - 1)]),
        "integer" | "number" => found.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        "boolean" => json!(true),
        "string" if found["format"].is_null() && found["type"].is_array() => Value::Null,
        "string" => json!(text(found)),
        _ => Value::Null,
    }
}

/// What the schema itself gives as an example.
fn own(schema: &Value) -> Option<Value> {
    let first = |key: &str| schema[key].as_array().and_then(|values| values.first()).cloned();
    first("examples").or_else(|| schema.get("default").cloned()).or_else(|| first("enum"))
}

fn type_of(schema: &Value) -> &str {
    let of_many =
        schema["type"].as_array().and_then(|types| types.iter().filter_map(Value::as_str).find(|t| *t != "null"));
    schema["type"].as_str().or(of_many).unwrap_or_default()
}

fn object(schema: &Value, schemas: &Schemas, depth: usize) -> Value {
    let Some(fields) = schema["properties"].as_object() else { return json!({}) };
    let is_required = |name: &String| schema["required"].as_array().is_some_and(|all| all.iter().any(|n| n == name));
    let shown = fields.iter().filter(|(name, field)| is_required(name) || own(field).is_some());
    Value::Object(shown.map(|(name, field)| (name.clone(), build(field, schemas, depth - 1))).collect::<Map<_, _>>())
}

fn text(schema: &Value) -> &str {
    match schema["format"].as_str() {
        Some("date-time") => "2026-01-31T08:00:00Z",
        Some("date") => "2026-01-31",
        Some("uri") => "https://api.geniacs.example/v1",
        _ => "text",
    }
}
