//! When a schedule ticks, and what its runs are told.

mod configuration;
mod cron;

#[cfg(test)]
mod clock_changes;

pub use configuration::{ScheduleConfiguration, SyncWindow};
pub use cron::{CronError, CronExpression};

crate::named::named_enum! {
    /// What a tick does while the run before is still under way.
    Overlap as "overlap" {
        /// It is left out.
        Skip = "skip",
        /// It waits.
        Queue = "queue",
    }
}

crate::named::named_enum! {
    /// What happens to ticks that nobody was there for.
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
    /// What became of a tick.
    TickOutcome as "outcome" {
        /// It has a sync.
        Run = "run",
        /// Nobody was there for it.
        Missed = "missed",
        /// It was due and left out on purpose.
        Skipped = "skipped",
    }
}
