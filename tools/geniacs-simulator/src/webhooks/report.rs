//! How a run of webhooks went.

use super::delivery::Delivery;
use super::events::Event;
use serde::Serialize;
use std::time::Duration;

/// How a run of webhooks went.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct DeliveryReport {
    /// Events sent, duplicates included.
    pub sent: usize,
    /// Of these, those that had been sent before.
    pub duplicates: usize,
    /// Of these, those that were sent later than their turn.
    pub late: usize,
    /// Of these, answered 2xx in the end.
    pub accepted: usize,
    /// Of these, given up.
    pub failed: usize,
    /// Requests, repetitions included.
    pub attempts: usize,
    /// From the first request to the last answer.
    pub seconds: f64,
    /// The median time of an accepted request.
    pub p50_ms: f64,
    /// The time within which 99 of 100 accepted requests were answered.
    pub p99_ms: f64,
    /// The ids of the events, each once.
    pub events: Vec<String>,
    /// The Geniacs ids of their records, in the same order.
    pub records: Vec<String>,
}

impl DeliveryReport {
    pub(super) fn of(events: Vec<Event>, deliveries: &[Delivery], late: usize, took: Duration) -> Self {
        let mut times: Vec<Duration> = deliveries.iter().filter_map(|delivery| delivery.accepted_in).collect();
        times.sort_unstable();

        let (ids, records): (Vec<_>, Vec<_>) = events.into_iter().map(|event| (event.id, event.record)).unzip();

        Self {
            sent: deliveries.len(),
            duplicates: deliveries.len().saturating_sub(ids.len()),
            late,
            accepted: times.len(),
            failed: deliveries.len() - times.len(),
            attempts: deliveries.iter().map(|delivery| delivery.attempts as usize).sum(),
            seconds: took.as_secs_f64(),
            p50_ms: percentile_ms(&times, 50),
            p99_ms: percentile_ms(&times, 99),
            events: ids,
            records,
        }
    }
}

/// The time within which `percent` of all were done, in milliseconds; 0 if there are none.
fn percentile_ms(sorted: &[Duration], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(rank).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_ranks() {
        let times: Vec<_> = (1..=200).map(Duration::from_millis).collect();
        assert!((percentile_ms(&times, 50) - 100.0).abs() < 0.001);
        assert!((percentile_ms(&times, 99) - 198.0).abs() < 0.001);
        assert!(percentile_ms(&[], 99).abs() < 0.001);
    }
}
