//! The time zone that stands in where a time comes without its offset from UTC.

use chrono::{DateTime, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use std::borrow::Cow;

/// An integration's time zone, if it has one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Zone(Option<Tz>);

impl From<Option<Tz>> for Zone {
    fn from(zone: Option<Tz>) -> Self {
        Self(zone)
    }
}

impl Zone {
    /// The time that clocks show at a moment.
    pub(crate) fn clocks(self, moment: DateTime<FixedOffset>) -> Option<DateTime<FixedOffset>> {
        self.0.map(|zone| moment.with_timezone(&zone).fixed_offset())
    }

    /// The first moment of a day, which clocks may skip midnight of.
    pub(crate) fn start_of(self, day: NaiveDate) -> Option<DateTime<FixedOffset>> {
        let zone = self.0?;
        let midnight = day.and_time(NaiveTime::MIN);
        let half_hours = (0..48).map(|n| midnight + TimeDelta::minutes(30 * n));
        half_hours
            .map(|time| zone.from_local_datetime(&time))
            .find_map(MappedLocalTime::earliest)
            .map(|m| m.fixed_offset())
    }

    /// The moment at which clocks showed `time`. One that they showed twice, as they were put back, is the first; one
    /// that they skipped is refused.
    pub(crate) fn moment(self, time: NaiveDateTime) -> Result<DateTime<FixedOffset>, Cow<'static, str>> {
        const NONE: &str =
            "is a time without its offset from UTC, and the integration's configuration has no default_time_zone";

        let zone = self.0.ok_or(NONE)?;

        match zone.from_local_datetime(&time) {
            MappedLocalTime::Single(moment) | MappedLocalTime::Ambiguous(moment, _) => Ok(moment.fixed_offset()),
            // No clock has shown this time, so no moment is meant by it.
            MappedLocalTime::None => {
                Err(format!("is a time that clocks in {zone} skip, because they are put forward then").into())
            }
        }
    }
}
