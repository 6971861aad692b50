//! The partner's own rate limits.

use crate::faults::RateLimit;
use chrono::Utc;
use std::collections::VecDeque;

/// The windows of all limits in force.
#[derive(Debug, Default)]
pub(crate) struct Windows(Vec<Window>);

#[derive(Debug)]
struct Window {
    limit: RateLimit,
    /// Milliseconds of Unix time: of each request that counts, or of a fixed window's first one for all of them.
    taken: VecDeque<i64>,
}

/// How a request stands with the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LimitStanding {
    pub(crate) allowed: bool,
    /// Of the limit that has the least left.
    pub(crate) remaining: u64,
    /// When that limit lets the next request through, in Unix seconds.
    pub(crate) reset_at: i64,
    /// Seconds until all limits do, at least one.
    pub(crate) wait: i64,
}

impl Windows {
    /// Counts a request, unless a limit refuses it; none if there is no limit.
    pub(crate) fn take(&mut self, limits: &[RateLimit]) -> Option<LimitStanding> {
        self.take_at(limits, Utc::now().timestamp_millis())
    }

    /// The same without counting anything.
    pub(crate) fn standing(&mut self, limits: &[RateLimit]) -> Option<LimitStanding> {
        self.standing_at(limits, Utc::now().timestamp_millis())
    }

    fn take_at(&mut self, limits: &[RateLimit], now: i64) -> Option<LimitStanding> {
        let before = self.standing_at(limits, now)?;
        if !before.allowed {
            return Some(before);
        }
        self.0.iter_mut().for_each(|window| window.count(now));
        self.standing_at(limits, now).map(|after| LimitStanding { allowed: true, ..after })
    }

    fn standing_at(&mut self, limits: &[RateLimit], now: i64) -> Option<LimitStanding> {
        // The limits were changed by a fault, so the windows begin anew.
        if !self.0.iter().map(|window| &window.limit).eq(limits) {
            self.0 = limits.iter().map(|limit| Window { limit: limit.clone(), taken: VecDeque::new() }).collect();
        }

        self.0.iter_mut().for_each(|window| window.forget(now));

        let tightest = self.0.iter().min_by_key(|window| window.left())?;
        let used_up = self.0.iter().filter(|window| window.left() == 0);
        let wait = used_up.map(|window| window.opens_at(now) - now).max();

        Some(LimitStanding {
            allowed: wait.is_none(),
            remaining: tightest.left(),
            reset_at: ceiling_seconds(tightest.opens_at(now)),
            wait: ceiling_seconds(wait.unwrap_or(0)).max(1),
        })
    }
}

impl Window {
    fn milliseconds(&self) -> i64 {
        i64::try_from(self.limit.seconds.max(1)).unwrap_or(i64::MAX).saturating_mul(1_000)
    }

    fn left(&self) -> u64 {
        self.limit.requests.saturating_sub(self.taken.len() as u64)
    }

    fn forget(&mut self, now: i64) {
        let length = self.milliseconds();
        while self.taken.front().is_some_and(|taken| now - taken >= length) {
            self.taken.pop_front();
        }
    }

    fn count(&mut self, now: i64) {
        // A fixed window begins with a whole second, so that the seconds in which it is told are exact.
        let opened = self.taken.front().copied().unwrap_or(now.div_euclid(1_000) * 1_000);
        let counts_as = if self.limit.sliding { now } else { opened };
        self.taken.push_back(counts_as);
    }

    /// When the first of what was taken is forgotten.
    fn opens_at(&self, now: i64) -> i64 {
        self.taken.front().copied().unwrap_or(now).saturating_add(self.milliseconds())
    }
}

/// Whole seconds, rounded up.
const fn ceiling_seconds(milliseconds: i64) -> i64 {
    milliseconds.saturating_add(999).div_euclid(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(requests: u64, seconds: u64, sliding: bool) -> RateLimit {
        RateLimit { requests, seconds, sliding }
    }

    fn take(windows: &mut Windows, limits: &[RateLimit], at: &[i64]) -> Vec<LimitStanding> {
        at.iter().map(|now| windows.take_at(limits, *now).unwrap()).collect()
    }

    fn allowed(limits: &[RateLimit], at: &[i64]) -> Vec<bool> {
        take(&mut Windows::default(), limits, at).iter().map(|standing| standing.allowed).collect()
    }

    #[test]
    fn a_fixed_window_lets_its_number_through_and_then_starts_anew() {
        let limits = [limit(2, 10, false)];
        let taken = take(&mut Windows::default(), &limits, &[100_900, 101_000, 109_000, 110_000, 110_001, 119_999]);
        let through: Vec<_> = taken.iter().map(|standing| standing.allowed).collect();
        assert_eq!(through, [true, true, false, true, true, false]);
        assert_eq!((taken[1].remaining, taken[1].reset_at, taken[2].wait), (0, 110, 1));
    }

    #[test]
    fn a_sliding_window_lets_its_number_through_in_any_stretch() {
        let through = allowed(&[limit(2, 10, true)], &[0, 9_000, 9_999, 10_000, 10_001, 18_999, 19_000]);
        assert_eq!(through, [true, true, false, true, false, false, true]);
    }

    #[test]
    fn all_limits_hold_and_the_tightest_is_shown() {
        let limits = [limit(2, 1, false), limit(3, 60, false)];
        let taken = take(&mut Windows::default(), &limits, &[0, 10, 20, 1_000, 1_010]);
        let through: Vec<_> = taken.iter().map(|standing| standing.allowed).collect();
        assert_eq!(through, [true, true, false, true, false], "a refused request counts in no window");
        assert_eq!((taken[0].remaining, taken[0].reset_at), (1, 1));
        assert_eq!((taken[4].remaining, taken[4].reset_at, taken[4].wait), (0, 60, 59));
    }

    #[test]
    fn without_a_limit_nothing_is_counted() {
        assert_eq!(Windows::default().take(&[]), None);
    }
}
