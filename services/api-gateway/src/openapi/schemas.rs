//! The types that bodies and answers are made of.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A schema and the types that it names.
#[derive(Clone)]
pub(crate) struct Described {
    pub(crate) schema: Value,
    /// The types that it names, and those that they name.
    pub(crate) types: Vec<(String, Value)>,
}

impl Described {
    /// A type by its name.
    pub(crate) fn by<T: ToSchema>() -> Self {
        let name = T::name().into_owned();
        let mut types = Vec::new();
        T::schemas(&mut types);
        let types: Vec<_> = types.into_iter().map(|(name, schema)| (name, json!(schema))).collect();
        Self::named(&name, json!(T::schema()), types)
    }

    /// A type with this name and schema, beside the types that it names.
    pub(crate) fn named(name: &str, schema: Value, mut types: Vec<(String, Value)>) -> Self {
        types.push((name.to_owned(), schema));
        Self { schema: json!({"$ref": format!("#/components/schemas/{name}")}), types }
    }

    /// The same with one more keyword.
    pub(crate) fn with(mut self, keyword: &str, value: impl Into<Value>) -> Self {
        self.schema[keyword] = value.into();
        self
    }

    /// A list of a type.
    pub(crate) fn list<T: ToSchema>() -> Self {
        let Self { schema, types } = Self::by::<T>();
        Self { schema: json!({"type": "array", "items": schema}), types }
    }

    #[cfg(test)]
    pub(super) fn into_types(self) -> Vec<(String, Value)> {
        self.types
    }

    /// This type, or null.
    pub(super) fn or_null(self) -> Self {
        Self { schema: json!({"oneOf": [{"type": "null"}, self.schema]}), ..self }
    }

    /// A schema without a name.
    pub(crate) fn inline(schema: Value) -> Self {
        Self { schema, types: Vec::new() }
    }
}

/// All types that the document names.
#[derive(Default)]
pub(super) struct Schemas(BTreeMap<String, Value>);

impl Schemas {
    /// Takes up what an answer holds: fields that may be null are always there.
    pub(super) fn answered(&mut self, described: Described) -> Value {
        self.take(described, |schema| {
            let nullable = properties(schema).filter(|(_, field)| may_be_null(field)).map(|(name, _)| name.clone());
            let always: Vec<String> = nullable.collect();
            require(schema, always);
        })
    }

    /// Takes up what a body may hold: nothing but the fields that are named.
    pub(super) fn asked(&mut self, described: Described) -> Value {
        self.take(described, |schema| {
            if let Some(object) = schema.as_object_mut().filter(|object| object.contains_key("properties")) {
                object.insert("additionalProperties".to_owned(), json!(false));
            }
        })
    }

    /// Takes up a parameter's type.
    pub(super) fn named(&mut self, described: Described) {
        self.take(described, |_| {});
    }

    fn take(&mut self, described: Described, adapt: impl Fn(&mut Value)) -> Value {
        for (name, schema) in described.types {
            let schema = self.0.entry(name).or_insert_with(|| with_examples(schema));
            adapt(schema);
        }
        described.schema
    }

    /// What a reference stands for.
    pub(super) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        name.and_then(|name| self.0.get(name)).unwrap_or(schema)
    }

    pub(super) fn into_value(self) -> Value {
        json!(self.0)
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema["properties"].as_object().into_iter().flatten()
}

fn require(schema: &mut Value, names: Vec<String>) {
    if names.is_empty() {
        return;
    }

    let mut required: Vec<String> = serde_json::from_value(schema["required"].clone()).unwrap_or_default();
    required.extend(names);
    required.sort();
    required.dedup();
    schema["required"] = json!(required);
}

/// Whether null is among what a field may be: by its type, by a choice, or because it may be anything.
fn may_be_null(field: &Value) -> bool {
    let is_null = |value: &Value| value == "null";
    let by_type = field["type"].as_array().is_some_and(|types| types.iter().any(is_null));
    let by_choice = field["oneOf"].as_array().is_some_and(|choices| choices.iter().any(|c| is_null(&c["type"])));
    let says_nothing = ["type", "$ref", "oneOf", "anyOf", "allOf", "enum"].iter().all(|key| field.get(key).is_none());
    by_type || by_choice || says_nothing
}

/// The list of examples that JSON Schema has, in place of the one that OpenAPI 3.0 had.
fn with_examples(schema: Value) -> Value {
    match schema {
        Value::Object(map) => Value::Object(map.into_iter().map(renamed).collect::<Map<_, _>>()),
        Value::Array(items) => items.into_iter().map(with_examples).collect(),
        other => other,
    }
}

fn renamed((key, value): (String, Value)) -> (String, Value) {
    match key.as_str() {
        "example" => ("examples".to_owned(), json!([value])),
        "properties" => {
            let fields = value.as_object().cloned().unwrap_or_default();
            (key, fields.into_iter().map(|(name, field)| (name, with_examples(field))).collect())
        }
        _ => (key, with_examples(value)),
    }
}
