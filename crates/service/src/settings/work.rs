//! Chunks and leases.

use std::time::Duration;

use super::section::section;

section! {
    /// Chunks and leases.
    pub struct WorkSettings where renewed_in_time {
        /// So that a huge sync starves nobody.
        chunks_in_flight: u32 = new(
            "work.chunks_in_flight",
            "16",
            "chunks of one sync that may be ready or running at once (1–1000)"
        ), number(1..=1_000);
        /// On the database's clock.
        lease: Duration = new(
            "work.lease_seconds",
            "15",
            "seconds after which silent work is taken up by another worker (1–600)"
        ), duration(1..=600);
        /// So short that two may fail.
        lease_renew: Duration = new(
            "work.lease_renew_seconds",
            "5",
            "seconds between renewals of a lease; less than work.lease_seconds (1–600)"
        ), duration(1..=600);
        /// Messages are the rule; this finds what a lost one was for, and what had to wait until now.
        look_every: Duration = new(
            "work.look_every_milliseconds",
            "5000",
            "milliseconds between two looks of a worker for work that no message told it of (50–60000)"
        ), milliseconds(50..=60_000);
    }
}

fn renewed_in_time(work: &WorkSettings) -> Option<(&'static str, String)> {
    let must_be = format!("less than `work.lease_seconds`, which is {}", work.lease.as_secs());
    (work.lease_renew >= work.lease).then_some(("work.lease_renew_seconds", must_be))
}
