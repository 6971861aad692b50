//! Dates: a moment, or a calendar day.

use crate::zone::Zone;
use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, SecondsFormat, SubsecRound, Utc};
use std::borrow::Cow;

const FORM: &str = "is neither a day (YYYY-MM-DD) nor a moment (RFC 3339)";

/// A moment with the offset it was written with, or a bare day.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Date {
    Day(NaiveDate),
    Moment(DateTime<FixedOffset>),
}

impl Date {
    /// Reads `YYYY-MM-DD`, RFC 3339, or PostgreSQL's forms of it: a space for the `T`, an offset of hours alone. A time
    /// without an offset is one in `zone`. A moment is cut to microseconds, which is what PostgreSQL keeps.
    pub(crate) fn parse(text: &str, zone: Zone) -> Result<Self, Cow<'static, str>> {
        let (day, rest) = text.split_at_checked(10).ok_or(FORM)?;
        if !day.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() }) {
            return Err(FORM.into());
        }

        if rest.is_empty() {
            return day.parse().map(Self::Day).map_err(|_| "names a day that no calendar has".into());
        }

        let clock = rest.strip_prefix(['T', 't', ' ']).ok_or(FORM)?;
        let moment = match offset_in_full(clock) {
            // A time with an offset needs no zone.
            Some(clock) => DateTime::parse_from_rfc3339(&format!("{day}T{clock}")).map_err(|_| FORM)?,
            None => zone.moment(format!("{day}T{clock}").parse().map_err(|_| FORM)?)?,
        };

        Self::moment(moment)
    }

    /// A moment as PostgreSQL can keep it.
    pub(crate) fn moment(moment: DateTime<FixedOffset>) -> Result<Self, Cow<'static, str>> {
        if !(0..=9999).contains(&moment.year()) || !(0..=9999).contains(&moment.to_utc().year()) {
            return Err("lies outside the years 0 to 9999".into());
        }
        Ok(Self::Moment(moment.trunc_subsecs(6)))
    }

    /// A moment in UTC with `Z`, as the partner gets it; a day as it is.
    pub(crate) fn for_geniacs(self) -> String {
        match self {
            Self::Day(day) => day.to_string(),
            Self::Moment(moment) => moment.to_utc().to_rfc3339_opts(SecondsFormat::AutoSi, true),
        }
    }

    /// A moment with its offset, so that a column that holds days keeps the day that was meant.
    pub(crate) fn for_local(self) -> String {
        match self {
            Self::Day(day) => day.to_string(),
            Self::Moment(moment) => moment.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        }
    }

    /// Whether `incoming` says what the local side holds. A column of days holds of a moment the day it was written
    /// with; a day that meets a local moment means midnight in UTC.
    pub(crate) fn equals_incoming(self, incoming: Self) -> bool {
        match (self, incoming) {
            (Self::Day(local), Self::Day(incoming)) => local == incoming,
            (Self::Moment(local), Self::Moment(incoming)) => local == incoming,
            (Self::Day(local), Self::Moment(incoming)) => local == incoming.date_naive(),
            (Self::Moment(local), Self::Day(incoming)) => {
                local.to_utc() == DateTime::<Utc>::from_naive_utc_and_offset(incoming.and_time(NaiveTime::MIN), Utc)
            }
        }
    }
}

/// `10:00:00+07` and `10:00:00+0700` as `10:00:00+07:00`; none where there is no offset.
fn offset_in_full(clock: &str) -> Option<String> {
    if clock.ends_with(['Z', 'z']) {
        return Some(clock.to_owned());
    }

    let (time, offset) = clock.split_at(clock.rfind(['+', '-'])?);

    Some(match offset.len() {
        3 => format!("{time}{offset}:00"),
        5 if offset.is_ascii() => format!("{time}{}:{}", &offset[..3], &offset[3..]),
        _ => clock.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Date, Cow<'static, str>> {
        Date::parse(text, Zone::default())
    }

    #[test]
    fn a_moment_goes_out_in_utc_and_a_day_stays_a_day() {
        for (written, sent) in [
            ("2024-01-01T10:00:00.123+07:00", "2024-01-01T03:00:00.123Z"),
            ("2024-01-01 10:00:00+07", "2024-01-01T03:00:00Z"),
            ("2024-01-01T10:00:00+0530", "2024-01-01T04:30:00Z"),
            ("2024-01-01t10:00:00z", "2024-01-01T10:00:00Z"),
            ("2024-01-01T10:00:00.123456789Z", "2024-01-01T10:00:00.123456Z"),
            ("2024-02-29", "2024-02-29"),
        ] {
            assert_eq!(parsed(written).map(Date::for_geniacs).as_deref(), Ok(sent), "{written}");
        }
    }

    #[test]
    fn an_ambiguous_or_impossible_date_is_refused() {
        for wrong in [
            "",
            "yesterday",
            "2024-1-1",
            "2023-02-29",
            "2024-01-01T10:00:00",
            "2024-01-01T10:00",
            "01/02/2024",
            "infinity",
            "2024-01-01T25:00:00Z",
            "9999-12-31T23:59:59-01:00",
            "2024-01-01Z",
            "１２３４５",
            "2024-01-01T10:00:00+é",
            "+2024-01-01",
        ] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_day_here_equals_a_moment_there_that_was_written_with_that_day() {
        let date = |text| parsed(text).unwrap();
        assert!(date("2024-01-01").equals_incoming(date("2024-01-01T00:00:00+07:00")));
        assert!(date("2024-01-01").equals_incoming(date("2024-01-01T10:00:00Z")));
        assert!(!date("2024-01-01").equals_incoming(date("2024-01-02T00:00:00Z")));
        assert!(date("2024-01-01T07:00:00+07:00").equals_incoming(date("2024-01-01")));
        assert!(!date("2024-01-01T08:00:00+07:00").equals_incoming(date("2024-01-01")));
    }
}
