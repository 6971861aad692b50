//! A conflict as callers see it.

use crate::openapi::names;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use storage::records::conflicts::ConflictRow;
use utoipa::ToSchema;

/// A conflict as callers see it. Its values are in Geniacs' form, so that the three can be compared.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Conflict)]
pub(super) struct ConflictView {
    id: i64,
    integration_id: i64,
    #[schema(value_type = names::EntityType)]
    entity_type: String,
    local_id: i64,
    geniacs_id: Option<String>,
    sync_id: Option<i64>,
    webhook_event_id: Option<i64>,
    #[schema(value_type = Vec<FieldView>)]
    fields: Value,
    #[schema(value_type = names::ConflictPolicy)]
    policy: String,
    #[schema(value_type = names::ConflictState)]
    state: String,
    #[schema(value_type = Option<names::Resolution>)]
    resolution: Option<String>,
    #[schema(value_type = Option<DecisionView>)]
    decision: Option<Value>,
    created_at: DateTime<Utc>,
    resolved_at: Option<DateTime<Utc>>,
    resolved_by: Option<i64>,
}

/// A field that both sides have changed; null where a side has none.
#[derive(ToSchema)]
#[schema(as = FieldConflict)]
#[expect(dead_code, reason = "it describes what stands in the conflict as JSON")]
struct FieldView {
    #[schema(example = "name")]
    field: String,
    #[schema(example = "customer_name")]
    geniacs_field: String,
    /// What both last agreed on.
    #[schema(example = "Siti")]
    base: Value,
    #[schema(example = "Siti R.")]
    local: Value,
    #[schema(example = "Siti Rahayu")]
    geniacs: Value,
    /// Null until a person decides.
    #[schema(value_type = Option<names::Winner>)]
    winner: Option<String>,
}

/// What a person has decided.
#[derive(ToSchema)]
#[schema(as = Decision)]
#[expect(dead_code, reason = "it describes what stands in the conflict as JSON")]
struct DecisionView {
    /// By field.
    #[schema(value_type = Object)]
    fields: Value,
    /// The sync that carries it out.
    sync_id: i64,
}

/// A decision.
#[derive(ToSchema)]
#[schema(as = ConflictResolution)]
#[expect(dead_code, reason = "it describes the body, which is read field by field")]
pub(super) struct ResolveBody {
    #[schema(value_type = names::Resolution)]
    resolution: String,
    /// With `merge`, for each field of the conflict: `local`, `geniacs`, or a value in Geniacs' form.
    fields: Option<BTreeMap<String, ChoiceBody>>,
}

/// Whose value holds, or which one.
#[derive(Serialize, ToSchema)]
#[schema(as = Choice)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes the body, which is read field by field")]
pub(super) enum ChoiceBody {
    #[schema(value_type = names::Winner)]
    Side(String),
    Other {
        value: Value,
    },
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
