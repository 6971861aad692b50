//! Runs and their defaults.

use std::time::Duration;

use super::values::Values;
use super::{Setting, SettingsError};

const DAY: u64 = 86_400;

const BATCH_SIZE: Setting = Setting::new("batch_size", "100", "records per chunk and page (1–5000)");
const MAX_RETRY_ATTEMPTS: Setting = Setting::new("max_retry_attempts", "3", "attempts of a chunk within a run (0–20)");
const SYNC_INTERVAL: Setting = Setting::new(
    "sync_interval",
    "300",
    "seconds between incrementals of an entity with auto_sync and no schedule (1 s to 30 days)",
);
const AUTO_SYNC_ENABLED: Setting =
    Setting::new("auto_sync_enabled", "true", "false stops every schedule of every integration");
const RETRY_FAILED_SYNC: Setting = Setting::new("retry_failed_sync", "true", "false: no automatic retry of ended runs");
const MAX_SYNC_DURATION: Setting =
    Setting::new("max_sync_duration", "3600", "active seconds of one run (1 s to 7 days)");
const STALLED_AFTER: Setting = Setting::new(
    "sync.stalled_after_seconds",
    "300",
    "seconds without progress after which a run is shown as stalled and moved on (1 s to 1 day)",
);

const MAX_PENDING: Setting = Setting::new(
    "sync.max_pending",
    "100",
    "syncs of one integration that may wait; with so many, a request for another one is a 409 and a tick is skipped (1–100000)",
);
const PULL_OVERLAP: Setting = Setting::new(
    "sync.pull_overlap_seconds",
    "120",
    "seconds by which an incremental pull reaches back before its position, for records that become visible late (0 to 1 day)",
);

pub(super) const SETTINGS: &[Setting] = &[
    BATCH_SIZE,
    MAX_RETRY_ATTEMPTS,
    SYNC_INTERVAL,
    AUTO_SYNC_ENABLED,
    RETRY_FAILED_SYNC,
    MAX_SYNC_DURATION,
    STALLED_AFTER,
    MAX_PENDING,
    PULL_OVERLAP,
];

/// Runs and their defaults; an integration or a schedule may set most of them for itself.
#[derive(Debug, Clone)]
pub struct SyncSettings {
    /// Records per chunk and page: 100.
    pub batch_size: u32,
    /// Attempts of a chunk within a run: 3.
    pub max_retry_attempts: u32,
    /// Time between incrementals of an entity that has `auto_sync` and no schedule: 5 minutes.
    pub sync_interval: Duration,
    /// Whether schedules start anything: they do.
    pub auto_sync_enabled: bool,
    /// Whether ended runs are retried by themselves: they are.
    pub retry_failed_sync: bool,
    /// Active time of one run: an hour. Waiting for limits or a breaker does not count.
    pub max_sync_duration: Duration,
    /// How long a run may show no progress: 5 minutes. Waiting for a retry and pauses do not count.
    pub stalled_after: Duration,
    /// Syncs of one integration that may wait: 100.
    pub max_pending: u32,
    /// How far incremental pulls reach back before their position: 2 minutes.
    pub pull_overlap: Duration,
}

impl SyncSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        Ok(Self {
            batch_size: values.number(&BATCH_SIZE, 1..=5_000)?,
            max_retry_attempts: values.number(&MAX_RETRY_ATTEMPTS, 0..=20)?,
            sync_interval: values.duration(&SYNC_INTERVAL, 1..=30 * DAY)?,
            auto_sync_enabled: values.flag(&AUTO_SYNC_ENABLED)?,
            retry_failed_sync: values.flag(&RETRY_FAILED_SYNC)?,
            max_sync_duration: values.duration(&MAX_SYNC_DURATION, 1..=7 * DAY)?,
            stalled_after: values.duration(&STALLED_AFTER, 1..=DAY)?,
            max_pending: values.number(&MAX_PENDING, 1..=100_000)?,
            pull_overlap: values.duration(&PULL_OVERLAP, 0..=DAY)?,
        })
    }
}
