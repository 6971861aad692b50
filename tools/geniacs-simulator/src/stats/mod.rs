//! Counts of requests and answers.

mod peaks;

use crate::faults::RateLimit;
use peaks::Peaks;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

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
    peaks: Peaks,
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
    /// The most requests in any hour.
    pub max_per_hour: usize,
    /// The most requests in any window of each length that a limit has or had, and of a second, a minute, an hour.
    pub windows: Vec<WindowPeak>,
}

/// How busy the busiest window of one length was, requests that were refused included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WindowPeak {
    /// Its length.
    pub seconds: u64,
    /// The most requests in any such stretch of time, wherever it begins.
    pub max_requests: usize,
    /// How many are allowed by the limits in force, if they say.
    pub limit: Option<u64>,
}

impl Stats {
    pub(crate) fn arrived(&self, limits: &[RateLimit]) {
        let mut counts = self.lock();
        counts.peaks.watch(limits.iter().map(|limit| limit.seconds));
        counts.requests += 1;
        counts.in_flight += 1;
        counts.most_in_flight = counts.most_in_flight.max(counts.in_flight);
        counts.peaks.note(Instant::now());
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

    pub(crate) fn snapshot(&self, limits: &[RateLimit]) -> Snapshot {
        let counts = self.lock();

        let windows: Vec<WindowPeak> =
            counts.peaks.all().map(|(seconds, most)| window_peak(seconds, most, limits)).collect();
        let most = |seconds| windows.iter().find(|peak| peak.seconds == seconds).map_or(0, |peak| peak.max_requests);

        Snapshot {
            requests: counts.requests,
            by_call: counts.by_call.clone(),
            records: counts.records.clone(),
            idempotent_replays: counts.replays,
            max_in_flight: counts.most_in_flight,
            max_per_second: most(1),
            max_per_minute: most(60),
            max_per_hour: most(3_600),
            windows,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn window_peak(seconds: u64, max_requests: usize, limits: &[RateLimit]) -> WindowPeak {
    let limit = limits.iter().filter(|limit| limit.seconds == seconds).map(|limit| limit.requests).min();
    WindowPeak { seconds, max_requests, limit }
}
