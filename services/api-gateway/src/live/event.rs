//! The events as they are sent: ids, states, counts and kinds. No payload, no personal data, no message of a failure.

use super::Position;
use crate::routes::{ProgressView, SummaryView, rounded_rate};
use actix_web::web::Bytes;
use chrono::{DateTime, Utc};
use domain::{Counts, SyncStatus};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use storage::console::live::{Arrived, ConflictState, IntegrationState, SyncState};
use storage::console::operations::Operation;

/// Of the events of one integration that came at once, this many are named, the newest; all are counted.
const NAMED: usize = 20;

/// Events on their way to listeners, written out once for all.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    pub(super) text: Bytes,
    /// How many there are of each kind.
    pub(super) kinds: BTreeMap<&'static str, u64>,
}

/// Events being written.
#[derive(Debug, Default)]
pub(super) struct Writer {
    text: String,
    kinds: BTreeMap<&'static str, u64>,
}

impl Writer {
    pub(super) fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    pub(super) fn add(&mut self, kind: &'static str, data: &impl Serialize) {
        let Ok(data) = serde_json::to_string(data) else { return };
        self.text.push_str("event: ");
        self.text.push_str(kind);
        self.text.push_str("\ndata: ");
        self.text.push_str(&data);
        self.text.push_str("\n\n");
        *self.kinds.entry(kind).or_default() += 1;
    }

    /// Adds one event for each integration that got webhooks.
    pub(super) fn add_arrivals(&mut self, arrived: &[Arrived]) {
        let mut by_integration: BTreeMap<i64, Vec<&Arrived>> = BTreeMap::new();
        for event in arrived {
            by_integration.entry(event.integration_id).or_default().push(event);
        }

        for (integration_id, events) in by_integration {
            self.add("webhook", &arrivals_event(integration_id, &events));
        }
    }

    /// The events. Only the last one carries the place behind them, so that a client that got only some of them comes back
    /// to the place before.
    pub(super) fn finish(mut self, place: Position) -> Frame {
        // The text ends with an empty line. The place goes before it, into the last event.
        if let Some(end) = self.text.len().checked_sub(1) {
            self.text.insert_str(end, &format!("id: {place}\n"));
        }
        Frame { text: Bytes::from(self.text), kinds: self.kinds }
    }
}

/// Where a sync stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct SyncEvent {
    pub(super) id: i64,
    integration_id: i64,
    entity_type: String,
    sync_type: String,
    sync_direction: String,
    status: String,
    waiting_for: Option<String>,
    stalled: bool,
    phase: Option<String>,
    /// Records a second over the last 30 seconds; null unless it runs.
    rate: Option<f64>,
    progress: ProgressView,
    summary: SummaryView,
    error_type: Option<String>,
    started_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    next_retry_at: Option<DateTime<Utc>>,
}

impl SyncEvent {
    /// As its status tells it: one that waits is pending.
    pub(super) fn new(sync: SyncState) -> Self {
        let counts = Counts::from(sync.counts);

        Self {
            progress: ProgressView::new(sync.total_records, &counts),
            summary: SummaryView::from(counts),
            phase: sync.phase.filter(|_| sync.waiting_for.is_none()),
            rate: sync.rate.filter(|_| sync.waiting_for.is_none()).map(rounded_rate),
            status: if sync.waiting_for.is_some() { SyncStatus::Pending.to_string() } else { sync.status },
            id: sync.id,
            integration_id: sync.integration_id,
            entity_type: sync.entity_type,
            sync_type: sync.sync_type,
            sync_direction: sync.sync_direction,
            waiting_for: sync.waiting_for,
            stalled: sync.stalled,
            error_type: sync.error_type,
            started_at: sync.started_at,
            completed_at: sync.completed_at,
            next_retry_at: sync.next_retry_at,
        }
    }

    /// Whether it tells more than `before`. A rate that falls because nothing happens is not worth an event of its own,
    /// until it comes to nothing.
    pub(super) fn tells_more_than(&self, before: &Self) -> bool {
        let comes_to_nothing = self.rate == Some(0.0) && before.rate != Some(0.0);
        comes_to_nothing || *self != Self { rate: self.rate, ..before.clone() }
    }
}

/// The health of an integration.
pub(super) fn integration_event(state: &IntegrationState) -> impl Serialize {
    let status = match (state.enabled, &state.reason) {
        (false, _) => "disabled",
        (true, Some(_)) => "paused",
        (true, None) => "active",
    };
    json!({"id": state.id, "health": {"status": status, "reason": state.reason, "paused_until": state.until}})
}

/// An integration that was archived.
pub(super) fn archived_event(id: i64) -> impl Serialize {
    json!({"id": id, "health": {"status": "archived", "reason": null, "paused_until": null}})
}

/// Where a conflict stands.
pub(super) fn conflict_event(conflict: &ConflictState) -> impl Serialize {
    json!({
        "id": conflict.id,
        "integration_id": conflict.integration_id,
        "entity_type": conflict.entity_type,
        "local_id": conflict.local_id,
        "state": conflict.state,
        "resolution": conflict.resolution,
    })
}

/// How far an operation has come.
pub(super) fn operation_event(operation: &Operation) -> impl Serialize {
    json!({
        "id": operation.id,
        "kind": operation.kind,
        "state": if operation.completed_at.is_some() { "done" } else { "running" },
        "total": operation.total,
        "done": operation.done,
        "failed": operation.failed,
        "left": operation.total - operation.done - operation.failed,
        "user_id": operation.user_id,
        "created_at": operation.created_at,
        "completed_at": operation.completed_at,
    })
}

fn arrivals_event(integration_id: i64, events: &[&Arrived]) -> impl Serialize + use<> {
    let named = &events[events.len().saturating_sub(NAMED)..];
    let named: Vec<_> =
        named.iter().map(|e| json!({"id": e.id, "event_type": e.event_type, "entity_type": e.entity_type})).collect();

    json!({
        "integration_id": integration_id,
        "count": events.len(),
        "last_id": events.last().map(|event| event.id),
        "events": named,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_event_carries_the_place() {
        let mut writer = Writer::default();
        writer.add("sync", &json!({"id": 1}));
        writer.add("sync", &json!({"id": 2}));

        let frame = writer.finish(Position { transaction: 5, event: 6 });
        let expected = "event: sync\ndata: {\"id\":1}\n\nevent: sync\ndata: {\"id\":2}\nid: 5-6\n\n";
        assert_eq!(frame.text, expected);
        assert_eq!(frame.kinds, BTreeMap::from([("sync", 2)]));
    }

    #[test]
    fn many_arrivals_are_counted_and_the_newest_named() {
        let event = |id| Arrived {
            id,
            integration_id: 3,
            event_type: "customer.updated".to_owned(),
            entity_type: Some("customers".to_owned()),
        };
        let mut writer = Writer::default();
        writer.add_arrivals(&(1..=50).map(event).collect::<Vec<_>>());

        assert!(writer.text.contains("\"count\":50") && writer.text.contains("\"last_id\":50"), "{}", writer.text);
        assert_eq!(writer.text.matches("event_type").count(), NAMED);
        assert!(writer.text.contains("\"id\":31}") && !writer.text.contains("\"id\":30}"), "{}", writer.text);
    }
}
