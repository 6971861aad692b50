//! Schedules and the time zone of the service.

use std::time::Duration;

use chrono_tz::Tz;

use super::section::section;

section! {
    /// Schedules and the time zone of the service.
    pub struct ScheduleSettings {
        time_zone: Tz = new(
            "time_zone",
            "Asia/Jakarta",
            "IANA time zone of schedules that name none, of clean-up and reports"
        ), value("an IANA time zone such as Asia/Jakarta", |text| text.parse().ok());
        min_interval: Duration = new(
            "schedules.min_interval_seconds",
            "60",
            "seconds that a schedule must leave between two ticks (1–86400)"
        ), duration(1..=86_400);
    }
}
