//! Days and moments of made-up records.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, Utc};

/// Counts from the first of a month, so that a seed makes the same days all month long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calendar(NaiveDate);

impl Calendar {
    /// The calendar of the month that `now` lies in.
    pub(crate) fn of(now: DateTime<Utc>) -> Self {
        let today = now.date_naive();
        Self(today.with_day(1).unwrap_or(today))
    }

    /// The first of the month that was `months` ago.
    pub(crate) fn months_ago(self, months: u64) -> NaiveDate {
        self.0.checked_sub_months(Months::new(u32::try_from(months).unwrap_or(0))).unwrap_or(self.0)
    }

    /// The day that was `days` before the first of this month.
    pub(crate) fn days_ago(self, days: u64) -> NaiveDate {
        self.0.checked_sub_days(Days::new(days)).unwrap_or(self.0)
    }

    /// The moment that was `seconds` before the first of this month.
    pub(crate) fn seconds_ago(self, seconds: u64) -> String {
        let seconds = TimeDelta::seconds(i64::try_from(seconds).unwrap_or(0));
        written_moment(self.0.and_time(NaiveTime::MIN).and_utc() - seconds)
    }
}

/// A day and `seconds` into it, as RFC 3339.
pub(crate) fn moment_at(day: NaiveDate, seconds: u64) -> String {
    let seconds = TimeDelta::seconds(i64::try_from(seconds).unwrap_or(0));
    written_moment(day.and_time(NaiveTime::MIN).and_utc() + seconds)
}

/// A day and `days` after it.
pub(crate) fn days_after(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}

fn written_moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_counts_from_its_first_day() {
        let calendar = |now: &str| Calendar::of(now.parse().unwrap());
        assert_eq!(calendar("2026-03-31T23:59:59Z").months_ago(1).to_string(), "2026-02-01");
        assert_eq!(calendar("2026-03-02T00:00:00Z").seconds_ago(1), "2026-02-28T23:59:59Z");
        assert_eq!(moment_at(calendar("2026-03-02T00:00:00Z").days_ago(0), 61), "2026-03-01T00:01:01Z");
    }
}
