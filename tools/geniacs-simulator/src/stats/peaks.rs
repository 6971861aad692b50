//! The busiest stretches of time.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// Windows that are always looked at, in seconds.
const ALWAYS: [u64; 3] = [1, 60, 3_600];
/// Arrivals that are kept; an hour with more of them is counted too low.
const MOST_KEPT: usize = 4_000_000;

/// The most requests in any window of each length.
#[derive(Debug)]
pub(super) struct Peaks {
    since: Instant,
    /// Microseconds after `since`.
    arrivals: VecDeque<u64>,
    most: BTreeMap<u64, usize>,
}

impl Default for Peaks {
    fn default() -> Self {
        let most = ALWAYS.into_iter().map(|seconds| (seconds, 0)).collect();
        Self { since: Instant::now(), arrivals: VecDeque::new(), most }
    }
}

impl Peaks {
    /// Looks at windows of these lengths too, from now on and as far back as arrivals are kept.
    pub(super) fn watch(&mut self, lengths: impl Iterator<Item = u64>) {
        for seconds in lengths {
            self.most.entry(seconds.max(1)).or_default();
        }
    }

    pub(super) fn note(&mut self, now: Instant) {
        let now = u64::try_from((now - self.since).as_micros()).unwrap_or(u64::MAX);
        let longest = self.most.keys().next_back().copied().unwrap_or(1);

        let old = |arrival: &u64| now - arrival >= micros_of(longest);
        while self.arrivals.front().is_some_and(old) || self.arrivals.len() >= MOST_KEPT {
            self.arrivals.pop_front();
        }

        self.arrivals.push_back(now);

        for (seconds, most) in &mut self.most {
            let before = self.arrivals.partition_point(|arrival| now - arrival >= micros_of(*seconds));
            *most = (*most).max(self.arrivals.len() - before);
        }
    }

    /// Lengths in seconds, and the most requests in any window of that length.
    pub(super) fn all(&self) -> impl Iterator<Item = (u64, usize)> {
        self.most.iter().map(|(seconds, most)| (*seconds, *most))
    }
}

fn micros_of(seconds: u64) -> u64 {
    u64::try_from(Duration::from_secs(seconds).as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_stretch_of_each_length_is_kept() {
        let mut peaks = Peaks::default();
        peaks.watch([2].into_iter());
        for ms in [0, 100, 900, 1_050, 30_000, 60_500] {
            peaks.note(peaks.since + Duration::from_millis(ms));
        }
        assert_eq!(peaks.all().collect::<Vec<_>>(), [(1, 3), (2, 4), (60, 5), (3_600, 6)]);
    }
}
