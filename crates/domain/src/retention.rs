//! Data that is kept for a time, and how long that may be.

use std::ops::RangeInclusive;

/// One kind of rows that is kept for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// What its time is called, with the unit: `log_days`.
    pub name: &'static str,
    /// The shortest time.
    pub least: u32,
    /// The longest time.
    pub most: u32,
}

impl Kept {
    const fn new(name: &'static str, least: u32, most: u32) -> Self {
        Self { name, least, most }
    }

    /// Every time that is allowed.
    pub const fn range(&self) -> RangeInclusive<u32> {
        self.least..=self.most
    }
}

/// Sync logs and the history of records.
pub const LOG_DAYS: Kept = Kept::new("log_days", 1, 3_650);
/// Webhook events that have ended.
pub const WEBHOOK_EVENTS_DAYS: Kept = Kept::new("webhook_events_days", 1, 3_650);
/// Syncs that have ended.
pub const SYNCS_DAYS: Kept = Kept::new("syncs_days", 1, 3_650);
/// Monitoring data.
pub const MONITORING_MONTHS: Kept = Kept::new("monitoring_months", 1, 120);
/// The audit log; 0 is for ever.
pub const AUDIT_DAYS: Kept = Kept::new("audit_days", 0, 36_500);
