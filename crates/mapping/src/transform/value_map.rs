//! Words of one side for words of the other.

use super::Undone;
use crate::cell::Cell;
use crate::number::Amount;
use crate::problem::Failure;
use crate::rule;
use domain::FieldType;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::HashMap;

const NAME: &str = "value_map";
const EXAMPLE: &str = r#"{"active": "A", "suspended": "S"}, or {"map": {…}, "default": "O", "back": {"O": "active"}}"#;
pub(super) const MAX_PAIRS: usize = 1_000;

/// Which value there belongs to which value here, in both directions.
#[derive(Debug)]
pub(crate) struct ValueMap {
    there: HashMap<String, Cell<'static>>,
    here: HashMap<String, String>,
    /// What every other value here becomes.
    default: Option<Cell<'static>>,
}

impl ValueMap {
    /// Reads `{"here": "there", …}`, or the same as `map` beside a `default` and the ways `back`.
    pub(super) fn read(argument: &Value, kind: FieldType) -> Result<Self, String> {
        let written = argument.as_object().ok_or_else(|| format!("must be an object such as {EXAMPLE}"))?;
        let Some(map) = written.get("map").and_then(Value::as_object) else {
            return Self::new(written, None, &Map::new(), kind);
        };

        rule::read_parts(argument, &["map", "default", "back"], EXAMPLE)?;

        let back = match written.get("back") {
            None => Map::new(),
            Some(back) => {
                back.as_object().cloned().ok_or("must have an object as `back`, such as {\"O\": \"active\"}")?
            }
        };

        Self::new(map, written.get("default"), &back, kind)
    }

    fn new(
        map: &Map<String, Value>,
        default: Option<&Value>,
        back: &Map<String, Value>,
        kind: FieldType,
    ) -> Result<Self, String> {
        if map.is_empty() || map.len() + back.len() > MAX_PAIRS {
            return Err(format!("must have 1 to {MAX_PAIRS} pairs, such as {EXAMPLE}"));
        }

        let default = default.map(|value| read_target("default", value, kind)).transpose()?;
        let mut made = Self { there: HashMap::new(), here: ways_back(back)?, default };

        for (here, value) in map {
            let there = read_target(here, value, kind)?;
            let key = key_of(&there).into_owned();
            // `back` says itself what this value comes back as.
            if back.contains_key(&key) {
            } else if let Some(other) = made.here.insert(key.clone(), storable_text(here)?.to_owned()) {
                return Err(format!(
                    "turns both `{other}` and `{here}` into `{key}`, so that a pull cannot tell them apart; say which \
                     it comes back as: {{\"map\": {{…}}, \"back\": {{\"{key}\": \"{other}\"}}}}"
                ));
            }

            made.there.insert(here.clone(), there);
        }
        Ok(made)
    }

    /// Every value that a push may send.
    pub(super) fn targets(&self) -> impl Iterator<Item = &Cell<'static>> {
        self.there.values().chain(&self.default)
    }

    pub(super) fn push<'a>(&'a self, cell: &mut Cell<'a>) -> Result<(), Failure> {
        let here = key_of(cell);
        match self.there.get(here.as_ref()).or(self.default.as_ref().filter(|_| !here.is_empty())) {
            Some(there) => *cell = there.reborrow(),
            None if here.is_empty() => {}
            None => {
                return Err(Failure::new(NAME, "is not among the values that value_map names, and it has no default"));
            }
        }
        Ok(())
    }

    pub(super) fn undo<'a>(&'a self, cell: &mut Cell<'a>) -> Result<(), Undone> {
        let there = key_of(cell);
        match self.here.get(there.as_ref()) {
            Some(here) => *cell = Cell::Text(Cow::Borrowed(here)),
            None if there.is_empty() => {}
            // A target that stands for many values says nothing about the one here.
            None if self.default.as_ref().is_some_and(|default| key_of(default) == there) => {
                return Err(Undone::Untold);
            }
            None => return Err(Failure::new(NAME, "is not among the values at Geniacs that value_map names").into()),
        }
        Ok(())
    }
}

/// A value at Geniacs, which has the field's type.
fn read_target(name: &str, value: &Value, kind: FieldType) -> Result<Cell<'static>, String> {
    let cell = match (kind, value) {
        (FieldType::String, Value::String(text)) => Some(Cell::Text(Cow::Owned(storable_text(text)?.to_owned()))),
        (FieldType::Number, Value::Number(number)) => Amount::of(number).map(|n| Cell::Number(n.into_owned())),
        (FieldType::Boolean, Value::Bool(truth)) => Some(Cell::Boolean(*truth)),
        _ => None,
    };
    let name: String = name.chars().take(64).collect();
    cell.ok_or_else(|| format!("must turn `{name}` into a {kind}, as that is the field's type"))
}

fn ways_back(back: &Map<String, Value>) -> Result<HashMap<String, String>, String> {
    let way = |(there, here): (&String, &Value)| {
        let here = here.as_str().ok_or("must have local values, which are texts, on the right of `back`")?;
        Ok((there.clone(), storable_text(here)?.to_owned()))
    };
    back.iter().map(way).collect()
}

fn storable_text(text: &str) -> Result<&str, String> {
    if text.contains('\0') { Err("must not hold NUL characters".to_owned()) } else { Ok(text) }
}

/// One text for equal values.
pub(super) fn key_of<'a>(cell: &Cell<'a>) -> Cow<'a, str> {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Number(amount) => Cow::Owned(amount.value.normalize().to_string()),
        Cell::Boolean(true) => Cow::Borrowed("true"),
        Cell::Boolean(false) => Cow::Borrowed("false"),
        Cell::Date(_) | Cell::Json(_) | Cell::Id(_) => Cow::Borrowed(""),
    }
}
