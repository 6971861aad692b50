//! Records that waited for a record they refer to: once that one is linked, they are synced by themselves, and events
//! are applied again.

use domain::sync::{Filters, RecordKey, Starter, SyncOptions, SyncRequest};
use domain::{EntityType, SyncDirection, SyncType};
use messages::v1::WakeReason;
use storage::outbox::OutboxId;
use storage::partners::integrations;
use storage::records::waiting::{self, Ready};
use storage::runs::syncs::{self, Accepted, NewSync};
use storage::{AsyncConnection as _, Connection};

use crate::apart::TaskSubject;
use crate::context::Context;

/// Waits looked at in one round; the next ring is a second away.
const MOST: i64 = 5_000;

/// Lets go what waited for a link that is there now.
pub(crate) async fn sync_linked_references(context: Context) -> anyhow::Result<()> {
    let ready = waiting::ready(&mut *context.connection().await?, MOST).await?;
    let events: Vec<i64> = ready.iter().filter(|wait| wait.webhook_event_id.is_some()).map(|wait| wait.id).collect();

    if !events.is_empty() {
        waiting::reopen_events(&mut *context.connection().await?, &events).await?;
    }

    for group in group_waits(ready) {
        let thing = TaskSubject(group.integration_id, Some(group.entity));
        let made = context.apart.run("references", thing, sync_group(&context, &group)).await?;
        if let Some(permit) = made.flatten() {
            context.publish_committed(permit, WakeReason::Continued).await;
        }
    }
    Ok(())
}

/// Waits whose records go in one sync.
struct RecordGroup {
    integration_id: i64,
    entity: EntityType,
    direction: SyncDirection,
    waits: Vec<i64>,
    records: Vec<RecordKey>,
}

fn group_waits(ready: Vec<Ready>) -> Vec<RecordGroup> {
    let mut groups: Vec<RecordGroup> = Vec::new();
    for wait in ready.into_iter().filter(|wait| wait.webhook_event_id.is_none()) {
        let Some((entity, direction, record)) = wait.record() else { continue };
        let (id, integration_id) = (wait.id, wait.integration_id);

        match groups.last_mut() {
            // The rows come in this order, so a group is complete when the next one begins.
            Some(last) if (last.integration_id, last.entity, last.direction) == (integration_id, entity, direction) => {
                last.waits.push(id);
                // A record may have waited for several others.
                if last.records.last() != Some(&record) {
                    last.records.push(record);
                }
            }
            _ => groups.push(RecordGroup { integration_id, entity, direction, waits: vec![id], records: vec![record] }),
        }
    }
    groups
}

/// Makes a sync of the records, unless another scheduler has.
async fn sync_group(context: &Context, group: &RecordGroup) -> anyhow::Result<Option<OutboxId>> {
    let mut connection = context.connection().await?;
    let made = connection.transaction(async |connection| {
        let permit = accept_group(context, connection, group).await?;
        // Another scheduler has ended the waits already. Its sync takes the records, so this one must not stay.
        match waiting::end(connection, &group.waits).await? {
            0 => Err(storage::Error::RollbackTransaction),
            _ => Ok(permit),
        }
    });

    match made.await {
        Err(storage::Error::RollbackTransaction) => Ok(None),
        made => Ok(made?),
    }
}

async fn accept_group(
    context: &Context,
    connection: &mut Connection,
    group: &RecordGroup,
) -> storage::Result<Option<OutboxId>> {
    let Some(integration) = integrations::find(connection, group.integration_id).await? else { return Ok(None) };

    let request = SyncRequest {
        integration_id: group.integration_id,
        sync_type: SyncType::Incremental,
        entity_type: group.entity,
        direction: group.direction,
        filters: Filters { ids: group.records.clone(), ..Filters::default() },
        options: SyncOptions::default(),
    };

    let settings = integration.run_settings(group.entity, context.run_defaults(), None);
    let new = NewSync::woken(&request, &settings, Starter::Retry);

    let Ok(Accepted::New(sync, permit)) = syncs::accept(connection, &new).await? else { return Ok(None) };
    let (entity, records) = (group.entity, group.records.len());
    tracing::info!(sync_id = sync.id, %entity, records, "records whose reference is linked now are synced");
    Ok(permit)
}
