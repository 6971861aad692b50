//! A record as callers see it.

use super::state::RecordStanding;
use crate::openapi::names;
use chrono::{DateTime, Utc};
use domain::EntityType;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A row beside its link.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Record)]
pub(super) struct RecordView {
    #[schema(value_type = names::EntityType)]
    pub(super) entity_type: EntityType,
    pub(super) id: i64,
    pub(super) deleted: bool,
    pub(super) updated_at: DateTime<Utc>,
    /// The mapped columns.
    #[schema(value_type = Object, example = json!({"name": "Siti Rahayu"}))]
    pub(super) record: Map<String, Value>,
    pub(super) geniacs_id: Option<String>,
    pub(super) last_synced_at: Option<DateTime<Utc>>,
    #[schema(value_type = names::RecordState)]
    pub(super) state: RecordStanding,
    pub(super) conflict_id: Option<i64>,
    pub(super) unconfirmed: bool,
    /// What would be sent now, in Geniacs' form; a list has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Object>)]
    pub(super) mapped: Option<Map<String, Value>>,
    /// What both sides last agreed on, in the same form.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Object>)]
    pub(super) agreed: Option<Value>,
}
