//! Schedules and the time zone of the service.

use std::time::Duration;

use chrono_tz::Tz;

use super::values::Values;
use super::{Setting, SettingsError};

const TIME_ZONE: Setting =
    Setting::new("time_zone", "Asia/Jakarta", "IANA time zone of schedules that name none, of clean-up and reports");
const MIN_INTERVAL: Setting = Setting::new(
    "schedules.min_interval_seconds",
    "60",
    "seconds that a schedule must leave between two ticks (1–86400)",
);

pub(super) const SETTINGS: &[Setting] = &[TIME_ZONE, MIN_INTERVAL];

/// Schedules and the time zone of the service.
#[derive(Debug, Clone)]
pub struct ScheduleSettings {
    /// For schedules that name none, and for the service's own clean-up and reports: Asia/Jakarta.
    pub time_zone: Tz,
    /// What a schedule must leave between two ticks: a minute.
    pub min_interval: Duration,
}

impl ScheduleSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        let time_zone = values.value(&TIME_ZONE, "an IANA time zone such as Asia/Jakarta", |text| text.parse().ok())?;
        Ok(Self { time_zone, min_interval: values.duration(&MIN_INTERVAL, 1..=86_400)? })
    }
}
