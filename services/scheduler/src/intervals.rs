//! Entities without a schedule, of integrations with `auto_sync`: an incremental push every `sync_interval`. The database
//! decides whose turn it is, so that any number of schedulers start one.

use domain::integration::SyncInterval;
use domain::sync::{Filters, SyncOptions, SyncRequest};
use domain::{EntityType, SyncDirection, SyncType};
use messages::v1::WakeReason;
use storage::outbox::OutboxId;
use storage::partners::integrations;
use storage::runs::syncs::{self, Accepted, NewSync};
use storage::starts::intervals::{self, Candidate};
use storage::{AsyncConnection as _, Connection};

use crate::apart::TaskSubject;
use crate::context::Context;
use crate::metrics;

/// Starts what is due, each in a transaction of its own. The first interval begins when an entity is first seen.
pub(crate) async fn start_due_intervals(context: Context) -> anyhow::Result<()> {
    let mut candidates = intervals::candidates(&mut *context.connection().await?).await?;
    // Entities that others refer to are synced first.
    let place = |entity| EntityType::IN_ORDER.iter().position(|other| *other == entity);
    candidates.sort_by_key(|candidate| (candidate.integration_id, place(candidate.entity)));

    for candidate in candidates {
        context
            .apart
            .run(
                "intervals",
                TaskSubject(candidate.integration_id, Some(candidate.entity)),
                look_at_interval(&context, &candidate),
            )
            .await?;
    }
    Ok(())
}

async fn look_at_interval(context: &Context, candidate: &Candidate) -> anyhow::Result<()> {
    let seconds = interval_seconds(context, candidate);
    match candidate.seconds_since {
        None => {
            let mut connection = context.connection().await?;
            Ok(intervals::begin(&mut connection, candidate.integration_id, candidate.entity).await?)
        }
        Some(since) if since >= f64::from(seconds) => start_interval_sync(context, candidate, seconds).await,
        Some(_) => Ok(()),
    }
}

/// The integration's own, else the setting.
fn interval_seconds(context: &Context, candidate: &Candidate) -> u32 {
    let own =
        candidate.interval.as_ref().and_then(|written| serde_json::from_value::<SyncInterval>(written.clone()).ok());
    let default = || u32::try_from(context.settings.sync.sync_interval.as_secs()).unwrap_or(u32::MAX);
    own.map_or_else(default, |interval| interval.seconds())
}

async fn start_interval_sync(context: &Context, candidate: &Candidate, seconds: u32) -> anyhow::Result<()> {
    let mut connection = context.connection().await?;

    let permit = connection
        .transaction(async |connection| accept_interval_sync(context, connection, candidate, seconds).await)
        .await
        .map_err(anyhow::Error::from)?;

    drop(connection);

    if let Some(permit) = permit {
        context.publish_committed(permit, WakeReason::Scheduled).await;
    }
    Ok(())
}

/// Under the integration's lock, so that of several schedulers the first makes the sync and the others see its interval.
async fn accept_interval_sync(
    context: &Context,
    connection: &mut Connection,
    candidate: &Candidate,
    seconds: u32,
) -> storage::Result<Option<OutboxId>> {
    let &Candidate { integration_id, entity, .. } = candidate;
    let Some(integration) = integrations::lock(connection, integration_id).await? else { return Ok(None) };
    // Another scheduler may have begun the next interval since the look.
    if !intervals::claim(connection, integration_id, entity, seconds).await? {
        return Ok(None);
    }

    let request = SyncRequest {
        integration_id,
        sync_type: SyncType::Scheduled,
        entity_type: entity,
        direction: SyncDirection::ToGeniacs,
        filters: Filters::default(),
        options: SyncOptions::default(),
    };

    let settings = integration.run_settings(entity, context.run_defaults(), None);
    let new = NewSync::of_interval(&request, &settings);

    let Ok(Accepted::New(sync, permit)) = syncs::accept(connection, &new).await? else { return Ok(None) };
    metrics::interval_started(entity);
    tracing::info!(integration_id, entity = %entity, sync_id = sync.id, "an interval ended; its entity is synced");
    Ok(permit)
}
