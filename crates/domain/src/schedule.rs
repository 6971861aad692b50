//! When a schedule ticks, and what its runs are told.

use crate::sync::{Filters, SyncOptions};
use crate::{SyncDirection, integration::Invalid};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use croner::{Cron, parser::CronParser, parser::Seconds};
use serde::{Deserialize, Serialize};

/// A cron expression in five fields that has a next tick.
#[derive(Debug, Clone)]
pub struct CronExpression(Cron);

/// Why a cron expression cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// It is not an expression in five fields.
    #[error("`{0}` is not a cron expression in five fields (minute hour day month weekday): {1}")]
    Malformed(String, String),
    /// It has no next tick.
    #[error("`{0}` never comes true")]
    NeverTrue(String),
    /// It ticks more often than is allowed.
    #[error("`{0}` ticks every {1} s at its densest; at least {2} s must lie between two ticks")]
    TooOften(String, i64, i64),
}

impl CronExpression {
    /// Reads five fields (minute, hour, day, month, weekday). A day of the month and a weekday together mean either.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let shown: String = text.chars().take(100).collect();
        if text.split_whitespace().count() != 5 {
            return Err(CronError::Malformed(shown, "it must have five fields".to_owned()));
        }
        CronParser::builder()
            .seconds(Seconds::Disallowed)
            .build()
            .parse(text)
            .map(Self)
            .map_err(|e| CronError::Malformed(shown, e.to_string()))
    }

    /// The same with a sixth field for seconds in front allowed, for tests that cannot wait for minutes.
    pub fn parse_with_seconds(text: &str) -> Result<Self, CronError> {
        if text.split_whitespace().count() == 5 {
            return Self::parse(text);
        }
        CronParser::builder()
            .seconds(Seconds::Required)
            .build()
            .parse(text)
            .map(Self)
            .map_err(|e| CronError::Malformed(text.chars().take(100).collect(), e.to_string()))
    }

    /// The first tick after `after`, as the zone's wall clock has it. A time inside a spring gap moves to its end.
    pub fn next_after(&self, after: DateTime<Utc>, zone: Tz) -> Result<DateTime<Utc>, CronError> {
        self.0
            .find_next_occurrence(&after.with_timezone(&zone), false)
            .map(|t| t.with_timezone(&Utc))
            .map_err(|_| CronError::NeverTrue(self.0.as_str().to_owned()))
    }

    /// Refuses an expression whose next ticks lie closer together than `minimum`, or that has none.
    pub fn check_pace(&self, from: DateTime<Utc>, zone: Tz, minimum: Duration) -> Result<(), CronError> {
        let mut previous = self.next_after(from, zone)?;
        for _ in 0..60 {
            let next = self.next_after(previous, zone)?;
            if next - previous < minimum {
                let text = self.0.as_str().to_owned();
                return Err(CronError::TooOften(text, (next - previous).num_seconds(), minimum.num_seconds()));
            }
            previous = next;
        }
        Ok(())
    }
}

crate::named::named_enum! {
    /// What a tick does while the run before is still under way.
    Overlap as "overlap" {
        /// It is left out.
        Skip = "skip",
        /// It waits.
        Queue = "queue",
    }
}

crate::named::named_enum! {
    /// What happens to ticks that nobody was there for.
    CatchUp as "catch_up" {
        /// They are left out.
        Skip = "skip",
        /// One run stands for all.
        One = "one",
        /// Each is run.
        All = "all",
    }
}

/// The contract's `configuration` of a schedule. What is absent falls back to the integration and the settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleConfiguration {
    /// How far back a run reaches at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_window: Option<SyncWindow>,
    /// Records per chunk and page, 1–5,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_size: Option<u32>,
    /// Active seconds of one run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_execution_time: Option<u32>,
    /// Whether an ended run tries its failed records again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_failed: Option<bool>,
    /// Which way; to Geniacs unless told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_direction: Option<SyncDirection>,
    /// Limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filters: Option<Filters>,
    /// Permissions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<SyncOptions>,
}

