//! How long the application of events is waited for.

use crate::worker::Worker;
use std::time::Duration;

/// What may still be waited for once the worker is to stop; another one applies the events then.
const LAST: Duration = Duration::from_secs(3);

/// Why something was broken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BrokenOff {
    /// It took too long.
    TooSlow,
    /// The worker is to stop, which says nothing about the events.
    Stopping,
}

/// Works for no longer than `longest`, nor much longer than this worker. Whatever is broken off leaves its transaction
/// open: its connection has to be closed.
pub(super) async fn within<T>(
    worker: &Worker,
    longest: Duration,
    work: impl Future<Output = T>,
) -> Result<T, BrokenOff> {
    let stops = async {
        worker.shutdown.cancelled().await;
        tokio::time::sleep(LAST).await;
    };

    tokio::select! {
        outcome = work => Ok(outcome),
        () = tokio::time::sleep(longest) => Err(BrokenOff::TooSlow),
        () = stops => Err(BrokenOff::Stopping),
    }
}
