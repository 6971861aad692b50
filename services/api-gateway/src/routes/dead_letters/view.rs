//! A dead letter as callers see it: everything but its bytes.

use crate::openapi::names;
use chrono::{DateTime, Utc};
use domain::webhook::{LetterState, WebhookState};
use messages::CONTENT_TYPE;
use serde::Serialize;
use storage::console::dead_letters::LetterRow;
use utoipa::ToSchema;

/// A dead letter as callers see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeadLetter)]
pub(super) struct LetterView {
    id: i64,
    /// The queue that gave it up, if the broker said so.
    queue: Option<String>,
    /// The broker's reason: `rejected` or `delivery_limit`.
    reason: Option<String>,
    #[schema(example = "geniacs.messages.v1.WebhookReceived")]
    message_type: String,
    /// `set_aside`, `stored_already`, `dropped`, `unreadable` or `requeued`.
    #[schema(value_type = names::LetterState)]
    state: String,
    /// Whether a requeue would do something.
    can_requeue: bool,
    integration_id: Option<i64>,
    /// The event that holds its body, and that event's state.
    webhook_event_id: Option<i64>,
    #[schema(value_type = Option<names::WebhookState>)]
    webhook_event_state: Option<String>,
    created_at: DateTime<Utc>,
    requeued_at: Option<DateTime<Utc>>,
}

impl From<LetterRow> for LetterView {
    fn from(row: LetterRow) -> Self {
        Self {
            can_requeue: why_not(&row).is_none(),
            id: row.id,
            queue: row.queue,
            reason: row.reason,
            message_type: row.message_type,
            state: row.state,
            integration_id: row.integration_id,
            webhook_event_id: row.webhook_event_id,
            webhook_event_state: row.webhook_event_state,
            created_at: row.created_at,
            requeued_at: row.requeued_at,
        }
    }
}

/// Why a letter cannot be sent again: a stable code and a sentence. A letter that can be sent has an effect exactly once.
pub(super) fn why_not(row: &LetterRow) -> Option<(&'static str, String)> {
    let nothing = |why: &str| Some(("nothing_to_requeue", format!("dead letter {} {why}", row.id)));
    match row.state.parse() {
        Ok(LetterState::SetAside) => match row.webhook_event_state.as_deref() {
            Some(state) if state == WebhookState::SetAside.as_str() => None,
            state => {
                let (event, state) = (row.webhook_event_id.unwrap_or_default(), state.unwrap_or("gone"));
                Some(("already_replayed", format!("its webhook event {event} was replayed already; it is {state} now")))
            }
        },
        Ok(LetterState::Requeued) => {
            Some(("already_requeued", format!("dead letter {} was sent again already", row.id)))
        }
        Ok(LetterState::StoredAlready) => nothing("holds an event that was stored before; look at its webhook event"),
        Ok(LetterState::Dropped | LetterState::Unreadable) if !row.has_payload => {
            nothing("belongs to an integration that is gone")
        }
        Ok(LetterState::Dropped) => None,
        // A message of ours that this version cannot read may be one of a newer version.
        Ok(LetterState::Unreadable) if row.content_type == CONTENT_TYPE && row.queue.is_some() => None,
        _ => nothing("is not a message of this system, or of none of its queues"),
    }
}
