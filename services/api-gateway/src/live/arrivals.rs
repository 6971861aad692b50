//! Which numbers of webhook events have been seen. Numbers are given out before their transactions commit, so that a higher
//! one may be visible first: what was passed over is looked for again for a while.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Longer than any transaction that stores an event may take. Numbers of duplicates are never used, and given up then.
const PATIENCE: Duration = Duration::from_secs(30);
/// Gaps that are looked for at once; the oldest are given up first.
const MAX_GAPS: usize = 1_000;

/// Numbers that were passed over, both ends included.
#[derive(Debug, Clone, Copy)]
struct Gap {
    first: i64,
    last: i64,
    since: Instant,
}

/// The numbers that have been seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Arrivals {
    highest: i64,
    gaps: VecDeque<Gap>,
}

impl Arrivals {
    /// Everything up to this number counts as seen.
    pub(super) fn from(highest: i64) -> Self {
        Self { highest, gaps: VecDeque::new() }
    }

    pub(super) fn highest(&self) -> i64 {
        self.highest
    }

    /// The numbers to look for again.
    pub(super) fn gaps(&self) -> Vec<(i64, i64)> {
        self.gaps.iter().map(|gap| (gap.first, gap.last)).collect()
    }

    /// The number up to which nothing can be missing.
    pub(super) fn complete_to(&self) -> i64 {
        self.gaps.iter().map(|gap| gap.first - 1).min().unwrap_or(self.highest)
    }

    /// Notes the numbers that are visible, in ascending order.
    pub(super) fn saw(&mut self, numbers: impl IntoIterator<Item = i64>, now: Instant) {
        for number in numbers {
            if number > self.highest {
                self.pass_over(self.highest + 1, number - 1, now);
                self.highest = number;
            } else {
                self.fill(number);
            }
        }

        self.gaps.retain(|gap| now.duration_since(gap.since) < PATIENCE);
        while self.gaps.len() > MAX_GAPS {
            self.gaps.pop_front();
        }
    }

    fn pass_over(&mut self, first: i64, last: i64, since: Instant) {
        if first <= last {
            self.gaps.push_back(Gap { first, last, since });
        }
    }

    fn fill(&mut self, number: i64) {
        let Some(at) = self.gaps.iter().position(|gap| (gap.first..=gap.last).contains(&number)) else { return };
        let Some(gap) = self.gaps.remove(at) else { return };

        // What is left on both sides of the number goes where the gap was, so that gaps stay in order.
        for (first, last) in [(number + 1, gap.last), (gap.first, number - 1)] {
            if first <= last {
                self.gaps.insert(at, Gap { first, last, ..gap });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_becomes_visible_late_is_waited_for() {
        let (mut seen, now) = (Arrivals::from(10), Instant::now());
        seen.saw([11, 15], now);
        assert_eq!((seen.highest(), seen.gaps(), seen.complete_to()), (15, vec![(12, 14)], 11));

        seen.saw([13, 16], now);
        assert_eq!((seen.gaps(), seen.complete_to()), (vec![(12, 12), (14, 14)], 11));

        seen.saw([12, 14], now);
        assert_eq!((seen.gaps(), seen.complete_to()), (vec![], 16));
    }

    #[test]
    fn a_number_that_nobody_uses_is_given_up_and_so_are_too_many() {
        let (mut seen, now) = (Arrivals::from(0), Instant::now());
        seen.saw([5], now);
        seen.saw([6], now + PATIENCE);
        assert_eq!((seen.gaps(), seen.complete_to()), (vec![], 6));

        seen.saw((10..).step_by(2).take(2 * MAX_GAPS), now + PATIENCE);
        assert_eq!(seen.gaps().len(), MAX_GAPS);
    }
}