impl ScheduleConfiguration {
    /// Everything in it that is out of range.
    pub fn problems(&self) -> Vec<Invalid> {
        let mut found = Vec::new();
        if self.batch_size.is_some_and(|n| !(1..=5_000).contains(&n)) {
            found.push(Invalid::new("configuration.batch_size", "must be from 1 to 5000"));
        }
        if self.max_execution_time.is_some_and(|n| !(1..=86_400).contains(&n)) {
            found.push(Invalid::new("configuration.max_execution_time", "must be from 1 to 86400 seconds"));
        }
        found
    }
}

/// A stretch of time before now: `last_hour`, `last_30_minutes`, `last_2_hours`, `last_7_days`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncWindow {
    written: String,
    seconds: i64,
}

impl SyncWindow {
    /// Its length.
    pub fn duration(&self) -> Duration {
        Duration::seconds(self.seconds)
    }

    /// Reads `last_<unit>` or `last_<n>_<unit>s` with minutes, hours or days.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("last_")?;
        let (count, unit) = rest.split_once('_').map_or(Some((1, rest)), |(n, u)| Some((n.parse::<i64>().ok()?, u)))?;
        let seconds = match unit.strip_suffix('s').unwrap_or(unit) {
            "minute" => 60,
            "hour" => 3_600,
            "day" => 86_400,
            _ => return None,
        };
        let seconds = count.checked_mul(seconds).filter(|s| (1..=366 * 86_400).contains(s))?;
        Some(Self { written: text.to_owned(), seconds })
    }
}

impl Serialize for SyncWindow {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written)
    }
}

impl<'de> Deserialize<'de> for SyncWindow {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("expected a window like last_hour, last_30_minutes or last_7_days"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn next(expression: &str, zone: Tz, after: &str) -> DateTime<Utc> {
        CronExpression::parse(expression).unwrap().next_after(at(after), zone).unwrap()
    }

    #[test]
    fn a_tick_follows_the_wall_clock_of_its_zone() {
        let jakarta = chrono_tz::Asia::Jakarta;
        assert_eq!(next("0 2 * * *", jakarta, "2026-01-01T00:00:00Z"), at("2026-01-01T19:00:00Z"));
        assert_eq!(next("*/15 * * * *", jakarta, "2026-01-01T00:00:01Z"), at("2026-01-01T00:15:00Z"));
    }

    #[test]
    fn midnight_in_london_comes_once_on_the_day_the_clocks_go_forward() {
        let london = chrono_tz::Europe::London;
        let first = next("0 0 * * *", london, "2026-03-28T12:00:00Z");
        assert_eq!(first, at("2026-03-29T00:00:00Z"));
        assert_eq!(next("0 0 * * *", london, "2026-03-29T00:00:00Z"), at("2026-03-29T23:00:00Z"));
    }

    #[test]
    fn an_expression_that_never_comes_true_is_refused() {
        let cron = CronExpression::parse("0 0 30 2 *");
        let never = cron.and_then(|c| c.next_after(at("2026-01-01T00:00:00Z"), chrono_tz::UTC).map(|_| ()));
        assert!(never.is_err());
    }

    #[test]
    fn rubbish_is_refused_with_its_text() {
        for text in ["", "* * * *", "61 * * * *", "* * * * * *", "a b c d e"] {
            assert!(matches!(CronExpression::parse(text), Err(CronError::Malformed(..))), "{text}");
        }
    }

    #[test]
    fn a_pace_below_the_minimum_is_refused() {
        let every_minute = CronExpression::parse("* * * * *").unwrap();
        let from = at("2026-01-01T00:00:00Z");
        assert!(every_minute.check_pace(from, chrono_tz::UTC, Duration::seconds(60)).is_ok());
        assert!(matches!(
            every_minute.check_pace(from, chrono_tz::UTC, Duration::seconds(300)),
            Err(CronError::TooOften(_, 60, 300))
        ));
    }

    #[test]
    fn windows_name_minutes_hours_and_days() {
        for (text, seconds) in
            [("last_hour", 3_600), ("last_30_minutes", 1_800), ("last_2_hours", 7_200), ("last_7_days", 604_800)]
        {
            assert_eq!(SyncWindow::parse(text).unwrap().duration().num_seconds(), seconds);
        }
        for text in ["", "hour", "last_", "last_0_hours", "last_x_hours", "last_2_years"] {
            assert!(SyncWindow::parse(text).is_none(), "{text}");
        }
    }
}
