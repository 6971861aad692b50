//! A scheduler that looks only when it is told to: for simulations that decide themselves what happens when.

use crate::apart::Apart;
use crate::context::Context;
use crate::start::open_pool;
use crate::{real_time, references, rescue, waiting};
use broker::Broker;
use domain::run_mode::Origin;
use domain::sync::{Starter, SyncRequest};
use service::Settings;
use storage::AsyncConnection as _;
use storage::partners::integrations;
use storage::runs::syncs::{self, Accepted, NewSync, StartedBy};

/// A scheduler without a bell.
pub struct SteppedScheduler {
    context: Context,
}

impl SteppedScheduler {
    /// A scheduler with connections of its own. The broker may be away: all work is in the database.
    pub fn new(settings: Settings, broker: Broker) -> anyhow::Result<Self> {
        let pool = open_pool(&settings)?;
        Ok(Self { context: Context { settings, pool, broker, apart: Apart::default() } })
    }

    /// Starts syncs whose turn has come, moves those that a crash left behind, and lets go what waited for a link.
    pub async fn look(&self) -> anyhow::Result<()> {
        waiting::start_waiting_syncs(self.context.clone()).await?;
        rescue::move_orphaned_syncs(&self.context).await?;
        references::sync_linked_references(self.context.clone()).await
    }

    /// Starts pushes of local changes, where the integration wants them as they happen.
    pub async fn look_for_local_changes(&self) -> anyhow::Result<()> {
        real_time::push_local_changes(self.context.clone()).await
    }

    /// Asks for a sync as a person does, with the integration's own settings. None: there is no such integration, or the
    /// request did not want to wait.
    pub async fn ask(&self, request: &SyncRequest, origin: Option<Origin>) -> anyhow::Result<Option<i64>> {
        let mut connection = self.context.connection().await?;
        let Some(integration) = integrations::find(&mut connection, request.integration_id).await? else {
            return Ok(None);
        };

        let settings = integration.run_settings(request.entity_type, self.context.run_defaults(), None);
        let asked_for = NewSync::asked_for(request, &settings, StartedBy::system(Starter::User));
        let new = NewSync { origin, ..asked_for };

        let accepted = connection.transaction(async |connection| syncs::accept(connection, &new).await);
        Ok(match accepted.await? {
            Ok(Accepted::New(sync, _) | Accepted::Repeated(sync)) => Some(sync.id),
            Err(_) => None,
        })
    }
}
