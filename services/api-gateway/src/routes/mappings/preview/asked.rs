//! What a request says of a preview.

use super::super::new::{check_columns, default_value};
use crate::error::ApiError;
use crate::input::{Fields, is_blank, rule};
use domain::EntityType;
use mapping::{FieldMapping, MAX_MAPPINGS};
use serde_json::{Map, Value};

/// A preview to be made.
pub(super) struct Asked {
    pub(super) integration_id: i64,
    pub(super) entity: EntityType,
    /// None: those of the integration that are active.
    pub(super) mappings: Option<Vec<FieldMapping>>,
    pub(super) source: Source,
}

/// The record that is shown.
pub(super) enum Source {
    /// One that was given, by the names of the local columns.
    Sample(Map<String, Value>),
    /// One of the database.
    Record(i64),
}

impl Asked {
    /// Reads and checks every field.
    pub(super) fn read(mut body: Fields) -> Result<Self, ApiError> {
        let integration_id = body.required("integration_id", rule::id);
        let entity = body.required("entity_type", rule::name::<EntityType>);
        let mappings = body.optional("mappings", list);
        if let Some((entity, mappings)) = entity.zip(mappings.as_ref()) {
            body.problems(mapping::check_all(entity, mappings));
            for mapping in mappings {
                check_columns(&mut body, entity, mapping);
            }
        }
        let record = body.optional("record_id", rule::id);
        let sample =
            body.optional("sample", |value| value.as_object().cloned().ok_or_else(|| "must be an object".to_owned()));
        let source = match (record, sample) {
            (Some(id), None) => Some(Source::Record(id)),
            (None, Some(sample)) => Some(Source::Sample(sample)),
            _ => {
                body.problem("sample", "give either a sample or a record_id");
                None
            }
        };
        let needed = integration_id.zip(entity).zip(source);
        body.finish(needed.map(|((integration_id, entity), source)| Self { integration_id, entity, mappings, source }))
    }
}

fn list(value: &Value) -> Result<Vec<FieldMapping>, String> {
    let items = value.as_array().ok_or_else(|| "must be a list of mappings".to_owned())?;
    if items.is_empty() || items.len() > MAX_MAPPINGS {
        return Err(format!("must have from 1 to {MAX_MAPPINGS} mappings"));
    }
    let numbered = items.iter().enumerate();
    numbered.map(|(position, item)| one(item).map_err(|error| format!("[{position}]: {error}"))).collect()
}

/// A mapping as it would be saved; what says where it belongs, or whether it is used, is left aside.
fn one(item: &Value) -> Result<FieldMapping, String> {
    let mut item = item.clone();
    if let Some(fields) = item.as_object_mut() {
        fields.retain(|_, value| !is_blank(value));
    }
    if let Some(written) = item.get_mut("default_value") {
        *written = Value::String(default_value(written)?);
    }
    serde_json::from_value(item).map_err(|error| error.to_string())
}
