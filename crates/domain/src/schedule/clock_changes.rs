//! What happens to ticks where the wall clock jumps, and on days that not every month has. One table: what croner
//! makes of an expression, so that a new version of it cannot change this unseen.
//!
//! A single time of day that falls into a spring gap ticks at the gap's end, and in a repeated hour once, the first
//! time. Everything else (steps, lists, ranges) goes by the wall clock: what the gap swallows does not tick, and a
//! repeated hour ticks twice.

use super::CronExpression;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

struct Case {
    name: &'static str,
    cron: &'static str,
    zone: Tz,
    after: &'static str,
    /// The next ticks, in UTC.
    ticks: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        name: "a daily tick inside the gap comes at its end, and the next day at its time",
        cron: "30 2 * * *",
        zone: Tz::Europe__Berlin,
        after: "2026-03-28T12:00:00Z",
        ticks: &["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"],
    },
    Case {
        name: "the same where the gap begins at midnight",
        cron: "15 0 * * *",
        zone: Tz::Africa__Cairo,
        after: "2026-04-23T12:00:00Z",
        ticks: &["2026-04-23T22:00:00Z", "2026-04-24T21:15:00Z"],
    },
    Case {
        name: "the same where the gap has half an hour",
        cron: "15 2 * * *",
        zone: Tz::Australia__Lord_Howe,
        after: "2026-10-03T00:00:00Z",
        ticks: &["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"],
    },
    Case {
        name: "a daily tick in the repeated hour comes once, the first time",
        cron: "30 2 * * *",
        zone: Tz::Europe__Berlin,
        after: "2026-10-24T12:00:00Z",
        ticks: &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
    },
    Case {
        name: "the same in New York",
        cron: "30 1 * * *",
        zone: Tz::America__New_York,
        after: "2026-10-31T12:00:00Z",
        ticks: &["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"],
    },
    Case {
        name: "every two hours: the swallowed hour is left out",
        cron: "0 */2 * * *",
        zone: Tz::Europe__Berlin,
        after: "2026-03-28T22:30:00Z",
        ticks: &["2026-03-28T23:00:00Z", "2026-03-29T02:00:00Z", "2026-03-29T04:00:00Z"],
    },
    Case {
        name: "every two hours: the repeated hour ticks twice",
        cron: "0 */2 * * *",
        zone: Tz::Europe__Berlin,
        after: "2026-10-24T21:30:00Z",
        ticks: &["2026-10-24T22:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T03:00:00Z"],
    },
    Case {
        name: "every two hours where the clocks change at an odd hour",
        cron: "0 */2 * * *",
        zone: Tz::Europe__London,
        after: "2026-03-28T23:30:00Z",
        ticks: &["2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00Z"],
    },
    Case {
        name: "every quarter of an hour goes on through the gap",
        cron: "*/15 * * * *",
        zone: Tz::Europe__Berlin,
        after: "2026-03-29T00:40:00Z",
        ticks: &["2026-03-29T00:45:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:15:00Z"],
    },
    Case {
        name: "and through the repeated hour",
        cron: "*/15 * * * *",
        zone: Tz::Europe__Berlin,
        after: "2026-10-25T00:40:00Z",
        ticks: &["2026-10-25T00:45:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:15:00Z"],
    },
    Case {
        name: "a list of times is not a single time: the swallowed one is left out that day",
        cron: "30 2,14 * * *",
        zone: Tz::Europe__Berlin,
        after: "2026-03-28T14:00:00Z",
        ticks: &["2026-03-29T12:30:00Z", "2026-03-30T00:30:00Z"],
    },
    Case {
        name: "29 February comes in leap years",
        cron: "0 0 29 2 *",
        zone: Tz::UTC,
        after: "2026-01-01T00:00:00Z",
        ticks: &["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"],
    },
    Case {
        name: "and not in 2100",
        cron: "0 0 29 2 *",
        zone: Tz::UTC,
        after: "2096-03-01T00:00:00Z",
        ticks: &["2104-02-29T00:00:00Z"],
    },
    Case {
        name: "the 31st comes in months that have one",
        cron: "0 9 31 * *",
        zone: Tz::Asia__Jakarta,
        after: "2026-01-01T00:00:00Z",
        ticks: &["2026-01-31T02:00:00Z", "2026-03-31T02:00:00Z", "2026-05-31T02:00:00Z", "2026-07-31T02:00:00Z"],
    },
    Case {
        name: "a day of the month and a weekday together mean either",
        cron: "0 0 1 * MON",
        zone: Tz::UTC,
        after: "2026-05-28T12:00:00Z",
        ticks: &["2026-06-01T00:00:00Z", "2026-06-08T00:00:00Z"],
    },
    Case {
        name: "Jakarta has no clock changes",
        cron: "0 2 * * *",
        zone: Tz::Asia__Jakarta,
        after: "2026-03-28T19:00:00Z",
        ticks: &["2026-03-29T19:00:00Z", "2026-03-30T19:00:00Z"],
    },
];

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn ticks_follow_the_wall_clock_through_its_changes() {
    for case in CASES {
        let cron = CronExpression::parse(case.cron).unwrap();
        let expected: Vec<_> = case.ticks.iter().map(|tick| at(tick)).collect();
        assert_eq!(cron.upcoming(at(case.after), case.zone, expected.len()).unwrap(), expected, "{}", case.name);
    }
}

#[test]
fn looking_back_finds_the_same_ticks() {
    for case in CASES {
        let cron = CronExpression::parse(case.cron).unwrap();
        for tick in case.ticks {
            let found = cron.latest(at(tick), case.zone).unwrap();
            assert_eq!(found, at(tick), "{}: at the tick", case.name);

            let found = cron.latest(at(tick) + chrono::Duration::seconds(59), case.zone).unwrap();
            assert_eq!(found, at(tick), "{}: a moment later", case.name);
        }
    }
}

#[test]
fn no_tick_is_met_twice_and_none_lies_in_the_past() {
    for case in CASES {
        let cron = CronExpression::parse(case.cron).unwrap();
        let mut last = at(case.after) - chrono::Duration::days(2);

        for _ in 0..200 {
            let next = cron.next_after(last, case.zone).unwrap();
            assert!(next > last, "{}: {next} after {last}", case.name);
            last = next;
        }
    }
}
