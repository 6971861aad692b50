//! Starts what is due and wakes what nobody took up. Any number of schedulers run side by side without a leader: the
//! database's clock says what is due, and its locks and unique keys who does it.
//!
//! A [`bell`] rings every second; each ring, every [`task`] does its round:
//!
//! - [`ticks`]: schedules that are due, each tick one sync.
//! - [`intervals`]: entities without a schedule, synced every so often.
//! - [`real_time`]: local changes that are pushed as they happen; by a quicker bell.
//! - [`waiting`]: syncs whose turn has come, after a retry's time, a pause or a crash.
//! - [`references`]: records and events that waited for another record's link.
//! - [`held`]: how many integrations are not to be called now, for `/metrics`.
//! - [`rescue`]: chunks, syncs and stored events that nobody moves.
//! - [`partitions`]: the months of monitoring data, made ahead.
//! - [`notifications`]: what people and programs are told when something is the matter.
//! - [`housekeeping`]: the nightly clean-up and the weekly report.
//!
//! Beside them, [`dead_letters`] drains what the queues gave up, and the broker's relay sends what the outbox holds.

mod apart;
mod bell;
mod context;
mod dead_letters;
mod held;
mod housekeeping;
mod intervals;
mod lag;
mod metrics;
mod notifications;
mod partitions;
mod real_time;
mod references;
mod rescue;
mod stalled;
mod start;
mod stepped;
mod task;
mod ticks;
mod waiting;

pub use start::{Scheduler, run, start};
pub use stepped::SteppedScheduler;
