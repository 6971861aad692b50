//! A field of a body, said once: what it must be to be read, and what documents say of it.

use super::rule;
use crate::openapi::Described;
use domain::{Reason, UnknownName};
use serde_json::{Value, json};
use std::str::FromStr;
use utoipa::ToSchema;

type Read<'a, T> = Box<dyn FnOnce(&Value) -> Result<T, Reason> + 'a>;

/// A field that [`Fields::take`](super::Fields::take) reads or describes.
pub(crate) struct Field<'a, T> {
    pub(super) read: Read<'a, T>,
    pub(super) said: Said,
}

/// What documents say of a field.
pub(crate) struct Said {
    pub(super) described: Described,
    pub(super) is_required: bool,
    pub(super) about: Option<&'static str>,
    pub(super) example: Option<Value>,
    pub(super) example_of_change: Option<Value>,
    /// What it is unless told.
    pub(super) default: Option<Value>,
    /// The same, of a new thing alone: a change leaves it as it is.
    pub(super) default_of_new: Option<Value>,
}

impl<'a, T> Field<'a, T> {
    fn new<E: Into<Reason>>(described: Described, read: impl FnOnce(&Value) -> Result<T, E> + 'a) -> Self {
        let said = Said {
            described,
            is_required: false,
            about: None,
            example: None,
            example_of_change: None,
            default: None,
            default_of_new: None,
        };
        Self { read: Box::new(|value| read(value).map_err(Into::into)), said }
    }

    /// It must be there.
    pub(crate) fn required(mut self) -> Self {
        self.said.is_required = true;
        self
    }

    /// What its name does not say.
    pub(crate) fn about(mut self, text: &'static str) -> Self {
        self.said.about = Some(text);
        self
    }

    /// What it may be in a new thing, for example.
    pub(crate) fn like(mut self, example: impl Into<Value>) -> Self {
        self.said.example = Some(example.into());
        self
    }

    /// What it is unless told.
    pub(crate) fn or(mut self, default: impl Into<Value>) -> Self {
        self.said.default = Some(default.into());
        self
    }

    /// What a change may make of it, for example.
    pub(crate) fn changed_like(mut self, example: impl Into<Value>) -> Self {
        self.said.example_of_change = Some(example.into());
        self
    }

    /// What is made of its value, or is wrong with it.
    pub(crate) fn then<U>(self, make: impl FnOnce(T) -> Result<U, Reason> + 'a) -> Field<'a, U>
    where
        T: 'a,
    {
        let read = self.read;
        Field { read: Box::new(|value| make(read(value)?)), said: self.said }
    }
}

/// Text of so many characters, without blanks around it.
pub(crate) fn text<'a>(least: usize, most: usize) -> Field<'a, String> {
    Field::new(described_text(least, most), rule::text(least, most))
}

/// A secret of so many characters at most, kept as it is.
pub(crate) fn secret<'a>(most: usize) -> Field<'a, String> {
    Field::new(described_text(1, most), rule::secret(most))
}

/// A secret that is sent in an HTTP header.
pub(crate) fn header_secret<'a>(most: usize) -> Field<'a, String> {
    Field::new(described_text(1, most), rule::header_secret(most))
}

/// True or false.
pub(crate) fn flag<'a>() -> Field<'a, bool> {
    inline(json!({"type": "boolean"}), rule::flag)
}

/// The number of something.
pub(crate) fn id<'a>() -> Field<'a, i64> {
    inline(json!({"type": "integer", "format": "int64"}), rule::id)
}

/// A whole number in a range.
pub(crate) fn whole<'a>(least: i32, most: i32) -> Field<'a, i32> {
    let schema = json!({"type": "integer", "format": "int32", "minimum": least, "maximum": most});
    inline(schema, rule::whole(least, most))
}

/// One of an enum's names, which documents call `N`.
pub(crate) fn name<'a, N: ToSchema, T: FromStr<Err = UnknownName> + 'a>() -> Field<'a, T> {
    Field::new(Described::by::<N>(), rule::name::<T>)
}

/// What a rule makes of a value that documents describe as an `S`.
pub(crate) fn of_type<'a, S: ToSchema, T, E: Into<Reason>>(
    read: impl FnOnce(&Value) -> Result<T, E> + 'a,
) -> Field<'a, T> {
    Field::new(Described::by::<S>(), read)
}

/// A list that a rule reads, of so many items, each of them described like this.
pub(crate) fn list_of<'a, T, E: Into<Reason>>(
    item: Described,
    least: usize,
    most: usize,
    read: impl FnOnce(&Value) -> Result<T, E> + 'a,
) -> Field<'a, T> {
    let list = json!({"type": "array", "items": item.schema, "minItems": least, "maxItems": most});
    Field::new(Described { schema: list, types: item.types }, read)
}

/// What a rule makes of a value with this schema.
pub(crate) fn inline<'a, T, E: Into<Reason>>(
    schema: Value,
    read: impl FnOnce(&Value) -> Result<T, E> + 'a,
) -> Field<'a, T> {
    Field::new(Described::inline(schema), read)
}

/// What an earlier answer gave, and a body may hold without any effect.
pub(crate) fn left_aside<'a>(schema: Value) -> Field<'a, Value> {
    inline(schema, rule::any)
}

fn described_text(least: usize, most: usize) -> Described {
    let text = Described::inline(json!({"type": "string", "maxLength": most}));
    if least > 0 { text.with("minLength", least) } else { text }
}
