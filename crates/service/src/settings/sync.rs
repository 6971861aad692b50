//! Runs and their defaults.

use std::time::Duration;

use super::section::section;

const DAY: u64 = 86_400;

section! {
    /// Runs and their defaults; an integration or a schedule may set most of them for itself.
    pub struct SyncSettings {
        batch_size: u32 = new("batch_size", "100", "records per chunk and page (1–5000)"), number(1..=5_000);
        max_retry_attempts: u32 =
            new("max_retry_attempts", "3", "attempts of a chunk within a run (0–20)"), number(0..=20);
        sync_interval: Duration = new(
            "sync_interval",
            "300",
            "seconds between incrementals of an entity with auto_sync and no schedule (1 s to 30 days)"
        ), duration(1..=30 * DAY);
        auto_sync_enabled: bool =
            new("auto_sync_enabled", "true", "false stops every schedule of every integration"), flag();
        retry_failed_sync: bool =
            new("retry_failed_sync", "true", "false: no automatic retry of ended runs"), flag();
        /// Waiting for limits or a breaker does not count.
        max_sync_duration: Duration =
            new("max_sync_duration", "3600", "active seconds of one run (1 s to 7 days)"), duration(1..=7 * DAY);
        /// Waiting for a retry and pauses do not count.
        stalled_after: Duration = new(
            "sync.stalled_after_seconds",
            "300",
            "seconds without progress after which a run is shown as stalled and moved on (1 s to 1 day)"
        ), duration(1..=DAY);
        max_pending: u32 = new(
            "sync.max_pending",
            "100",
            "syncs of one integration that may wait; with so many, a request for another one is a 409 and a tick is skipped (1–100000)"
        ), number(1..=100_000);
        pull_overlap: Duration = new(
            "sync.pull_overlap_seconds",
            "120",
            "seconds by which an incremental pull reaches back before its position, for records that become visible late (0 to 1 day)"
        ), duration(0..=DAY);
    }
}
