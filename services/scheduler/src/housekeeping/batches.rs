//! Batches of a long job: each for itself, with rests between them, under the job's claim.

use std::time::{Duration, Instant};

use service::CancellationToken;
use storage::PooledConnection;
use storage::upkeep::housekeeping::{self, Run};
use storage::upkeep::retention::Batch;
use tokio::time::sleep;

use crate::context::Context;
use crate::metrics;

/// A claim that is not renewed for so long goes to another scheduler.
pub(super) const LEASE_SECONDS: f64 = 60.0;
const RENEW_AFTER: Duration = Duration::from_secs(10);
/// A rest is so many times as long as its batch took: the busier the database, the longer.
const REST_FACTOR: u32 = 2;
const SHORTEST_REST: Duration = Duration::from_millis(5);
const LONGEST_REST: Duration = Duration::from_secs(5);

/// The job is to be left where it is: the scheduler stops, or another one has taken the job over.
#[derive(Debug, thiserror::Error)]
#[error("stopped")]
pub(super) struct Stopped;

/// What batches run by.
pub(super) struct Batches<'a> {
    pub(super) context: &'a Context,
    run: &'a Run,
    shutdown: &'a CancellationToken,
    renewed: std::sync::Mutex<Instant>,
}

impl<'a> Batches<'a> {
    pub(super) fn new(context: &'a Context, run: &'a Run, shutdown: &'a CancellationToken) -> Self {
        Self { context, run, shutdown, renewed: std::sync::Mutex::new(Instant::now()) }
    }

    pub(super) async fn connection(&self) -> anyhow::Result<PooledConnection> {
        Ok(self.context.connection().await?)
    }

    /// Counts a batch that took as long as since `began`, and rests. Returns whether there may be more.
    pub(super) async fn after(&self, table: &'static str, batch: Batch, began: Instant) -> anyhow::Result<bool> {
        metrics::count_deleted(table, batch.deleted);
        self.renew().await?;
        if batch.more {
            self.rest(began.elapsed()).await?;
        }
        Ok(batch.more)
    }

    async fn rest(&self, took: Duration) -> Result<(), Stopped> {
        let rest = (took * REST_FACTOR).clamp(SHORTEST_REST, LONGEST_REST);
        self.shutdown.run_until_cancelled(sleep(rest)).await.ok_or(Stopped)
    }

    /// Keeps the job, now and then.
    pub(super) async fn renew(&self) -> anyhow::Result<()> {
        if self.shutdown.is_cancelled() {
            return Err(Stopped.into());
        }

        if self.last_renewal().elapsed() < RENEW_AFTER {
            return Ok(());
        }
        // Another scheduler took the job, because this one was silent for too long.
        if !housekeeping::renew(&mut *self.connection().await?, self.run, LEASE_SECONDS).await? {
            return Err(Stopped.into());
        }

        *self.renewed.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Instant::now();
        Ok(())
    }

    fn last_renewal(&self) -> Instant {
        *self.renewed.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
