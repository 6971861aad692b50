//! A moment that a partner told, and how precisely it told it. Partners write whole seconds, milliseconds or
//! microseconds, and not always the same, so that two times can only be compared as precisely as the coarser one.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use std::cmp::Ordering;

/// A time may lie so far ahead of the moment at which it was heard: clocks differ a little, but a far future would win
/// over everything that comes later.
pub const MOST_AHEAD: TimeDelta = TimeDelta::minutes(5);

/// Numbers from here on (the year 5138 in seconds, 1973 in milliseconds) are milliseconds.
const FIRST_MILLISECONDS: i64 = 100_000_000_000;

/// How precisely a time was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// To the microsecond. Finer digits are dropped.
    Microsecond,
    /// To the millisecond.
    Millisecond,
    /// To the second.
    Second,
}

impl Precision {
    /// The length of its unit in microseconds.
    pub const fn unit(self) -> i64 {
        match self {
            Self::Microsecond => 1,
            Self::Millisecond => 1_000,
            Self::Second => 1_000_000,
        }
    }

    /// The precision of a unit in microseconds; one that is unknown counts as the finest.
    pub const fn of_unit(micros: i64) -> Self {
        match micros {
            1_000 => Self::Millisecond,
            1_000_000 => Self::Second,
            _ => Self::Microsecond,
        }
    }

    /// Programs that drop trailing zeros write one or two digits of milliseconds, too.
    const fn of_digits(count: usize) -> Self {
        match count {
            0 => Self::Second,
            1..=3 => Self::Millisecond,
            _ => Self::Microsecond,
        }
    }
}

/// A moment in microseconds since 1970, with the precision at which it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Microseconds since 1970.
    pub micros: i64,
    /// How precisely it was told.
    pub precision: Precision,
}

impl Moment {
    /// A moment that was measured here.
    pub const fn exact(at: DateTime<Utc>) -> Self {
        Self { micros: at.timestamp_micros(), precision: Precision::Microsecond }
    }

    /// Reads an RFC 3339 time; none where it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let at = DateTime::parse_from_rfc3339(text).ok()?;
        let fraction = text.split_once('.').map_or("", |(_, rest)| rest);
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        Some(Self { micros: at.timestamp_micros(), precision: Precision::of_digits(digits) })
    }

    /// Reads a time as JSON holds it: an RFC 3339 text, or seconds or milliseconds since 1970.
    pub fn of_json(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::parse(text),
            Value::Number(number) => Self::of_number(number.as_i64()?),
            _ => None,
        }
    }

    fn of_number(number: i64) -> Option<Self> {
        let (unit, precision) = match number {
            ..FIRST_MILLISECONDS => (1_000_000, Precision::Second),
            _ => (1_000, Precision::Millisecond),
        };
        let micros = number.checked_mul(unit)?;
        DateTime::from_timestamp_micros(micros).map(|_| Self { micros, precision })
    }

    /// The same moment on our clock, where the partner's runs ahead of ours by so much.
    #[must_use]
    pub const fn on_our_clock(self, partner_ahead_micros: i64) -> Self {
        Self { micros: self.micros.saturating_sub(partner_ahead_micros), ..self }
    }

    /// This moment, or the one at which it was heard, if it lies too far ahead of that.
    #[must_use]
    pub fn heard_at(self, heard: DateTime<Utc>) -> Self {
        let latest = heard.timestamp_micros().saturating_add(MOST_AHEAD.num_microseconds().unwrap_or_default());
        if self.micros > latest { Self::exact(heard) } else { self }
    }

    /// The moment as a time; the beginning of 1970 where the calendar does not reach it.
    pub fn time(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.micros).unwrap_or_default()
    }

    /// Which of two moments is the later one, as far as the coarser of them tells.
    pub fn compare(self, other: Self) -> Ordering {
        let unit = self.precision.max(other.precision).unit();
        self.micros.div_euclid(unit).cmp(&other.micros.div_euclid(unit))
    }

    /// The more precise one of two moments that are the same as far as they tell. Keeping it keeps the order of moments
    /// transitive: what came before the finer one does not come after the coarser one.
    #[must_use]
    pub fn finer(self, other: Self) -> Self {
        if other.precision < self.precision { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn moment(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    #[test]
    fn times_compare_at_the_coarser_precision_of_the_two() {
        let fine = moment("2026-01-01T00:00:04.300Z");
        for (other, expected) in [
            ("2026-01-01T00:00:04Z", Ordering::Equal),
            ("2026-01-01T00:00:03Z", Ordering::Greater),
            ("2026-01-01T00:00:05Z", Ordering::Less),
            ("2026-01-01T00:00:04.2Z", Ordering::Greater),
            ("2026-01-01T00:00:04.300999Z", Ordering::Equal),
            ("2026-01-01T07:00:04+07:00", Ordering::Equal),
        ] {
            assert_eq!(fine.compare(moment(other)), expected, "{other}");
            assert_eq!(moment(other).compare(fine), expected.reverse(), "{other}");
        }

        assert_eq!(fine.finer(moment("2026-01-01T00:00:04Z")), fine);
        assert_eq!(moment("2026-01-01T00:00:04Z").finer(fine), fine);
    }

    #[test]
    fn times_before_1970_keep_their_order() {
        let (early, late) = (moment("1969-12-31T23:59:58.9Z"), moment("1969-12-31T23:59:59Z"));
        assert_eq!(early.compare(late), Ordering::Less);
    }

    #[test]
    fn a_number_is_seconds_or_milliseconds() {
        let expected = moment("2026-01-01T00:00:00Z");
        assert_eq!(Moment::of_json(&json!(1_767_225_600)), Some(expected));
        let millis = Moment::of_json(&json!(1_767_225_600_123_i64)).unwrap();
        assert_eq!((millis.micros - expected.micros, millis.precision), (123_000, Precision::Millisecond));
        for no_time in [json!(i64::MAX), json!(i64::MIN), json!(1.5), json!(true), json!("soon"), json!(null)] {
            assert_eq!(Moment::of_json(&no_time), None, "{no_time}");
        }
    }

    #[test]
    fn a_time_far_ahead_of_when_it_was_heard_becomes_that() {
        let heard: DateTime<Utc> = "2026-01-01T10:00:00.5Z".parse().unwrap();
        assert_eq!(moment("2026-01-01T10:05:00Z").heard_at(heard), moment("2026-01-01T10:05:00Z"));
        assert_eq!(moment("2099-01-01T00:00:00Z").heard_at(heard), Moment::exact(heard));
        let seven_hours = 7 * 3_600 * 1_000_000;
        let corrected = moment("2026-01-01T17:00:00Z").on_our_clock(seven_hours);
        assert_eq!(corrected.heard_at(heard), moment("2026-01-01T10:00:00Z"));
    }
}
