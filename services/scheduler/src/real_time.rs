//! Entities whose local changes are pushed as they happen: a look at the change position several times a second, and an
//! incremental push where something changed. The database decides, so that any number of schedulers start one; while a
//! push of the entity is under way nothing is looked at, so that changes of one record gather and keep their order.

use domain::sync::{Filters, Starter, SyncOptions, SyncRequest};
use domain::{SyncDirection, SyncType};
use messages::v1::WakeReason;
use storage::entities::descriptor;
use storage::outbox::OutboxId;
use storage::partners::integrations;
use storage::runs::syncs::{self, Accepted, NewSync};
use storage::starts::real_time::{self, Candidate, Look};
use storage::{AsyncConnection as _, Connection};

use crate::apart::TaskSubject;
use crate::context::Context;
use crate::metrics;

/// Looks once at every entity that an integration asks for, and starts what has something to push.
pub(crate) async fn push_local_changes(context: Context) -> anyhow::Result<()> {
    let mut connection = context.connection().await?;

    let mut permits = Vec::new();
    for candidate in real_time::candidates(&mut connection, None).await? {
        let looked = look_at_changes(&context, &mut connection, &candidate);
        let thing = TaskSubject(candidate.integration_id, Some(candidate.entity));
        permits.extend(context.apart.run("real_time", thing, looked).await?.flatten());
    }

    drop(connection);
    // Permits are sent after the commits, so that no worker looks before there is work.
    for permit in permits {
        context.publish_committed(permit, WakeReason::Scheduled).await;
    }
    Ok(())
}

async fn look_at_changes(
    context: &Context,
    connection: &mut Connection,
    candidate: &Candidate,
) -> anyhow::Result<Option<OutboxId>> {
    match real_time::look(connection, descriptor(candidate.entity), candidate).await? {
        Look::Nothing => Ok(None),
        Look::Echoes(upto) => {
            real_time::pass_over(connection, candidate, upto).await?;
            Ok(None)
        }
        Look::Changed => Ok(start_real_time_sync(context, connection, candidate).await?),
    }
}

async fn start_real_time_sync(
    context: &Context,
    connection: &mut Connection,
    candidate: &Candidate,
) -> storage::Result<Option<OutboxId>> {
    connection.transaction(async |connection| accept_real_time_sync(context, connection, candidate).await).await
}

/// Under the integration's lock, so that of several schedulers the first makes the sync and the others see it.
async fn accept_real_time_sync(
    context: &Context,
    connection: &mut Connection,
    candidate: &Candidate,
) -> storage::Result<Option<OutboxId>> {
    let &Candidate { integration_id, entity, .. } = candidate;
    let Some(integration) = integrations::lock(connection, integration_id).await? else { return Ok(None) };
    // Another scheduler may have made the sync since the look.
    if !real_time::candidates(connection, Some(integration_id)).await?.contains(candidate) {
        return Ok(None);
    }

    let request = SyncRequest {
        integration_id,
        sync_type: SyncType::RealTime,
        entity_type: entity,
        direction: SyncDirection::ToGeniacs,
        filters: Filters::default(),
        options: SyncOptions::default(),
    };

    let settings = integration.run_settings(entity, context.run_defaults(), None);
    let new = NewSync::woken(&request, &settings, Starter::RealTime);

    let Ok(Accepted::New(sync, permit)) = syncs::accept(connection, &new).await? else { return Ok(None) };
    metrics::real_time_started(entity);
    tracing::info!(integration_id, entity = %entity, sync_id = sync.id, "local changes are pushed");
    Ok(permit)
}
