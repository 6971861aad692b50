//! Examples, put together from those of the fields.

use super::schemas::Schemas;
use serde_json::{Map, Value, json};

/// Deeper than any type of ours.
const MAX_DEPTH: usize = 12;

/// A value that the schema allows: its own example, or one of its parts'. Fields that may be absent are there only if
/// they have an example, and text that may be null is null unless it has one.
pub(super) fn example_of(schema: &Value, schemas: &Schemas) -> Value {
    build_example(schema, schemas, MAX_DEPTH)
}

fn build_example(schema: &Value, schemas: &Schemas, depth: usize) -> Value {
    // No type of ours is so deep: one that holds itself ends here.
    if depth == 0 {
        return Value::Null;
    }
    if let Some(own) = own_example(schema) {
        return own;
    }

    let found = schemas.resolve(schema);
    if let Some(own) = own_example(found) {
        return own;
    }

    if let Some(choices) = found["oneOf"].as_array().or_else(|| found["anyOf"].as_array()) {
        let chosen = choices.iter().find(|choice| choice["type"] != "null");
        return chosen.map_or(Value::Null, |choice| build_example(choice, schemas, depth - 1));
    }

    match type_of(found) {
        "object" => example_object(found, schemas, depth),
        "array" => json!([build_example(&found["items"], schemas, depth - 1)]),
        "integer" | "number" => found.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        "boolean" => json!(true),
        "string" if found["format"].is_null() && found["type"].is_array() => Value::Null,
        "string" => json!(example_text(found)),
        _ => Value::Null,
    }
}

/// The example that the schema itself gives.
fn own_example(schema: &Value) -> Option<Value> {
    let first = |key: &str| schema[key].as_array().and_then(|values| values.first()).cloned();
    first("examples").or_else(|| schema.get("default").cloned()).or_else(|| first("enum"))
}

fn type_of(schema: &Value) -> &str {
    let of_many =
        schema["type"].as_array().and_then(|types| types.iter().filter_map(Value::as_str).find(|t| *t != "null"));
    schema["type"].as_str().or(of_many).unwrap_or_default()
}

fn example_object(schema: &Value, schemas: &Schemas, depth: usize) -> Value {
    let Some(fields) = schema["properties"].as_object() else { return json!({}) };
    let is_required = |name: &String| schema["required"].as_array().is_some_and(|all| all.iter().any(|n| n == name));
    let shown = fields.iter().filter(|(name, field)| is_required(name) || own_example(field).is_some());
    Value::Object(
        shown.map(|(name, field)| (name.clone(), build_example(field, schemas, depth - 1))).collect::<Map<_, _>>(),
    )
}

fn example_text(schema: &Value) -> &str {
    match schema["format"].as_str() {
        Some("date-time") => "2026-01-31T08:00:00Z",
        Some("date") => "2026-01-31",
        Some("uri") => "https://api.geniacs.example/v1",
        _ => "text",
    }
}
