//! How closely the scheduler watches.

use std::time::Duration;

use super::values::Values;
use super::{Setting, SettingsError};

const PROBE: Setting = Setting::new(
    "scheduler.probe_milliseconds",
    "250",
    "milliseconds between two looks for local changes of entities in configuration.real_time (10–60000)",
);

pub(super) const SETTINGS: &[Setting] = &[PROBE];

/// How closely the scheduler watches.
#[derive(Debug, Clone)]
pub struct SchedulerSettings {
    /// Between two looks for local changes that are to be pushed as they happen: four times a second.
    pub probe: Duration,
}

impl SchedulerSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        Ok(Self { probe: Duration::from_millis(values.number(&PROBE, 10..=60_000)?) })
    }
}
