//! Medians and quantiles.

use crate::line::Latency;
use std::time::Duration;

/// The middle one; 0 of none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// The latencies below which half of all and 99 of 100 lie.
pub(crate) fn latency(mut all: Vec<Duration>) -> Option<Latency> {
    all.sort_unstable();
    let at = |share: usize| all.get((all.len() * share / 100).min(all.len().checked_sub(1)?));
    let milliseconds = |d: &Duration| d.as_secs_f64() * 1_000.0;
    Some(Latency { p50: milliseconds(at(50)?), p99: milliseconds(at(99)?) })
}

/// A count as a factor.
pub(crate) fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_few_and_of_none() {
        assert_eq!(latency(Vec::new()), None);
        assert_eq!(latency(vec![Duration::from_millis(4)]), Some(Latency { p50: 4.0, p99: 4.0 }));
        let hundred = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(latency(hundred), Some(Latency { p50: 51.0, p99: 100.0 }));
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }
}
