//! How long a chunk waits before its next attempt.

use service::settings::RetrySettings;
use std::time::Duration;

/// Seconds before attempt number `attempt + 1` of a chunk.
pub(crate) fn backoff(settings: &RetrySettings, attempt: i32) -> f64 {
    let steps = &settings.chunk_backoff;
    let step = usize::try_from(attempt).unwrap_or(0).min(steps.len().saturating_sub(1));
    let seconds = steps.get(step).map_or(30.0, Duration::as_secs_f64);
    // Not all chunks of an outage at once.
    seconds * rand::random_range(0.8..=1.0)
}
