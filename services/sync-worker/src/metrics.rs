//! What `/metrics` tells about syncs and events.

use domain::integration::ConflictPolicy;
use domain::sync::ChunkKind;
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
static CONFLICTS: LazyLock<Counter<u64>> = LazyLock::new(|| {
    counter("sync_conflicts", "Records that both sides had changed, by policy and whether that settled it.")
});

static HELD_BACK: LazyLock<Counter<u64>> = LazyLock::new(|| {
    counter("partner_requests_held_back", "Requests to partners that were not sent, by what held them back.")
});
static BREAKER: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("partner_breaker_changes", "Breakers that opened, stayed open after a probe, or closed."));
static PAUSES: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("partner_pauses", "Pauses of integrations, by why the partner wants them."));

pub(crate) fn held_back(reason: &'static str) {
    HELD_BACK.add(1, &[KeyValue::new("reason", reason)]);
}

pub(crate) fn breaker(state: &'static str) {
    BREAKER.add(1, &[KeyValue::new("state", state)]);
}

pub(crate) fn paused(reason: &'static str) {
    PAUSES.add(1, &[KeyValue::new("reason", reason)]);
}

pub(crate) fn chunk(kind: ChunkKind, took: Duration, completed: bool) {
    let attributes = [KeyValue::new("kind", kind.as_str()), KeyValue::new("completed", completed)];
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

/// Counts a record that both sides had changed.
pub(crate) fn conflict(policy: ConflictPolicy, settled: bool) {
    CONFLICTS.add(1, &[KeyValue::new("policy", policy.as_str()), KeyValue::new("settled", settled)]);
}

pub(crate) fn event_ended(state: domain::webhook::WebhookState) {
    EVENTS.add(1, &[KeyValue::new("state", state.as_str())]);
}
