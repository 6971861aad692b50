//! A conflict as callers see it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use storage::conflicts::ConflictRow;

/// A conflict as callers see it. Its values are in Geniacs' form, so that the three can be compared.
#[derive(Debug, Serialize)]
pub(super) struct ConflictView {
    id: i64,
    integration_id: i64,
    entity_type: String,
    local_id: i64,
    geniacs_id: Option<String>,
    sync_id: Option<i64>,
    webhook_event_id: Option<i64>,
    /// `[{"field", "geniacs_field", "base", "local", "geniacs", "winner"}]`
    fields: Value,
    policy: String,
    state: String,
    resolution: Option<String>,
    decision: Option<Value>,
    created_at: DateTime<Utc>,
    resolved_at: Option<DateTime<Utc>>,
    resolved_by: Option<i64>,
}

impl From<ConflictRow> for ConflictView {
    fn from(row: ConflictRow) -> Self {
        Self {
            id: row.id,
            integration_id: row.integration_id,
            entity_type: row.entity_type,
            local_id: row.local_id,
            geniacs_id: row.geniacs_id,
            sync_id: row.sync_id,
            webhook_event_id: row.webhook_event_id,
            fields: row.fields,
            policy: row.policy,
            state: row.state,
            resolution: row.resolution,
            decision: row.decision,
            created_at: row.created_at,
            resolved_at: row.resolved_at,
            resolved_by: row.resolved_by,
        }
    }
}
