//! When a schedule ticks, and what its runs are told.

mod configuration;
mod cron;

#[cfg(test)]
mod clock_changes;

pub use configuration::{ScheduleConfiguration, SyncWindow};
pub use cron::{CronError, CronExpression};

crate::named::named_enum! {
    /// The policy for a tick while the run before it is still under way.
    Overlap as "overlap" {
        /// It is left out.
        Skip = "skip",
        /// It waits.
        Queue = "queue",
    }
}

crate::named::named_enum! {
    /// The policy for ticks that were missed because no scheduler ran.
    CatchUp as "catch_up" {
        /// They are left out.
        Skip = "skip",
        /// One run stands for all.
        One = "one",
        /// Each is run.
        All = "all",
    }
}

crate::named::named_enum! {
    /// The outcome of a tick.
    TickOutcome as "outcome" {
        /// It has a sync.
        Run = "run",
        /// No scheduler ran at its time.
        Missed = "missed",
        /// It was due and left out on purpose.
        Skipped = "skipped",
    }
}
