//! A webhook event as callers see it: everything but its signature.

use crate::openapi::names;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use storage::webhooks::webhook_events::EventRow;
use utoipa::ToSchema;

/// A webhook event as callers see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookEvent)]
pub(in crate::routes) struct EventView {
    id: i64,
    integration_id: i64,
    #[schema(example = "customer.updated")]
    event_type: String,
    event_id: Option<String>,
    #[schema(value_type = Option<names::EntityType>)]
    entity_type: Option<String>,
    geniacs_id: Option<String>,
    #[schema(value_type = names::WebhookState)]
    state: String,
    processed: bool,
    #[schema(example = "updated")]
    outcome: Option<String>,
    processing_attempts: i32,
    error_message: Option<String>,
    duplicates: i32,
    processed_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    /// The whole body; a list has none, and a viewer sees none: it holds what the partner knows of a customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Object>)]
    payload: Option<Value>,
}

impl From<EventRow> for EventView {
    fn from(row: EventRow) -> Self {
        Self {
            id: row.id,
            integration_id: row.integration_id,
            event_type: row.event_type,
            event_id: row.event_id,
            entity_type: row.entity_type,
            geniacs_id: row.geniacs_id,
            state: row.state,
            processed: row.processed,
            outcome: row.outcome,
            processing_attempts: row.processing_attempts,
            error_message: row.error_message,
            duplicates: row.duplicates,
            processed_at: row.processed_at,
            created_at: row.created_at,
            payload: None,
        }
    }
}

impl EventView {
    /// The event with its body.
    pub(super) fn with(self, payload: Option<Value>) -> Self {
        Self { payload, ..self }
    }
}
