//! A scheduler that looks only when it is told to: for simulations that decide themselves what happens when.

use crate::context::Context;
use crate::start::open_pool;
use crate::{real_time, references, rescue, waiting};
use broker::Broker;
use service::Settings;

/// A scheduler without a bell.
pub struct SteppedScheduler {
    context: Context,
}

impl SteppedScheduler {
    /// A scheduler with connections of its own. The broker may be away: all work is in the database.
    pub fn new(settings: Settings, broker: Broker) -> anyhow::Result<Self> {
        let pool = open_pool(&settings)?;
        Ok(Self { context: Context { settings, pool, broker } })
    }

    /// Starts syncs whose turn has come, moves those that a crash left behind, and lets go what waited for a link.
    pub async fn look(&self) -> anyhow::Result<()> {
        waiting::round(self.context.clone()).await?;
        rescue::move_orphaned_syncs(&self.context).await?;
        references::round(self.context.clone()).await
    }

    /// Starts pushes of local changes, where the integration wants them as they happen.
    pub async fn look_for_local_changes(&self) -> anyhow::Result<()> {
        real_time::round(self.context.clone()).await
    }
}
