//! A pushed record, taken apart.

use domain::EntityType;
use serde_json::{Map, Value};

/// A record as it was pushed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Incoming {
    pub(crate) id: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) version: Option<i64>,
    pub(crate) deleted: bool,
    pub(crate) fields: Map<String, Value>,
    /// Whether the fields stand for all that the record has.
    pub(crate) replaces: bool,
}

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordProblem {
    pub(crate) field: String,
    pub(crate) message: String,
}

impl RecordProblem {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl Incoming {
    pub(crate) fn parse(entity: EntityType, record: Value) -> Result<Self, RecordProblem> {
        let Value::Object(mut fields) = record else { return Err(RecordProblem::new("data", "a record is an object")) };
        let id = read_text(entity.id_field(), fields.remove(entity.id_field()))?;
        let external_id = read_text("external_id", fields.remove("external_id"))?;

        // Measurements are added; whoever names none of them adds one.
        if id.is_none() && external_id.is_none() && entity != EntityType::MonitoringData {
            return Err(RecordProblem::new("external_id", "a record needs an external_id or its Geniacs id"));
        }

        let deleted = match fields.remove("deleted") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(deleted)) => deleted,
            Some(_) => return Err(RecordProblem::new("deleted", "must be true or false")),
        };

        if deleted && entity == EntityType::MonitoringData {
            return Err(RecordProblem::new("deleted", "is not for measurements, which are only added"));
        }

        let version = match fields.remove("version") {
            None | Some(Value::Null) => None,
            Some(version) => Some(version.as_i64().ok_or_else(|| RecordProblem::new("version", "must be an integer"))?),
        };
        // The partner stamps its records itself.
        fields.remove("updated_at");

        Ok(Self { id, external_id, version, deleted, fields, replaces: false })
    }
}

fn read_text(name: &str, value: Option<Value>) -> Result<Option<String>, RecordProblem> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() || text.len() > 255 => {
            Err(RecordProblem::new(name, "must have 1 to 255 bytes"))
        }
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(RecordProblem::new(name, "must be a text")),
    }
}
