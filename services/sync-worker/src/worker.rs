//! What every piece of work in this process shares.

use crate::account::Accounts;
use crate::failure::Failure;
use crate::limits::Limits;
use crate::run::{Run, RunCache};
use broker::{Broker, Queue};
use messages::{Message, v1::WakeReason};
use service::Settings;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};
use storage::{Pool, PooledConnection, pool};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A worker: connections, keys, and what it has looked up already.
pub(crate) struct Worker {
    /// Names this process in leases.
    pub(crate) id: Uuid,
    pub(crate) settings: Settings,
    pub(crate) pool: Pool,
    pub(crate) broker: Broker,
    pub(crate) shutdown: CancellationToken,
    pub(crate) accounts: Accounts,
    pub(crate) runs: RunCache,
    pub(crate) limits: Arc<Limits>,
    /// The integration that this process served last, and how many chunks it has claimed.
    pub(crate) served_last: AtomicI64,
    pub(crate) claims: AtomicU64,
    /// Calls of partners that succeeded, for choosing those that are logged.
    pub(crate) successes: Arc<AtomicU64>,
}

impl Worker {
    pub(crate) fn new(
        settings: Settings,
        pool: Pool,
        broker: Broker,
        shutdown: CancellationToken,
    ) -> anyhow::Result<Self> {
        let accounts = Accounts::new(&settings)?;
        let limits = Limits::new(&settings, pool.clone(), broker.clone(), shutdown.clone());

        Ok(Self {
            id: Uuid::new_v4(),
            settings,
            pool,
            broker,
            shutdown,
            accounts,
            runs: RunCache::default(),
            limits,
            served_last: AtomicI64::default(),
            claims: AtomicU64::default(),
            successes: Arc::default(),
        })
    }

    /// A connection, within 5 s.
    pub(crate) async fn connection(&self) -> Result<PooledConnection, storage::PoolError> {
        pool::get(&self.pool).await
    }

    /// The last answer to a sync's calls, masked, if this process has it.
    pub(crate) fn last_answer(&self, sync_id: i64) -> Option<serde_json::Value> {
        self.runs.peek(sync_id).and_then(|run| run.last_answer())
    }

    /// The run of a sync, read anew: a later phase adds to its plan.
    pub(crate) async fn renewed_run(&self, sync_id: i64) -> Result<Arc<Run>, Failure> {
        self.runs.forget(sync_id);
        self.run(sync_id).await
    }

    /// The run of a sync, from the cache if it was read less than half a minute ago.
    pub(crate) async fn run(&self, sync_id: i64) -> Result<Arc<Run>, Failure> {
        if let Some(run) = self.runs.get(sync_id) {
            return Ok(run);
        }
        let mut connection = self.connection().await?;
        let run = Run::load(&mut connection, &self.accounts, sync_id).await?;
        Ok(self.runs.keep(run))
    }

    /// Publishes permits, one for each worker to wake. A lost one is made up for by the sweep.
    pub(crate) async fn wake_workers(&self, count: usize) {
        if count == 0 {
            return;
        }
        let permits = vec![Message::work(WakeReason::Continued); count];
        if let Err(error) = self.broker.publish_all(Queue::Work, &permits).await {
            tracing::debug!(%error, "permits were not published; the sweep finds the work");
        }
    }

    /// Asks somebody to look at stored events. A lost permit is made up for by the sweep.
    pub(crate) async fn wake_for_events(&self) {
        if let Err(error) = self.broker.publish(Queue::Webhooks, &Message::webhooks(WakeReason::Continued)).await {
            tracing::debug!(%error, "a permit was not published; the sweep finds the events");
        }
    }
}
