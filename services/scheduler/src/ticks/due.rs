//! The ticks of a schedule that are due by now.

use std::collections::VecDeque;

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use domain::schedule::{CronError, CronExpression};

/// Ticks that are listed one by one; of those before them, only the number is told.
pub(super) const LISTED: usize = 100;
/// Ticks that are counted one by one: a month of minutes.
const COUNTED: usize = 50_000;

/// The ticks from the one that is due longest up to now: at least one.
#[derive(Debug)]
pub(super) struct DueTicks {
    /// The last ones, oldest first; as many as are listed, and the newest.
    pub(super) last: VecDeque<DateTime<Utc>>,
    /// How many there are; the least number where they were not counted to the end.
    pub(super) total: usize,
}

impl DueTicks {
    /// Walks from the first due tick to now.
    pub(super) fn collect(
        cron: &CronExpression,
        zone: Tz,
        first: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Self, CronError> {
        let mut due = Self { last: VecDeque::from([first]), total: 1 };
        let mut at = cron.next_after(first, zone)?;

        while at <= now {
            due.push(at);
            // A schedule of every minute that stood still for years has too many ticks to walk through.
            if due.total == COUNTED {
                at = near_the_end(first, at, now);
            }
            at = cron.next_after(at, zone)?;
        }

        Ok(due)
    }

    fn push(&mut self, at: DateTime<Utc>) {
        if self.last.len() > LISTED {
            self.last.pop_front();
        }
        self.last.push_back(at);
        self.total += 1;
    }

    /// The newest one.
    pub(super) fn newest(&self) -> Option<DateTime<Utc>> {
        self.last.back().copied()
    }
}

/// A moment after which a few hundred ticks are left, by the pace so far.
fn near_the_end(first: DateTime<Utc>, at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let rest = (at - first) / i32::try_from(COUNTED).unwrap_or(i32::MAX) * 4 * i32::try_from(LISTED).unwrap_or(1);
    at.max(now - rest.max(Duration::hours(1)))
}
