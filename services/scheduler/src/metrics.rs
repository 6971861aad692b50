//! Metrics of the scheduler's work.

use std::sync::LazyLock;

use domain::EntityType;
use service::metrics::{Counter, Gauge, KeyValue, counter, gauge};

static TICKS: LazyLock<Counter<u64>> = LazyLock::new(|| counter("schedule.ticks", "Due ticks by what became of them."));
static INTERVALS: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("interval.syncs", "Syncs of entities without a schedule, started by their interval."));
static REAL_TIME: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("real_time.syncs", "Syncs that a local change started, by entity."));
static DELETED: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("retention.deleted", "Rows deleted after their retention, by table."));
static HOUSEKEEPING: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("housekeeping.runs", "Clean-ups and reports that came to their end."));
static PARTITIONS: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("monitoring.partitions", "Months of monitoring data, made and dropped."));
static STRAY_SAMPLES: LazyLock<Gauge<f64>> = LazyLock::new(|| {
    gauge("monitoring.default_partition_rows", "Samples of months without a partition; counted up to 100,000.")
});
static HELD: LazyLock<Gauge<f64>> =
    LazyLock::new(|| gauge("integrations.held", "Integrations whose partner is not to be called now, by reason."));
static STALLED: LazyLock<Gauge<f64>> = LazyLock::new(|| gauge("geniacs.syncs_stalled", "Runs that show no progress."));
static LOCAL_CHANGES_LAG: LazyLock<Gauge<f64>> = LazyLock::new(|| {
    gauge("local_changes.lag_seconds", "Seconds for which an open transaction has held local changes back.")
});
static RESCUED: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("rescue.woken", "Work that nobody had taken up, by its kind."));
static DEAD_LETTERS: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("dead_letters.drained", "Dead letters by what became of them."));
static FAILED_ROUNDS: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("scheduler.failed_rounds", "Rounds of a task that ended in an error."));
static FAILED_THINGS: LazyLock<Counter<u64>> = LazyLock::new(|| {
    counter(
        "scheduler.failed_things",
        "Schedules, integrations and syncs with which a task failed while others went on.",
    )
});
static NOTICES: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("notifications.notices", "Notices that began and that ended."));
static NOTICE_DELIVERIES: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("notifications.deliveries", "Attempts to tell a notice, by how they ended."));
static SILENT_BELL: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("scheduler.bell_rebuilt", "How often the bell had stopped and was made anew."));

/// Counts ticks; the outcome is a word of few.
pub(crate) fn count_ticks(outcome: &'static str, count: usize) {
    TICKS.add(count as u64, &[KeyValue::new("outcome", outcome)]);
}

/// Counts a sync that an interval started.
pub(crate) fn interval_started(entity: EntityType) {
    INTERVALS.add(1, &[KeyValue::new("entity", entity.as_str())]);
}

/// Counts a sync that a local change started.
pub(crate) fn real_time_started(entity: EntityType) {
    REAL_TIME.add(1, &[KeyValue::new("entity", entity.as_str())]);
}

/// Counts rows that retention deleted.
pub(crate) fn count_deleted(table: &'static str, rows: i64) {
    DELETED.add(rows.unsigned_abs(), &[KeyValue::new("table", table)]);
}

/// Counts a job that came to its end.
pub(crate) fn housekeeping_done(job: &'static str) {
    HOUSEKEEPING.add(1, &[KeyValue::new("job", job)]);
}

/// Counts a month that was made or dropped.
pub(crate) fn count_partition(change: &'static str) {
    PARTITIONS.add(1, &[KeyValue::new("change", change)]);
}

/// Shows how many samples lie in the default partition.
#[expect(clippy::cast_precision_loss, reason = "it is at most 100,000")]
pub(crate) fn stray_samples(rows: i64) {
    STRAY_SAMPLES.record(rows as f64, &[]);
}

/// Shows how many integrations are held back, by reason.
#[expect(clippy::cast_precision_loss, reason = "nobody has that many integrations")]
pub(crate) fn set_held(reason: &'static str, integrations: i64) {
    HELD.record(integrations as f64, &[KeyValue::new("reason", reason)]);
}

/// Shows how many runs are stalled.
#[expect(clippy::cast_precision_loss, reason = "there is one run for each integration and entity")]
pub(crate) fn set_stalled(syncs: i64) {
    STALLED.record(syncs as f64, &[]);
}

/// Shows for how many seconds an open transaction has held local changes back.
pub(crate) fn local_changes_lag(seconds: f64) {
    LOCAL_CHANGES_LAG.record(seconds, &[]);
}

/// Counts work that was woken.
pub(crate) fn count_rescued(kind: &'static str, count: usize) {
    RESCUED.add(count as u64, &[KeyValue::new("kind", kind)]);
}

/// Counts a dead letter.
pub(crate) fn dead_letter(outcome: &'static str) {
    DEAD_LETTERS.add(1, &[KeyValue::new("outcome", outcome)]);
}

/// Counts a round that failed.
pub(crate) fn failed_round(task: &'static str) {
    FAILED_ROUNDS.add(1, &[KeyValue::new("task", task)]);
}

/// Counts one thing of a task that failed by itself.
pub(crate) fn failed_thing(task: &'static str) {
    FAILED_THINGS.add(1, &[KeyValue::new("task", task)]);
}

/// Counts notices that began or ended.
pub(crate) fn count_notices(change: &'static str, count: i64) {
    NOTICES.add(count.unsigned_abs(), &[KeyValue::new("change", change)]);
}

/// Counts attempts to tell a notice; the outcome is a word of few.
pub(crate) fn notice_deliveries(outcome: &'static str, count: u64) {
    NOTICE_DELIVERIES.add(count, &[KeyValue::new("outcome", outcome)]);
}

/// Counts a bell that had to be made anew.
pub(crate) fn silent_bell() {
    SILENT_BELL.add(1, &[]);
}
