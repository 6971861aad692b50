//! Dates as the partner writes them.

use super::date_pattern::Pattern;
use crate::cell::Cell;
use crate::date::Date;
use crate::number::Amount;
use crate::problem::Failure;
use crate::rule;
use crate::zone::Zone;
use chrono::{DateTime, FixedOffset};
use rust_decimal::Decimal;
use serde_json::Value;
use std::borrow::Cow;

const NAME: &str = "date_format";
const EXAMPLE: &str = "\"date\", \"datetime\", \"unix\", \"unix_ms\", or a pattern such as \"%d/%m/%Y %H:%M:%S\"";
const NO_ZONE: &str = "needs a time zone to be written like that: set default_time_zone in the integration's \
    configuration, or write the offset (%:z)";

/// A way to write dates that can be read back.
#[derive(Debug)]
pub(crate) struct DateFormat {
    form: WrittenDate,
    zone: Zone,
}

#[derive(Debug)]
enum WrittenDate {
    /// Seconds since 1970, a number.
    Seconds,
    /// Milliseconds since 1970, a number.
    Milliseconds,
    Text(Pattern),
}

impl DateFormat {
    pub(super) fn read(argument: &Value, zone: Zone) -> Result<Self, String> {
        let form = match argument.as_str() {
            Some("unix") => WrittenDate::Seconds,
            Some("unix_ms") => WrittenDate::Milliseconds,
            Some("date") => WrittenDate::Text(Pattern::read("%Y-%m-%d")?),
            Some("datetime") => WrittenDate::Text(Pattern::read("%Y-%m-%d %H:%M:%S")?),
            Some(text) if text.contains('%') => WrittenDate::Text(Pattern::read(rule::read_text(argument)?)?),
            _ => return Err(format!("must be {EXAMPLE}")),
        };

        Ok(Self { form, zone })
    }

    /// Whether Geniacs' form is a number.
    pub(crate) fn is_number(&self) -> bool {
        !matches!(self.form, WrittenDate::Text(_))
    }

    pub(super) fn push(&self, cell: &mut Cell<'_>) -> Result<(), Failure> {
        let Cell::Date(date) = cell else { return Ok(()) };
        *cell = match &self.form {
            WrittenDate::Seconds => whole_number(self.moment(*date)?.timestamp())?,
            WrittenDate::Milliseconds => whole_number(self.moment(*date)?.timestamp_millis())?,
            WrittenDate::Text(pattern) => Cell::Text(Cow::Owned(self.write(pattern, *date)?)),
        };
        Ok(())
    }

    pub(super) fn undo(&self, cell: &mut Cell<'_>) -> Result<(), Failure> {
        let date = match (&self.form, &*cell) {
            (WrittenDate::Seconds, Cell::Number(amount)) => since_1970(amount.value.checked_mul(Decimal::ONE_THOUSAND)),
            (WrittenDate::Milliseconds, Cell::Number(amount)) => since_1970(Some(amount.value)),
            (WrittenDate::Text(pattern), Cell::Text(text)) => pattern.parse(text.trim(), self.zone),
            _ => return Ok(()),
        };
        *cell = Cell::Date(date.map_err(|message| Failure::new(NAME, message))?);
        Ok(())
    }

    fn moment(&self, date: Date) -> Result<DateTime<FixedOffset>, Failure> {
        match date {
            Date::Moment(moment) => Ok(moment),
            Date::Day(day) => self.zone.start_of(day).ok_or_else(|| Failure::new(NAME, NO_ZONE)),
        }
    }

    fn write(&self, pattern: &Pattern, date: Date) -> Result<String, Failure> {
        let written = match date {
            // A day without a clock has no moment, so no zone can move it.
            Date::Day(day) if !pattern.has_clock() => pattern.write_day(day),
            date => {
                let moment = self.moment(date)?;
                let utc = || pattern.has_offset().then(|| moment.to_utc().fixed_offset());
                pattern.write(self.zone.clocks(moment).or_else(utc).ok_or_else(|| Failure::new(NAME, NO_ZONE))?)
            }
        };

        written.ok_or_else(|| Failure::new(NAME, "cannot be written like that"))
    }
}

fn whole_number(number: i64) -> Result<Cell<'static>, Failure> {
    let amount = Amount::calculated(Decimal::from(number));
    amount.map(Cell::Number).ok_or_else(|| Failure::new(NAME, "lies too far away"))
}

fn since_1970(milliseconds: Option<Decimal>) -> Result<Date, Cow<'static, str>> {
    let micros = milliseconds.and_then(|ms| ms.checked_mul(Decimal::ONE_THOUSAND)).map(|us| us.trunc());
    let micros = micros.and_then(|us| i64::try_from(us).ok());
    let moment = micros.and_then(DateTime::from_timestamp_micros).ok_or("is not a time since 1970")?;
    Date::moment(moment.fixed_offset())
}
