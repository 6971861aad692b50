//! How closely the scheduler watches.

use std::time::Duration;

use super::section::section;

section! {
    /// How closely the scheduler watches.
    pub struct SchedulerSettings {
        probe: Duration = new(
            "scheduler.probe_milliseconds",
            "250",
            "milliseconds between two looks for local changes of entities in configuration.real_time (10–60000)"
        ), milliseconds(10..=60_000);
    }
}
