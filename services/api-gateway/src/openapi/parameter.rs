//! Parameters of queries and headers, as `Query` and its neighbours read them.

use super::schemas::Described;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// A parameter.
pub(crate) struct Parameter {
    pub(super) name: &'static str,
    place: &'static str,
    about: &'static str,
    is_required: bool,
    example: Option<Value>,
    pub(super) described: Described,
}

const AFTER: &str = "The stretch begins behind this: an earlier answer's `next_cursor`";
const BEFORE: &str = "The stretch ends before this: an earlier answer's `prev_cursor`. Not beside `after`";

impl Parameter {
    fn new(name: &'static str, about: &'static str, schema: Value) -> Self {
        let described = Described::inline(schema);
        Self { name, place: "query", about, is_required: false, example: None, described }
    }

    /// `true` or `false`.
    pub(crate) fn flag(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, json!({"type": "boolean"}))
    }

    /// The number of something.
    pub(crate) fn id(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, id_schema())
    }

    /// One of the names of `T`.
    pub(crate) fn name<T: ToSchema>(name: &'static str, about: &'static str) -> Self {
        Self { described: Described::by::<T>(), ..Self::new(name, about, Value::Null) }
    }

    /// Some of the names of `T`, separated by commas.
    pub(crate) fn names<T: ToSchema>(name: &'static str, about: &'static str) -> Self {
        Self { described: Described::list::<T>(), ..Self::new(name, about, Value::Null) }
    }

    /// Text of 1 to `most` characters.
    pub(crate) fn text(name: &'static str, about: &'static str, most: usize) -> Self {
        Self::new(name, about, json!({"type": "string", "minLength": 1, "maxLength": most}))
    }

    /// A moment, or a day.
    pub(crate) fn moment(name: &'static str, about: &'static str) -> Self {
        let either = json!([{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]);
        Self::new(name, about, json!({"anyOf": either})).like("2026-01-31")
    }

    /// A header of the request.
    pub(crate) fn header(name: &'static str, about: &'static str, schema: Value) -> Self {
        Self { place: "header", ..Self::new(name, about, schema) }
    }

    /// It must be there.
    pub(crate) fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// With an example.
    pub(crate) fn like(self, example: impl Into<Value>) -> Self {
        Self { example: Some(example.into()), ..self }
    }

    pub(super) fn page() -> Self {
        let schema = json!({"type": "integer", "minimum": 1, "maximum": 1_000_000_000, "default": 1});
        Self::new("page", "Which page, from 1", schema)
    }

    pub(super) fn limit(most: i64) -> Self {
        let schema = json!({"type": "integer", "minimum": 1, "maximum": most, "default": 10});
        Self::new("limit", "How many at most", schema)
    }

    pub(super) fn after() -> Self {
        Self::new("after", AFTER, json!({"type": "string"}))
    }

    pub(super) fn before() -> Self {
        Self::new("before", BEFORE, json!({"type": "string"}))
    }

    pub(super) fn if_match() -> Self {
        let about = "The version that the change is meant for: the `ETag` of an earlier answer. Absent or `*`: any";
        Self::header("If-Match", about, json!({"type": "string"})).like("\"3\"")
    }

    pub(super) fn idempotency_key() -> Self {
        let about = "A key of the caller's own: a repeat of the request under the same key answers with the first sync";
        let schema = json!({"type": "string", "minLength": 1, "maxLength": 255});
        Self::header("Idempotency-Key", about, schema).like("5f0c9a52-nightly-customers")
    }

    /// A part of the path: a number, or one of the entities.
    pub(super) fn of_path(name: &str) -> Value {
        let (schema, about) = match name {
            "entity_type" => (json!({"$ref": "#/components/schemas/EntityType"}), "Which kind of record"),
            "asset" => (json!({"type": "string"}), "The file's name"),
            _ => (id_schema(), "Its number"),
        };
        json!({"name": name, "in": "path", "required": true, "description": about, "schema": schema})
    }

    /// As the document says it.
    pub(super) fn described(&self) -> Value {
        let mut said = json!({
            "name": self.name,
            "in": self.place,
            "required": self.is_required,
            "description": self.about,
            "schema": self.described.schema,
        });
        if self.described.schema["type"] == "array" {
            // Otherwise each item would be a parameter of its own.
            said["style"] = json!("form");
            said["explode"] = json!(false);
        }
        if let Some(example) = &self.example {
            said["example"] = example.clone();
        }
        said
    }
}

fn id_schema() -> Value {
    json!({"type": "integer", "format": "int64", "minimum": 1})
}
