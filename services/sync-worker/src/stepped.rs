//! A worker that takes a step only when it is told to: for simulations that decide themselves what happens when.

use crate::start::open_pool;
use crate::webhooks;
use crate::worker::Worker;
use broker::Broker;
use service::Settings;
use tokio_util::sync::CancellationToken;

/// A worker without loops and consumers. Dropped in the middle of a step, it has died as a killed process would have: its
/// connections close, and its lease runs out.
pub struct SteppedWorker {
    worker: Worker,
}

impl SteppedWorker {
    /// A worker with connections of its own. The broker may be away: all work is in the database.
    pub fn new(settings: Settings, broker: Broker) -> anyhow::Result<Self> {
        let pool = open_pool(&settings)?;
        Ok(Self { worker: Worker::new(settings, pool, broker, CancellationToken::new())? })
    }

    /// Claims the best chunk and runs it. False: there is none to claim now.
    pub async fn run_one_chunk(&self) -> anyhow::Result<bool> {
        Ok(self.worker.run_next_chunk().await?)
    }

    /// Applies one batch of stored events; returns how many it held.
    pub async fn apply_one_batch(&self) -> anyhow::Result<usize> {
        Ok(webhooks::apply_batch(&self.worker).await?)
    }
}
