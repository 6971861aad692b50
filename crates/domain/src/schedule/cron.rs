//! Cron expressions: five fields, by the wall clock of a time zone.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use croner::{Cron, parser::CronParser, parser::Seconds};

/// Ticks that are looked at for the shortest time between two: a day of minutes, so that midnight is among them.
const PACE_TICKS: usize = 1_500;
/// Fewer are enough once they cover a week.
const PACE_LEAST_TICKS: usize = 60;
const PACE_STRETCH: Duration = Duration::days(8);

/// A cron expression in five fields that has a next tick.
#[derive(Debug, Clone)]
pub struct CronExpression(Cron);

/// Why a cron expression cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// It is not an expression in five fields.
    #[error("`{0}` is not a cron expression in five fields (minute hour day month weekday): {1}")]
    Malformed(String, String),
    /// A step that is longer than what its field counts: it would start anew before it came true once.
    #[error("`{0}`: a step of {1} is longer than the {2}, so it would not tick every {1}; use at most {3}")]
    LongStep(String, u32, &'static str, u32),
    /// It has no next tick.
    #[error("`{0}` never comes true")]
    NeverTrue(String),
    /// It ticks more often than is allowed.
    #[error("`{0}` ticks every {1} s at its densest; at least {2} s must lie between two ticks")]
    TooOften(String, i64, i64),
}

/// What each field counts, and how long a step in it may be.
const FIELDS: [(&str, u32); 5] = [
    ("60 minutes of an hour", 60),
    ("24 hours of a day", 24),
    ("31 days of a month", 31),
    ("12 months of a year", 12),
    ("7 days of a week", 7),
];

impl CronExpression {
    /// Reads five fields (minute, hour, day, month, weekday). A day of the month and a weekday together mean either.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        if text.split_whitespace().count() != 5 {
            return Err(malformed_cron(text, "it must have five fields"));
        }
        parse_cron(text, Seconds::Disallowed)
    }

    /// Refuses a step that is longer than its field, as 61 minutes are: it says one thing and does another.
    pub fn check_steps(&self) -> Result<(), CronError> {
        let text = self.0.as_str();
        // Without the seconds, where there are some.
        let fields = text.split_whitespace().rev().zip(FIELDS.iter().rev());

        for (field, (what, most)) in fields {
            // The parser has refused steps that are no numbers.
            let steps = field.split(',').filter_map(|part| part.split_once('/')?.1.parse().ok());
            if let Some(step) = steps.max().filter(|step: &u32| step > most) {
                return Err(CronError::LongStep(text.chars().take(100).collect(), step, what, *most));
            }
        }
        Ok(())
    }

    /// The same with a sixth field for seconds in front allowed, for tests that cannot wait for minutes.
    pub fn parse_with_seconds(text: &str) -> Result<Self, CronError> {
        if text.split_whitespace().count() == 5 {
            return Self::parse(text);
        }
        parse_cron(text, Seconds::Required)
    }

    /// The first tick after `after`, as the zone's wall clock has it. A time inside a spring gap moves to its end.
    pub fn next_after(&self, after: DateTime<Utc>, zone: Tz) -> Result<DateTime<Utc>, CronError> {
        self.0
            .find_next_occurrence(&after.with_timezone(&zone), false)
            .map(|t| t.with_timezone(&Utc))
            .map_err(|_| self.never_true())
    }

    /// The first ticks after `after`, `count` of them.
    pub fn upcoming(&self, after: DateTime<Utc>, zone: Tz, count: usize) -> Result<Vec<DateTime<Utc>>, CronError> {
        let mut last = after;
        let mut step = || {
            last = self.next_after(last, zone)?;
            Ok(last)
        };
        (0..count).map(|_| step()).collect()
    }

    /// The last tick at or before `now`.
    pub fn latest(&self, now: DateTime<Utc>, zone: Tz) -> Result<DateTime<Utc>, CronError> {
        let previous = self.0.find_previous_occurrence(&now.with_timezone(&zone), true);
        previous.map(|t| t.with_timezone(&Utc)).map_err(|_| self.never_true())
    }

    /// The shortest time between two ticks of the week or so after `from`.
    pub fn pace(&self, from: DateTime<Utc>, zone: Tz) -> Result<Duration, CronError> {
        let mut previous = self.next_after(from, zone)?;
        let mut shortest = Duration::MAX;

        for count in 0..PACE_TICKS {
            // Rare ticks would be searched for years ahead; a few of them are enough.
            if count >= PACE_LEAST_TICKS && previous - from > PACE_STRETCH {
                break;
            }

            let next = self.next_after(previous, zone)?;
            shortest = shortest.min(next - previous);
            previous = next;
        }

        Ok(shortest)
    }

    /// Refuses an expression whose next ticks lie closer together than `minimum`, or that has none.
    pub fn check_pace(&self, from: DateTime<Utc>, zone: Tz, minimum: Duration) -> Result<(), CronError> {
        let pace = self.pace(from, zone)?;
        if pace < minimum {
            let text = self.0.as_str().to_owned();
            return Err(CronError::TooOften(text, pace.num_seconds(), minimum.num_seconds()));
        }
        Ok(())
    }

    /// What it says, as an English sentence.
    pub fn in_words(&self) -> String {
        let words = self.0.describe();
        words.strip_prefix("At every ").map(|rest| format!("Every {rest}")).unwrap_or(words)
    }

    fn never_true(&self) -> CronError {
        CronError::NeverTrue(self.0.as_str().to_owned())
    }
}

