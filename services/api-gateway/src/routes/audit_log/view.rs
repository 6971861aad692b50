//! An entry as administrators see it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use storage::people::audit::Item;
use utoipa::ToSchema;

/// An entry.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(super) struct EntryView {
    id: i64,
    /// In the chain; none for entries from before there was one.
    number: Option<i64>,
    user_id: Option<i64>,
    #[schema(example = "siti@example.com")]
    actor: String,
    address: Option<String>,
    #[schema(example = "integration.updated")]
    action: String,
    #[schema(example = "integration")]
    subject_type: String,
    subject_id: Option<i64>,
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    #[schema(value_type = Option<Object>)]
    after: Option<Value>,
    request_id: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<Item> for EntryView {
    fn from(item: Item) -> Self {
        Self {
            id: item.id,
            number: item.seq,
            user_id: item.user_id,
            actor: item.actor,
            address: item.address,
            action: item.action,
            subject_type: item.subject_type,
            subject_id: item.subject_id,
            before: item.before,
            after: item.after,
            request_id: item.request_id,
            created_at: item.created_at,
        }
    }
}
