//! Syncs whose turn has come: a retry that is due, a pause that ended, one left waiting by a crash.

use domain::EntityType;
use messages::v1::WakeReason;
use storage::AsyncConnection as _;
use storage::partners::integrations;
use storage::runs::syncs;

use crate::apart::TaskSubject;
use crate::context::Context;

/// Starts the first of every line whose turn has come, each in a transaction of its own.
pub(crate) async fn start_waiting_syncs(context: Context) -> anyhow::Result<()> {
    let due = syncs::start_due(&mut *context.connection().await?).await?;
    for (integration_id, entity) in due {
        context
            .apart
            .run("waiting", TaskSubject(integration_id, Some(entity)), start_next(&context, integration_id, entity))
            .await?;
    }
    Ok(())
}

async fn start_next(context: &Context, integration_id: i64, entity: EntityType) -> anyhow::Result<()> {
    let mut connection = context.connection().await?;

    let started = connection.transaction(async |connection| {
        // The lock of whoever accepts or starts syncs of this integration.
        match integrations::lock(connection, integration_id).await? {
            Some(_) => syncs::start_next(connection, integration_id, entity).await,
            None => Ok(None),
        }
    });

    let started: Result<_, storage::Error> = started.await;
    drop(connection);

    if let Some(permit) = started? {
        context.publish_committed(permit, WakeReason::Retry).await;
    }
    Ok(())
}
