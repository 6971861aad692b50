//! Waiting before another attempt.

use std::time::Duration;

use super::section::section;
use super::values::parse_seconds;

section! {
    /// Waiting before another attempt, before jitter.
    pub struct RetrySettings {
        /// Never empty.
        chunk_backoff: Vec<Duration> = new(
            "retry.chunk_backoff_seconds",
            "30,60,120",
            "seconds before the first, second, … further attempt of a failed chunk; the last repeats (each 0–86400)"
        ), value("seconds from 0 to 86400 with commas between (`30,60,120`)", parse_list);
        /// Within one attempt: 250 ms to 4 s.
        record_backoff: Duration = new(
            "retry.record_backoff_milliseconds",
            "250",
            "milliseconds before a record at which the partner failed when it was sent alone is sent again; doubles four times \
             (1–10000)"
        ), milliseconds(1..=10_000);
        sync_backoff_base: Duration = new(
            "retry.sync_backoff_base_seconds",
            "60",
            "seconds that double with each retry of a whole sync, up to a day (1–86400)"
        ), duration(1..=86_400);
    }
}

fn parse_list(text: &str) -> Option<Vec<Duration>> {
    let seconds = text.split(',').map(|part| parse_seconds(part.trim()).filter(|seconds| *seconds <= 86_400));
    seconds.map(|seconds| seconds.map(Duration::from_secs)).collect()
}
