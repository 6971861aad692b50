//! Freezing what a sync works by: mappings, filters, options, and where its walk begins and ends.

use super::advance::Walk;
use crate::failure::Failure;
use crate::run::{AcceptedData, FrozenPlan, compile, context, field_mapping, kinds};
use domain::sync::RecordKey;
use domain::{SyncDirection, SyncType};
use mapping::FieldMapping;
use storage::chunks::{self, NamedRecords};
use storage::entities::{Descriptor, descriptor};
use storage::records::{self, Selection};
use storage::syncs::{RunSettings, SyncHead};
use storage::{Connection, logs, mappings, plan_items, positions, syncs};

/// The plan that a sync has already.
pub(super) fn frozen(head: &SyncHead) -> Result<Option<FrozenPlan>, Failure> {
    head.plan
        .clone()
        .map(|plan| serde_json::from_value(plan).map_err(|e| Failure::fatal("plan_unreadable", e.to_string())))
        .transpose()
}

/// Makes the plan, stores it, and adds the chunks that are not cut from a walk.
pub(super) async fn freeze(connection: &mut Connection, head: &SyncHead) -> Result<FrozenPlan, Failure> {
    let (entity, sync_type, direction) = kinds(head)?;
    let descriptor = descriptor(entity);
    let accepted: AcceptedData =
        serde_json::from_value(head.data.clone()).map_err(|e| Failure::fatal("request_unreadable", e.to_string()))?;
    let mappings = match accepted.plan_of {
        Some(planned) => planned_mappings(connection, planned).await?,
        None => active_mappings(connection, head, entity).await?,
    };
    compile(entity, &mappings, &context(&accepted.settings))?;
    let mut frozen = FrozenPlan {
        mappings,
        settings: accepted.settings,
        filters: accepted.filters,
        options: accepted.options,
        selection: None,
        done_below: None,
        updated_since: None,
        retry_of: match accepted.retry_of {
            Some(id) => syncs::failures_of(connection, id).await?,
            None => None,
        },
        plan_of: accepted.plan_of,
        check: accepted.check,
    };
    if let Some(planned) = frozen.plan_of {
        begin_plan(connection, head, &frozen, planned).await?;
        return Ok(frozen);
    }
    if let Some(failures_of) = frozen.retry_of {
        begin_retry(connection, head, &frozen, failures_of).await?;
        return Ok(frozen);
    }
    match direction {
        SyncDirection::ToGeniacs => begin_push(connection, head, descriptor, sync_type, &mut frozen).await?,
        SyncDirection::FromGeniacs => begin_pull(connection, head, sync_type, &mut frozen).await?,
        SyncDirection::Bidirectional => {
            return Err(Failure::fatal("unsupported_direction", "this version does not run bidirectional syncs yet"));
        }
    }
    Ok(frozen)
}

async fn active_mappings(
    connection: &mut Connection,
    head: &SyncHead,
    entity: domain::EntityType,
) -> Result<Vec<FieldMapping>, Failure> {
    let rows = mappings::active_for(connection, head.integration_id, entity).await?;
    if rows.is_empty() {
        return Err(Failure::fatal(
            "no_mapping",
            format!("{entity} has no active field mapping; add one and trigger again"),
        ));
    }
    Ok(rows.into_iter().map(field_mapping).collect())
}

/// A plan is carried out by the mappings that it was made with, whatever became of them since.
async fn planned_mappings(connection: &mut Connection, planned: i64) -> Result<Vec<FieldMapping>, Failure> {
    let gone = || Failure::fatal("plan_missing", format!("the plan of sync {planned} is gone; make a new dry run"));
    let head = syncs::head(connection, planned).await?.ok_or_else(gone)?;
    frozen(&head)?.map(|frozen| frozen.mappings).ok_or_else(gone)
}

/// Carrying out a plan takes the records that it has something to do with, a window at a time, and nothing else.
async fn begin_plan(
    connection: &mut Connection,
    head: &SyncHead,
    frozen: &FrozenPlan,
    planned: i64,
) -> Result<(), Failure> {
    let total = plan_items::count_applied(connection, planned).await?;
    begin_named(connection, head, frozen, total).await
}

/// A retry takes the records that failed in another sync, a window at a time, and nothing else.
async fn begin_retry(
    connection: &mut Connection,
    head: &SyncHead,
    frozen: &FrozenPlan,
    failures_of: i64,
) -> Result<(), Failure> {
    let push = head.sync_direction == SyncDirection::ToGeniacs.as_str();
    let total = syncs::count_failed(connection, failures_of, push).await?;
    begin_named(connection, head, frozen, total).await
}

async fn begin_named(
    connection: &mut Connection,
    head: &SyncHead,
    frozen: &FrozenPlan,
    total: i64,
) -> Result<(), Failure> {
    let push = head.sync_direction == SyncDirection::ToGeniacs.as_str();
    let walk = Walk::default();
    store(connection, head.id, frozen, &walk, Some(total)).await?;
    if !push {
        syncs::save_walk(connection, head.id, &walk.to_json(), true).await?;
        chunks::add_pull(connection, head.id).await?;
    }
    Ok(())
}

