//! What a body may hold, as documents describe it: noted by the same function that reads it, field by field.

use super::Fields;
use super::field::Said;
use crate::openapi::Described;
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex, PoisonError};

/// What is known of a body so far. Shared, because the function that reads a body consumes its [`Fields`].
#[derive(Clone, Default)]
pub(super) struct Sketch(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    /// A change may leave away every field.
    is_change: bool,
    /// Fields that a change must not change.
    fixed: Vec<String>,
    properties: Map<String, Value>,
    required: Vec<String>,
    types: Vec<(String, Value)>,
    /// Where it is an item of a list: the list's name, how many items it has at most, and what an item is called.
    item_of: Option<(&'static str, usize, (&'static str, &'static str))>,
}

/// Describes the body of this name by what `read` takes of it.
pub(crate) fn described(name: &str, about: &str, read: impl FnOnce(Fields)) -> Described {
    let sketch = Sketch::default();
    read(Fields::sketched(sketch.clone()));
    sketch.finish(name, about)
}

/// Describes the body of a change, which may leave away every field.
pub(crate) fn described_change(name: &str, about: &str, read: impl FnOnce(Fields)) -> Described {
    let sketch = Sketch::default();
    sketch.with(|known| known.is_change = true);
    read(Fields::sketched(sketch.clone()));
    sketch.finish(name, about)
}

impl Sketch {
    fn with<T>(&self, note: impl FnOnce(&mut Known) -> T) -> T {
        note(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes a field.
    pub(super) fn note(&self, name: &str, said: Said) {
        self.with(|known| known.note(name, said));
    }

    /// Notes that a field must stay as it is.
    pub(super) fn fix(&self, name: &str) {
        self.with(|known| known.fixed.push(name.to_owned()));
    }

    /// An item of a list of at most `most` of them.
    pub(super) fn of_item(name: &'static str, most: usize, item: (&'static str, &'static str)) -> Self {
        let sketch = Self::default();
        sketch.with(|known| known.item_of = Some((name, most, item)));
        sketch
    }

    /// Notes the list that the item belongs to.
    pub(super) fn note_list(&self, item: &Self) {
        let Some((name, most, (item_name, about))) = item.with(|known| known.item_of) else { return };
        let Described { schema, types } = item.finish(item_name, about);
        self.with(|known| {
            known.types.extend(types);
            known.required.push(name.to_owned());
            known.properties.insert(name.to_owned(), json!({"type": "array", "items": schema, "maxItems": most}));
        });
    }

    /// The type that was noted, by this name.
    fn finish(&self, name: &str, about: &str) -> Described {
        let known = self.with(std::mem::take);
        let mut schema = json!({"type": "object", "description": about, "properties": known.properties});
        if !known.required.is_empty() {
            schema["required"] = json!(known.required);
        }
        Described::named(name, schema, known.types)
    }
}

impl Known {
    fn note(&mut self, name: &str, said: Said) {
        let is_fixed = self.fixed.iter().any(|fixed| fixed == name);
        let about = if is_fixed { Some("Only as it is.") } else { said.about };
        let example = if self.is_change { said.example_of_change } else { said.example };
        let default = said.default.or(said.default_of_new.filter(|_| !self.is_change));
        let is_required = said.is_required && !self.is_change;
        if is_required {
            self.required.push(name.to_owned());
        }

        let Described { mut schema, types } = said.described;
        self.types.extend(types);
        if let Some(about) = about {
            schema["description"] = json!(about);
        }
        if !is_required {
            schema = or_null(schema);
        }
        if let Some(example) = example {
            schema["examples"] = json!([example]);
        }
        if let Some(default) = default {
            schema["default"] = default;
        }
        self.properties.insert(name.to_owned(), schema);
    }
}

/// A schema that null fits, too.
fn or_null(mut schema: Value) -> Value {
    if schema.get("type").is_none() {
        return json!({"oneOf": [schema, {"type": "null"}]});
    }
    schema["type"] = json!([schema["type"], "null"]);
    schema
}

#[cfg(test)]
mod tests {
    use super::super::field::{flag, text};
    use super::*;
    use crate::error::ApiError;

    fn read(mut body: Fields) -> Result<(String, bool), ApiError> {
        let name = body.take("name", text(1, 10).required().about("What it is called.").like("Siti"));
        let is_active = body.take_or("is_active", flag().changed_like(false), true);
        body.finish(name.map(|name| (name, is_active)))
    }

    fn schema(described: &Described) -> &Value {
        &described.types.iter().find(|(name, _)| name == "Thing").unwrap().1
    }

    #[test]
    fn a_body_is_described_by_the_function_that_reads_it() {
        let described = described("Thing", "A thing.", |body| drop(read(body)));
        let name = json!({"type": "string", "minLength": 1, "maxLength": 10, "description": "What it is called.",
            "examples": ["Siti"]});
        let expected = json!({"type": "object", "description": "A thing.", "required": ["name"],
            "properties": {"name": name, "is_active": {"type": ["boolean", "null"], "default": true}}});
        assert_eq!(*schema(&described), expected);
        assert_eq!(described.schema, json!({"$ref": "#/components/schemas/Thing"}));
    }

    #[test]
    fn a_change_may_leave_away_every_field_and_has_examples_of_its_own() {
        let described = described_change("Thing", "A change.", |mut body| {
            body.fixed("name", &Value::Null, "make another one");
            drop(read(body));
        });
        let name =
            json!({"type": ["string", "null"], "minLength": 1, "maxLength": 10, "description": "Only as it is."});
        let expected = json!({"type": "object", "description": "A change.",
            "properties": {"name": name, "is_active": {"type": ["boolean", "null"], "examples": [false]}}});
        assert_eq!(*schema(&described), expected);
    }
}
