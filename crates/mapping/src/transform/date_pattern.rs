//! Patterns in the manner of `strftime`.

use crate::date::Date;
use crate::zone::Zone;
use chrono::format::{Fixed, Item, Parsed, StrftimeItems, parse};
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime};
use std::borrow::Cow;
use std::fmt::{Display, Write as _};

/// A pattern that writes dates so that they can be read back.
#[derive(Debug)]
pub(super) struct Pattern {
    items: Vec<Item<'static>>,
    clock: bool,
    offset: bool,
}

impl Pattern {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let items = StrftimeItems::new(text).parse_to_owned().map_err(|_| {
            "has a part that strftime does not know; %Y %m %d %H %M %S %:z are year, month, day, hour, minute, second \
             and offset"
        })?;

        // Abbreviations of time zones are ambiguous.
        if items.iter().any(|item| matches!(item, Item::Fixed(Fixed::TimezoneName))) {
            return Err("names the time zone by %Z, which cannot be read back; write the offset, %:z".to_owned());
        }

        let mut pattern = Self { items, clock: false, offset: false };

        pattern.probe().ok_or(
            "must show what it takes to read a date back: the year in four digits (%Y), month (%m) and day (%d); with \
             an hour also the minute (%H:%M, or %I:%M %p); an offset only beside a time",
        )?;

        Ok(pattern)
    }

    /// Writes some dates, sees what they differ in, and reads them back.
    fn probe(&mut self) -> Option<()> {
        let samples = ["2024-11-23T14:25:36+07:00", "1931-01-02T03:04:05-03:00", "2069-12-31T23:59:59+05:30"];
        for sample in samples {
            let moment = DateTime::parse_from_rfc3339(sample).ok()?;
            let written = self.write(moment)?;

            let another_time = moment.date_naive().and_hms_opt(10, 11, 12)?;
            self.clock = written != self.write(another_time.and_local_timezone(*moment.offset()).single()?)?;

            let another_offset = FixedOffset::east_opt(3_600)?;
            self.offset = written != self.write(moment.naive_local().and_local_timezone(another_offset).single()?)?;

            let parsed = self.parsed(&written)?;
            let day = parsed.to_naive_date().ok()?;

            let time = parsed.to_naive_time().ok().filter(|_| self.clock);
            let minute = |time: NaiveDateTime| time.format("%Y-%m-%d %H:%M").to_string();
            let same_time = time.is_none_or(|time| minute(day.and_time(time)) == minute(moment.naive_local()));

            let same_offset = !self.offset || parsed.to_fixed_offset().ok()? == *moment.offset();
            let complete = self.clock == time.is_some() && (self.clock || !self.offset);

            (day == moment.date_naive() && same_time && same_offset && complete).then_some(())?;
        }
        Some(())
    }

    /// Whether it shows a time beside the day.
    pub(super) fn has_clock(&self) -> bool {
        self.clock
    }

    /// Whether it shows the offset from UTC.
    pub(super) fn has_offset(&self) -> bool {
        self.offset
    }

    pub(super) fn write(&self, moment: DateTime<FixedOffset>) -> Option<String> {
        written_date(moment.format_with_items(self.items.iter()))
    }

    pub(super) fn write_day(&self, day: NaiveDate) -> Option<String> {
        written_date(day.format_with_items(self.items.iter()))
    }

    /// Reads a date. A time without offset is one in `zone`; a day is its first moment there, so that a column of
    /// moments gets the day that was meant.
    pub(super) fn parse(&self, text: &str, zone: Zone) -> Result<Date, Cow<'static, str>> {
        const FORM: &str = "is not written as date_format says";
        let parsed = self.parsed(text).ok_or(FORM)?;

        let day = parsed.to_naive_date().map_err(|_| FORM)?;
        if !self.clock {
            return zone.start_of(day).map_or(Ok(Date::Day(day)), Date::moment);
        }

        let time = day.and_time(parsed.to_naive_time().map_err(|_| FORM)?);

        if !self.offset {
            return Date::moment(zone.moment(time)?);
        }

        let offset = parsed.to_fixed_offset().map_err(|_| FORM)?;
        Date::moment(time.and_local_timezone(offset).single().ok_or(FORM)?)
    }

    fn parsed(&self, text: &str) -> Option<Parsed> {
        let mut parsed = Parsed::new();
        parse(&mut parsed, text, self.items.iter()).ok()?;
        Some(parsed)
    }
}

/// Formatting fails instead of panicking.
fn written_date(date: impl Display) -> Option<String> {
    let mut text = String::new();
    write!(text, "{date}").ok().map(|()| text)
}
