//! Chunks and leases.

use std::time::Duration;

use super::values::Values;
use super::{Setting, SettingsError};

const CHUNKS_IN_FLIGHT: Setting =
    Setting::new("work.chunks_in_flight", "16", "chunks of one sync that may be ready or running at once (1–1000)");
const LEASE: Setting =
    Setting::new("work.lease_seconds", "15", "seconds after which silent work is taken up by another worker (1–600)");
const LEASE_RENEW: Setting = Setting::new(
    "work.lease_renew_seconds",
    "5",
    "seconds between renewals of a lease; less than work.lease_seconds (1–600)",
);

const LOOK_EVERY: Setting = Setting::new(
    "work.look_every_milliseconds",
    "5000",
    "milliseconds between two looks of a worker for work that no message told it of (50–60000)",
);

pub(super) const SETTINGS: &[Setting] = &[CHUNKS_IN_FLIGHT, LEASE, LEASE_RENEW, LOOK_EVERY];

/// Chunks and leases.
#[derive(Debug, Clone)]
pub struct WorkSettings {
    /// The window of one sync: 16 chunks, so that a huge sync starves nobody.
    pub chunks_in_flight: u32,
    /// A lease on the database's clock: 15 s.
    pub lease: Duration,
    /// Time between renewals: 5 s, so that two may fail.
    pub lease_renew: Duration,
    /// Time between two looks for work without a message: 5 s. Messages are the rule; this finds what a lost one was for,
    /// and what had to wait until now.
    pub look_every: Duration,
}

impl WorkSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        let lease = values.duration(&LEASE, 1..=600)?;
        let lease_renew = values.duration(&LEASE_RENEW, 1..=600)?;
        // A lease that is renewed too late is lost while its work goes on.
        if lease_renew >= lease {
            let must_be = format!("less than `work.lease_seconds`, which is {}", lease.as_secs());
            return Err(values.impossible(&LEASE_RENEW, must_be));
        }

        Ok(Self {
            chunks_in_flight: values.number(&CHUNKS_IN_FLIGHT, 1..=1_000)?,
            lease,
            lease_renew,
            look_every: Duration::from_millis(values.number(&LOOK_EVERY, 50..=60_000)?),
        })
    }
}
