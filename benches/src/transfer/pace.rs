//! Whether a run slows down on its way.

use crate::system::Sample;

/// Records a second in each tenth of a run, by interpolation; none of a run that was too short to be looked at often.
pub(super) fn tenths(samples: &[Sample], total: f64) -> Vec<f64> {
    if samples.len() < 20 || total <= 0.0 {
        return Vec::new();
    }
    let times: Vec<f64> = (0..=10).map(|tenth| reached(samples, total * f64::from(tenth) / 10.0)).collect();
    times.windows(2).map(|pair| total / 10.0 / (pair[1] - pair[0]).max(1e-9)).collect()
}

/// When so many records were done.
fn reached(samples: &[Sample], records: f64) -> f64 {
    let after = samples.partition_point(|sample| sample.records < records);
    let last = samples.get(after.min(samples.len() - 1));
    let before = after.checked_sub(1).and_then(|place| samples.get(place));
    match (before, last) {
        (Some(a), Some(b)) if b.records > a.records => {
            a.seconds + (b.seconds - a.seconds) * (records - a.records) / (b.records - a.records)
        }
        (_, Some(sample)) => sample.seconds,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_slows_down_shows_it() {
        let sample = |n: u32| {
            let n = f64::from(n);
            Sample { seconds: if n < 50.0 { n } else { 50.0 + (n - 50.0) * 2.0 }, records: n * 10.0 }
        };
        let samples: Vec<Sample> = (0..=100).map(sample).collect();
        let tenths = tenths(&samples, 1_000.0);
        assert_eq!(tenths.len(), 10);
        assert!((tenths[0] - 10.0).abs() < 0.01 && (tenths[9] - 5.0).abs() < 0.01, "{tenths:?}");
    }
}