async fn begin_push(
    connection: &mut Connection,
    head: &SyncHead,
    descriptor: &Descriptor,
    sync_type: SyncType,
    frozen: &mut FrozenPlan,
) -> Result<(), Failure> {
    let (below, highest_id) = records::horizon(connection, descriptor).await?;
    frozen.done_below = Some(below);
    let mut start = 0;
    let mut by_change = sync_type != SyncType::Full;
    // A moment that is asked for reaches back as far as it says; what Geniacs has confirmed since is not sent again.
    if by_change && frozen.filters.updated_since.is_none() {
        match start_of_changes(connection, head, descriptor, &frozen.settings, below).await? {
            Some(position) => start = position,
            None => by_change = false,
        }
    }
    let selection = Selection {
        by_change,
        upper: if by_change { below } else { highest_id },
        updated_since: frozen.filters.updated_since,
        status: frozen.filters.status.clone(),
    };
    let named: Vec<i64> = frozen.filters.ids.iter().filter_map(local_id).collect();
    let walk = Walk { after: (start, 0), limit: frozen.filters.limit, ..Walk::default() };
    let total = if frozen.filters.ids.is_empty() {
        let all = records::count(connection, descriptor, &selection, walk.after).await?;
        walk.limit.map_or(all, |limit| all.min(i64::try_from(limit).unwrap_or(i64::MAX)))
    } else {
        add_named_chunks(connection, head.id, &named, &frozen.settings, false).await?;
        i64::try_from(named.len()).unwrap_or(i64::MAX)
    };
    frozen.selection = Some(selection);
    store(connection, head.id, frozen, &walk, Some(total)).await?;
    if !frozen.filters.ids.is_empty() {
        syncs::save_walk(connection, head.id, &walk.to_json(), true).await?;
    }
    Ok(())
}

fn local_id(key: &RecordKey) -> Option<i64> {
    match key {
        RecordKey::Local(id) => Some(*id),
        RecordKey::Geniacs(_) => None,
    }
}

/// Where an incremental begins: at the position, or further back where its window reaches further. None: the position
/// is of no use and was forgotten.
async fn start_of_changes(
    connection: &mut Connection,
    head: &SyncHead,
    descriptor: &Descriptor,
    settings: &RunSettings,
    below: i64,
) -> Result<Option<i64>, Failure> {
    let position =
        positions::find(connection, head.integration_id, descriptor.entity, SyncDirection::ToGeniacs).await?;
    // The first run has no position and walks everything.
    let Some(mut start) = position.changed_xid else { return Ok(Some(0)) };
    if start > below {
        forget_position(connection, head, descriptor).await?;
        return Ok(None);
    }
    if let Some(seconds) = settings.window_seconds
        && let Some(window) = records::window_start(connection, descriptor, seconds).await?
    {
        start = start.min(window);
    }
    // The walk begins after (start - 1, highest id), which is before (start, lowest id): ids begin at 1.
    Ok(Some(start))
}

/// The position lies ahead of the server: the database was restored onto one whose transaction counter is behind, and
/// its rows carry change positions that this server has not reached. This run walks by id instead.
async fn forget_position(connection: &mut Connection, head: &SyncHead, descriptor: &Descriptor) -> Result<(), Failure> {
    positions::forget(connection, head.integration_id, descriptor.entity, SyncDirection::ToGeniacs).await?;
    let message = "The change position lies ahead of the database's transaction counter, as after a restore onto another \
                   server: this run walks every record and begins a new position";
    let entry = logs::Entry { level: "warning", message: message.to_owned(), ..logs::Entry::default() };
    Ok(logs::add(connection, head.integration_id, Some(head.id), &[entry]).await?)
}

async fn begin_pull(
    connection: &mut Connection,
    head: &SyncHead,
    sync_type: SyncType,
    frozen: &mut FrozenPlan,
) -> Result<(), Failure> {
    let (entity, ..) = kinds(head)?;
    frozen.updated_since = frozen.filters.updated_since;
    if sync_type != SyncType::Full && frozen.updated_since.is_none() {
        let position = positions::find(connection, head.integration_id, entity, SyncDirection::FromGeniacs).await?;
        let window = frozen.settings.window_seconds.map(chrono::Duration::seconds).unwrap_or_default();
        frozen.updated_since = position.updated_at.map(|at| at - window);
    }
    let walk = Walk { limit: frozen.filters.limit, ..Walk::default() };
    store(connection, head.id, frozen, &walk, None).await?;
    syncs::save_walk(connection, head.id, &walk.to_json(), true).await?;
    chunks::add_pull(connection, head.id).await?;
    Ok(())
}

async fn store(
    connection: &mut Connection,
    id: i64,
    frozen: &FrozenPlan,
    walk: &Walk,
    total: Option<i64>,
) -> Result<(), Failure> {
    let plan = serde_json::to_value(frozen).map_err(|e| Failure::fatal("plan_unwritable", e.to_string()))?;
    Ok(syncs::freeze(connection, id, &plan, &walk.to_json(), total).await?)
}

/// On a retry: what failed and may do better is sent again, and nothing else; an interrupted pull goes on.
pub(super) async fn take_up_failed(
    connection: &mut Connection,
    head: &SyncHead,
    frozen: &FrozenPlan,
) -> Result<(), Failure> {
    if head.retry_count == 0 || head.plan.is_none() || head.open_chunks > 0 {
        return Ok(());
    }
    if head.sync_direction == SyncDirection::FromGeniacs.as_str() {
        if !Walk::of(head)?.complete {
            chunks::add_pull(connection, head.id).await?;
        }
        return Ok(());
    }
    let ids = chunks::take_retryable(connection, head.id).await?;
    add_named_chunks(connection, head.id, &ids, &frozen.settings, true).await
}

async fn add_named_chunks(
    connection: &mut Connection,
    sync_id: i64,
    ids: &[i64],
    settings: &RunSettings,
    unconfirmed: bool,
) -> Result<(), Failure> {
    let size = usize::try_from(settings.batch_size.max(1)).unwrap_or(1);
    for record_ids in ids.chunks(size) {
        let named = NamedRecords { record_ids, unconfirmed, ..NamedRecords::default() };
        chunks::add_named(connection, sync_id, &named).await?;
    }
    Ok(())
}
