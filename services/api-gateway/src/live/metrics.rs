//! How many listen, what they got, and how fresh it was.

use service::metrics::{self, Counter, Gauge, Histogram, KeyValue, UpDownCounter};
use std::sync::LazyLock;
use std::time::Duration;

static LISTENERS: LazyLock<UpDownCounter<i64>> =
    LazyLock::new(|| metrics::up_down_counter("live.listeners", "Listeners to live events."));
static SENT: LazyLock<Counter<u64>> =
    LazyLock::new(|| metrics::counter("live.events.sent", "Live events handed to listeners, by kind."));
static CUT: LazyLock<Counter<u64>> =
    LazyLock::new(|| metrics::counter("live.listeners.cut", "Listeners that were cut off, by reason."));
static READ: LazyLock<Histogram<f64>> =
    LazyLock::new(|| metrics::duration("live.read.duration", "Duration of one reading for all listeners."));
static LAG: LazyLock<Gauge<f64>> = LazyLock::new(|| {
    metrics::gauge("live.lag", "Seconds between the last two readings for listeners; 0 while nobody listens.")
});

pub(super) fn count_listener() {
    LISTENERS.add(1, &[]);
}

pub(super) fn uncount_listener() {
    LISTENERS.add(-1, &[]);
}

pub(super) fn count_sent(kind: &'static str, number: u64) {
    SENT.add(number, &[KeyValue::new("event", kind)]);
}

pub(super) fn count_cut(reason: &'static str) {
    CUT.add(1, &[KeyValue::new("reason", reason)]);
}

pub(super) fn record_reading(took: Duration, lag: Duration) {
    READ.record(took.as_secs_f64(), &[]);
    LAG.record(lag.as_secs_f64(), &[]);
}

pub(super) fn record_rest() {
    LAG.record(0.0, &[]);
}
