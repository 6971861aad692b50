//! What is counted of the scheduler's work.

use std::sync::LazyLock;

use domain::EntityType;
use service::metrics::{Counter, KeyValue, counter};

static TICKS: LazyLock<Counter<u64>> = LazyLock::new(|| counter("schedule.ticks", "Due ticks by what became of them."));
static INTERVALS: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("interval.syncs", "Syncs of entities without a schedule, started by their interval."));
static RESCUED: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("rescue.woken", "Work that nobody had taken up, by its kind."));
static DEAD_LETTERS: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("dead_letters.drained", "Dead letters by what became of them."));
static FAILED_ROUNDS: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("scheduler.failed_rounds", "Rounds of a task that ended in an error."));
static SILENT_BELL: LazyLock<Counter<u64>> =
    LazyLock::new(|| counter("scheduler.bell_rebuilt", "How often the bell had stopped and was made anew."));

/// Counts ticks; the outcome is a word of few.
pub(crate) fn tick(outcome: &'static str, count: usize) {
    TICKS.add(count as u64, &[KeyValue::new("outcome", outcome)]);
}

/// Counts a sync that an interval started.
pub(crate) fn interval_started(entity: EntityType) {
    INTERVALS.add(1, &[KeyValue::new("entity", entity.as_str())]);
}

/// Counts work that was woken.
pub(crate) fn rescued(kind: &'static str, count: usize) {
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

/// Counts a bell that had to be made anew.
pub(crate) fn silent_bell() {
    SILENT_BELL.add(1, &[]);
}
