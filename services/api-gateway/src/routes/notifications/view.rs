//! What was told, as callers see it.

use crate::openapi::names;
use chrono::{DateTime, Utc};
use serde::Serialize;
use storage::notifications::history::DeliveryRow;
use utoipa::ToSchema;

/// What was told to one address, and how it went.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notification)]
pub(super) struct DeliveryView {
    id: i64,
    rule: NamedView,
    #[schema(value_type = names::NotificationChannel)]
    channel: String,
    /// A person's address; null for a webhook.
    address: Option<String>,
    #[schema(value_type = names::NotificationTells)]
    tells: String,
    /// What it is about; null for a test.
    #[schema(value_type = Option<names::NotificationCause>)]
    cause: Option<String>,
    integration: Option<NamedView>,
    #[schema(value_type = Option<names::EntityType>)]
    entity_type: Option<String>,
    #[schema(value_type = Option<names::SyncDirection>)]
    sync_direction: Option<String>,
    /// How many there were when it began; 1001 stands for more than a thousand.
    count: Option<i32>,
    /// A stable name of why.
    #[schema(example = "credentials_refused")]
    reason: Option<String>,
    /// When what it tells of began.
    began_at: DateTime<Utc>,
    /// When that was over.
    over_at: Option<DateTime<Utc>>,
    #[schema(value_type = names::NotificationState)]
    state: String,
    #[schema(minimum = 0)]
    attempts: i32,
    /// When it is tried next, while it waits.
    next_attempt_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed.
    error: Option<FailureView>,
    created_at: DateTime<Utc>,
    /// When it was taken, given up or dropped.
    ended_at: Option<DateTime<Utc>>,
}

/// Something with a name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationSubject)]
struct NamedView {
    id: i64,
    #[schema(example = "On call")]
    name: String,
}

/// Why an attempt failed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationFailure)]
struct FailureView {
    #[schema(example = "http_status")]
    code: String,
    #[schema(example = "the address answers with HTTP 500")]
    message: String,
}

impl From<DeliveryRow> for DeliveryView {
    fn from(row: DeliveryRow) -> Self {
        let notice = row.notice;
        let integration = notice.integration_id.zip(notice.integration_name);

        Self {
            id: row.id,
            rule: NamedView { id: row.rule_id, name: row.rule_name },
            channel: row.channel,
            address: row.address,
            cause: Some(notice.cause).filter(|cause| *cause != row.tells),
            tells: row.tells,
            integration: integration.map(|(id, name)| NamedView { id, name }),
            entity_type: notice.entity_type,
            sync_direction: notice.sync_direction,
            count: notice.things,
            reason: notice.reason,
            began_at: notice.began_at,
            over_at: notice.over_at,
            state: row.state,
            attempts: row.attempts,
            next_attempt_at: row.next_attempt_at,
            error: row.error_code.zip(row.error_message).map(|(code, message)| FailureView { code, message }),
            created_at: row.created_at,
            ended_at: row.ended_at,
        }
    }
}
