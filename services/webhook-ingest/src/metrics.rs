//! Metrics of webhooks.

use std::sync::LazyLock;
use std::time::Duration;

use service::metrics::{Counter, Histogram, KeyValue};

static RECEIVED: LazyLock<Counter<u64>> =
    LazyLock::new(|| service::metrics::counter("webhook.received", "Webhooks by what became of them."));
static DURATION: LazyLock<Histogram<f64>> =
    LazyLock::new(|| service::metrics::duration("webhook.duration", "From the arrival of a webhook to its answer."));
static BATCH_SIZE: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    let bounds = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
    service::metrics::histogram("webhook.batch.size", "Events stored by one statement.", &bounds)
});
static DATABASE_AWAY: LazyLock<Counter<u64>> =
    LazyLock::new(|| service::metrics::counter("webhook.database_away", "How often the database went away."));

/// Counts a webhook and its time. The outcome is a word of few.
pub(crate) fn count_answer(outcome: &'static str, took: Duration) {
    let outcome = [KeyValue::new("outcome", outcome)];
    RECEIVED.add(1, &outcome);
    DURATION.record(took.as_secs_f64(), &outcome);
}

/// Counts a batch that goes to the database.
pub(crate) fn count_batch(size: usize) {
    BATCH_SIZE.record(f64::from(u32::try_from(size).unwrap_or(u32::MAX)), &[]);
}

/// Counts an outage of the database.
pub(crate) fn database_away() {
    DATABASE_AWAY.add(1, &[]);
}
