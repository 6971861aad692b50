//! Waiting before another attempt.

use std::time::Duration;

use super::values::{Values, parse_seconds};
use super::{Setting, SettingsError};

const CHUNK_BACKOFF: Setting = Setting::new(
    "retry.chunk_backoff_seconds",
    "30,60,120",
    "seconds before the first, second, … further attempt of a failed chunk; the last repeats (each 0–86400)",
);
const RECORD_BACKOFF: Setting = Setting::new(
    "retry.record_backoff_milliseconds",
    "250",
    "milliseconds before a record at which the partner failed when it was sent alone is sent again; doubles four times \
     (1–10000)",
);
const SYNC_BACKOFF_BASE: Setting = Setting::new(
    "retry.sync_backoff_base_seconds",
    "60",
    "seconds that double with each retry of a whole sync, up to a day (1–86400)",
);

pub(super) const SETTINGS: &[Setting] = &[CHUNK_BACKOFF, RECORD_BACKOFF, SYNC_BACKOFF_BASE];

/// Waiting before another attempt, before jitter.
#[derive(Debug, Clone)]
pub struct RetrySettings {
    /// Before each further attempt of a failed chunk; never empty, the last one repeats: 30 s, 60 s, 120 s.
    pub chunk_backoff: Vec<Duration>,
    /// Before a record that failed alone is sent again within one attempt; doubles four times: 250 ms to 4 s.
    pub record_backoff: Duration,
    /// The base that doubles with each retry of a whole sync: a minute.
    pub sync_backoff_base: Duration,
}

impl RetrySettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        let must_be = "seconds from 0 to 86400 with commas between (`30,60,120`)";
        Ok(Self {
            chunk_backoff: values.value(&CHUNK_BACKOFF, must_be, parse_list)?,
            record_backoff: Duration::from_millis(values.number(&RECORD_BACKOFF, 1..=10_000)?),
            sync_backoff_base: values.duration(&SYNC_BACKOFF_BASE, 1..=86_400)?,
        })
    }
}

fn parse_list(text: &str) -> Option<Vec<Duration>> {
    let seconds = text.split(',').map(|part| parse_seconds(part.trim()).filter(|seconds| *seconds <= 86_400));
    seconds.map(|seconds| seconds.map(Duration::from_secs)).collect()
}