fn parse_cron(text: &str, seconds: Seconds) -> Result<CronExpression, CronError> {
    // The parser takes it for nothing, and then looks for seconds for a tick that never comes.
    if text.split_whitespace().flat_map(|field| field.split(',')).any(str::is_empty) {
        return Err(malformed_cron(text, "a list has an empty part"));
    }
    let parsed = CronParser::builder().seconds(seconds).build().parse(text);
    parsed.map(CronExpression).map_err(|error| malformed_cron(text, &error.to_string()))
}

fn malformed_cron(text: &str, why: &str) -> CronError {
    CronError::Malformed(text.chars().take(100).collect(), why.to_owned())
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
    fn the_pace_is_the_shortest_time_between_two_ticks_of_a_week() {
        let pace = |text: &str| {
            let cron = CronExpression::parse(text).unwrap();
            cron.pace(at("2026-01-01T00:00:00Z"), chrono_tz::UTC).unwrap().num_minutes()
        };

        for (text, minutes) in [
            ("* * * * *", 1),
            ("*/7 * * * *", 4),
            ("0 2 * * *", 1_440),
            ("0,59 1,3,5,6 * * *", 1),
            ("0 2 * * MON,TUE", 1_440),
            ("0 0 29 2 *", 1_440 * 1_461),
        ] {
            assert_eq!(pace(text), minutes, "{text}");
        }
    }

    #[test]
    fn an_expression_is_said_in_words() {
        for (text, words) in
            [("*/15 * * * *", "Every 15 minutes."), ("0 2 * * *", "At 02:00."), ("0 3 * * 1", "At 03:00, on Monday.")]
        {
            assert_eq!(CronExpression::parse(text).unwrap().in_words(), words);
        }
    }

    #[test]
    fn a_step_that_is_longer_than_its_field_is_refused() {
        let steps = |text: &str| CronExpression::parse(text).and_then(|cron| cron.check_steps());

        for text in ["*/61 * * * *", "0 */25 * * *", "0 0 */32 * *", "0 0 1 */13 *", "0 0 * * */8", "0,5/100 * * * *"] {
            let error = steps(text).unwrap_err();
            assert!(!error.to_string().is_empty(), "{error}");
        }

        let said = steps("*/61 * * * *").unwrap_err().to_string();
        assert!(said.contains("a step of 61 is longer than the 60 minutes of an hour"), "{said}");

        for text in ["*/60 * * * *", "0 */24 * * *", "0 0 */31 * *", "*/45 * * * *", "0 3 * * 1"] {
            assert_eq!(steps(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn midnight_in_london_comes_once_on_the_day_the_clocks_go_forward() {
        let london = chrono_tz::Europe::London;
        let first = next("0 0 * * *", london, "2026-03-28T12:00:00Z");
        assert_eq!(first, at("2026-03-29T00:00:00Z"));
        assert_eq!(next("0 0 * * *", london, "2026-03-29T00:00:00Z"), at("2026-03-29T23:00:00Z"));
    }

    /// The parser reads it as a minute that never comes, and the search for one took minutes.
    #[test]
    fn a_list_with_an_empty_part_is_refused_and_not_searched_for() {
        for text in [", * * * *", "0 */2 * * ,", "* * , * *", "1,,2 * * * *", "0 1, * * *"] {
            let refused = CronExpression::parse(text).unwrap_err().to_string();
            assert!(refused.contains("a list has an empty part"), "{refused}");
        }
        assert!(CronExpression::parse_with_seconds(", * * * * *").is_err());
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
}
