//! What a person decided about a conflict.

use domain::conflict::Resolution;
use serde_json::{Map, Value};

/// A decision: whose values hold, and in a merge, field by field.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruling {
    /// Whose values hold.
    pub resolution: Resolution,
    /// In a merge: `{local field: "local" | "geniacs" | {"value": …}}`.
    pub fields: Map<String, Value>,
}

/// What is to become of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice<'a> {
    /// The provider's value holds.
    Local,
    /// The partner's value holds.
    Geniacs,
    /// This value holds, given in Geniacs' form.
    Value(&'a Value),
}

impl Ruling {
    /// What is to become of a field; none where a merge does not name it.
    pub fn choice(&self, field: &str) -> Option<Choice<'_>> {
        match self.resolution {
            Resolution::Local => Some(Choice::Local),
            Resolution::Geniacs => Some(Choice::Geniacs),
            Resolution::Merge => Choice::read(self.fields.get(field)?),
        }
    }

    /// The fields that get a value of their own.
    pub(crate) fn values(&self) -> impl Iterator<Item = (&String, &Value)> {
        let merge = self.resolution == Resolution::Merge;
        self.fields.iter().filter(move |_| merge).filter_map(|(field, choice)| match Choice::read(choice)? {
            Choice::Value(value) => Some((field, value)),
            Choice::Local | Choice::Geniacs => None,
        })
    }
}

impl<'a> Choice<'a> {
    /// Reads `"local"`, `"geniacs"` or `{"value": …}`.
    pub fn read(choice: &'a Value) -> Option<Self> {
        match choice {
            Value::String(word) if word == "local" => Some(Self::Local),
            Value::String(word) if word == "geniacs" => Some(Self::Geniacs),
            Value::Object(object) if object.len() == 1 => object.get("value").map(Self::Value),
            _ => None,
        }
    }
}
