//! What `/metrics` tells about syncs and events.

use domain::{Counts, SyncStatus};
use service::metrics::{Counter, Histogram, KeyValue, counter, duration};
use std::sync::LazyLock;
use std::time::Duration;

static CHUNKS: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    duration("sync_chunk_duration", "How long chunks took, by kind and whether they came to their end.")
});
static SYNCS: LazyLock<Counter<u64>> = LazyLock::new(|| counter("syncs_ended", "Syncs that ended, by status."));
static RECORDS: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("sync_records", "Records of syncs that ended, by outcome."));
static EVENTS: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("webhook_events_ended", "Stored webhook events that ended, by state."));

pub(crate) fn chunk(kind: &str, took: Duration, completed: bool) {
    let attributes = [KeyValue::new("kind", kind.to_owned()), KeyValue::new("completed", completed)];
    CHUNKS.record(took.as_secs_f64(), &attributes);
}

pub(crate) fn sync_ended(status: SyncStatus, counts: &Counts) {
    SYNCS.add(1, &[KeyValue::new("status", status.as_str())]);
    let outcomes = [
        ("created", counts.created),
        ("updated", counts.updated),
        ("unchanged", counts.unchanged),
        ("skipped", counts.skipped),
        ("deleted", counts.deleted),
        ("conflict", counts.conflicts),
        ("failed", counts.failed),
    ];
    for (outcome, count) in outcomes {
        RECORDS.add(u64::try_from(count).unwrap_or_default(), &[KeyValue::new("outcome", outcome)]);
    }
}

pub(crate) fn event_ended(state: domain::webhook::WebhookState) {
    EVENTS.add(1, &[KeyValue::new("state", state.as_str())]);
}
