//! Several columns as one field.

use crate::cell::Cell;
use crate::problem::Failure;
use crate::rule;
use domain::FieldType;
use serde_json::{Map, Value};
use std::borrow::Cow;

pub(crate) const NAME: &str = "concat";
pub(super) const EXAMPLE: &str = r#"{"fields": ["address", "city"], "separator": ", "}"#;
pub(super) const MAX_COLUMNS: usize = 20;

/// The columns that make up a field, and what stands between them.
#[derive(Debug)]
pub(crate) struct Concat {
    columns: Vec<String>,
    separator: String,
}

impl Concat {
    pub(super) fn read(argument: &Value) -> Result<Self, String> {
        let parts = rule::read_parts(argument, &["fields", "separator"], EXAMPLE)?;

        let columns: Option<Vec<String>> = parts
            .get("fields")
            .and_then(Value::as_array)
            .map(|columns| columns.iter().filter_map(|column| column.as_str().map(str::to_owned)).collect())
            .filter(|columns: &Vec<String>| (2..=MAX_COLUMNS).contains(&columns.len()));
        let columns = columns.ok_or_else(|| format!("must name 2 to {MAX_COLUMNS} columns: {EXAMPLE}"))?;

        if let Some(twice) = columns.iter().enumerate().find_map(|(at, c)| columns[..at].contains(c).then_some(c)) {
            return Err(format!("names `{}` twice", twice.chars().take(64).collect::<String>()));
        }

        let separator = match parts.get("separator") {
            None => " ".to_owned(),
            Some(Value::String(text)) if text.is_empty() => String::new(),
            Some(text) => rule::read_text(text).map(str::to_owned).map_err(|e| format!("`separator` {e}, or empty"))?,
        };

        Ok(Self { columns, separator })
    }

    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> + Clone {
        self.columns.iter().map(String::as_str)
    }

    /// The columns' texts, without those that are missing or blank.
    pub(crate) fn join(&self, local: &Map<String, Value>) -> Result<Option<Cell<'static>>, (Failure, Value)> {
        let mut joined = String::new();
        for value in self.columns.iter().filter_map(|column| local.get(column)) {
            let cell = Cell::read(value, FieldType::String, crate::zone::Zone::default());
            let Some(Cell::Text(text)) = cell.map_err(|failure| (failure, value.clone()))? else { continue };

            let text = text.trim();

            // A separator must not stand where a part is missing.
            if text.is_empty() {
                continue;
            }

            if !joined.is_empty() {
                joined.push_str(&self.separator);
            }
            joined.push_str(text);
        }

        Ok((!joined.is_empty()).then_some(Cell::Text(Cow::Owned(joined))))
    }
}
