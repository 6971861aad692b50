//! Days and moments. Today is a fixed day, since a seed makes the same data on every day.

use chrono::{DateTime, Datelike as _, Days, Duration, Months, NaiveDate, NaiveTime, Utc};

/// The first day of the month that the provider bills at last.
pub(super) fn this_month() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 10, 1).unwrap_or_default()
}

/// The first day of the month so many before [`this_month`].
pub(super) fn month_before(months: u32) -> NaiveDate {
    this_month().checked_sub_months(Months::new(months)).unwrap_or_default()
}

/// The last day of a month.
pub(super) fn last_day(month: NaiveDate) -> NaiveDate {
    let next = month.with_day(1).and_then(|first| first.checked_add_months(Months::new(1)));
    next.and_then(|next| next.pred_opt()).unwrap_or(month)
}

pub(super) fn days_after(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}

/// A moment of a day, in UTC.
pub(super) fn moment_of(day: NaiveDate, seconds: u64) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN).and_utc();
    midnight + Duration::seconds(i64::try_from(seconds).unwrap_or_default())
}

/// As PostgreSQL reads it.
pub(super) fn written_moment(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%d %H:%M:%S+00").to_string()
}
