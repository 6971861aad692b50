//! What came and what was answered.

use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Counts since the start or the last reset.
#[derive(Debug, Default)]
pub(crate) struct Stats(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    requests: u64,
    by_call: BTreeMap<String, BTreeMap<String, u64>>,
    records: BTreeMap<String, u64>,
    replays: u64,
    in_flight: u64,
    most_in_flight: u64,
    arrivals: VecDeque<Instant>,
    most_per_second: usize,
    most_per_minute: usize,
}

/// What `GET /admin/stats` shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// Requests to the partner API.
    pub requests: u64,
    /// Requests by call (`POST /v1/customers/sync`) and by status; a dropped connection counts as `dropped`.
    pub by_call: BTreeMap<String, BTreeMap<String, u64>>,
    /// Pushed records by outcome. A repeated request that was answered from memory does not count here.
    pub records: BTreeMap<String, u64>,
    /// Requests that were answered from memory by their idempotency key.
    pub idempotent_replays: u64,
    /// The most requests under way at one time.
    pub max_in_flight: u64,
    /// The most requests in any second.
    pub max_per_second: usize,
    /// The most requests in any minute.
    pub max_per_minute: usize,
}

impl Stats {
    pub(crate) fn arrived(&self) {
        let mut counts = self.lock();
        counts.requests += 1;
        counts.in_flight += 1;
        counts.most_in_flight = counts.most_in_flight.max(counts.in_flight);
        counts.note_arrival(Instant::now());
    }

    pub(crate) fn answered(&self, call: &str, status: &str) {
        let mut counts = self.lock();
        counts.in_flight = counts.in_flight.saturating_sub(1);
        *counts.by_call.entry(call.to_owned()).or_default().entry(status.to_owned()).or_default() += 1;
    }

    pub(crate) fn replayed(&self) {
        self.lock().replays += 1;
    }

    pub(crate) fn records<'a>(&self, outcomes: impl Iterator<Item = &'a str>) {
        let mut counts = self.lock();
        for outcome in outcomes {
            match counts.records.get_mut(outcome) {
                Some(count) => *count += 1,
                None => drop(counts.records.insert(outcome.to_owned(), 1)),
            }
        }
    }

    pub(crate) fn reset(&self) {
        let mut counts = self.lock();
        *counts = Counts { in_flight: counts.in_flight, ..Counts::default() };
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let counts = self.lock();
        Snapshot {
            requests: counts.requests,
            by_call: counts.by_call.clone(),
            records: counts.records.clone(),
            idempotent_replays: counts.replays,
            max_in_flight: counts.most_in_flight,
            max_per_second: counts.most_per_second,
            max_per_minute: counts.most_per_minute,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// Sliding windows: what is older than a minute is forgotten.
    fn note_arrival(&mut self, now: Instant) {
        while self.arrivals.front().is_some_and(|first| now - *first >= Duration::from_mins(1)) {
            self.arrivals.pop_front();
        }
        self.arrivals.push_back(now);
        let before = self.arrivals.partition_point(|arrival| now - *arrival >= Duration::from_secs(1));
        self.most_per_second = self.most_per_second.max(self.arrivals.len() - before);
        self.most_per_minute = self.most_per_minute.max(self.arrivals.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_second_and_minute_are_kept() {
        let mut counts = Counts::default();
        let start = Instant::now();
        for ms in [0, 100, 900, 1_050, 30_000, 60_500] {
            counts.note_arrival(start + Duration::from_millis(ms));
        }
        assert_eq!((counts.most_per_second, counts.most_per_minute), (3, 5));
    }
}
