//! Beginning a phase of a run: where its walk starts and ends, and the chunks that are not cut from a walk.

use super::phase::{Phase, needs_confirmation};
use super::walk::Walk;
use crate::failure::Failure;
use crate::frozen::FrozenPlan;
use chrono::{DateTime, TimeDelta, Utc};
use domain::run_mode::Source;
use domain::sync::{Filters, RecordKey};
use domain::{EntityType, SyncDirection, SyncType};
use std::time::Duration;
use storage::Connection;
use storage::entities::{Descriptor, descriptor};
use storage::partners::limits;
use storage::records::{self, Selection};
use storage::records::{links, missing, unanswered};
use storage::runs::chunks::{self, NamedRecords};
use storage::runs::syncs::{RunSettings, SyncHead};
use storage::runs::{horizon, logs, plan_items, positions, syncs};

/// A position may lie so many seconds ahead: a partner's clock may be set to another time zone.
const MOST_AHEAD: f64 = 86_400.0;

/// What a phase begins with.
#[derive(Default)]
struct Beginning {
    /// How many records it covers, if that is known.
    total: Option<i64>,
    /// Whether nothing is left to cut.
    cut: bool,
    chunks: usize,
}

/// Begins a phase and stores it with the plan. Returns how many chunks it has from the start.
pub(super) async fn begin(
    connection: &mut Connection,
    head: &SyncHead,
    frozen: &mut FrozenPlan,
    walk: Walk,
    phase: Phase,
    pull_overlap: Duration,
) -> Result<usize, Failure> {
    let mut walk = walk.begin(phase, frozen.limit());

    let began = match phase {
        Phase::PullAgain | Phase::MissingHere => one_chunk(connection, head).await?,
        Phase::Pull => match named(connection, frozen, head.direction, false).await? {
            None => begin_pull(connection, head, frozen, pull_overlap).await?,
            total => Beginning { total, ..one_chunk(connection, head).await? },
        },
        Phase::Push => match named(connection, frozen, head.direction, true).await? {
            None => begin_push(connection, head, frozen, &mut walk).await?,
            total => Beginning { total, ..Beginning::default() },
        },
    };

    let total = with_earlier_phases(connection, head, began.total).await?;
    let plan = serde_json::to_value(&*frozen).map_err(|e| Failure::fatal("plan_unwritable", e.to_string()))?;
    syncs::begin_phase(connection, head.id, &plan, &walk.to_json(), began.cut, total).await?;
    Ok(began.chunks)
}

/// How many records a run takes that another sync names: its failed ones, or those that its plan has something to do
/// with.
async fn named(
    connection: &mut Connection,
    frozen: &FrozenPlan,
    direction: SyncDirection,
    push: bool,
) -> Result<Option<i64>, Failure> {
    // Where the push follows, its share counts from the beginning, so that the total does not grow in the middle.
    let both = !push && direction == SyncDirection::Bidirectional;
    let ways: &[bool] = if both { &[false, true] } else { &[push] };

    let mut total = 0;
    for push in ways.iter().copied() {
        total += match &frozen.source {
            Source::Planned(plan) => {
                let way = if push { SyncDirection::ToGeniacs } else { SyncDirection::FromGeniacs };
                plan_items::count_applied(connection, *plan, Some(way)).await?
            }
            Source::Failed(failed) => syncs::count_failed(connection, failed, push).await?,
            Source::Everything | Source::Filtered(_) => return Ok(None),
        };
    }

    Ok(Some(total))
}

/// What the phases until the end of this one cover together.
async fn with_earlier_phases(
    connection: &mut Connection,
    head: &SyncHead,
    total: Option<i64>,
) -> Result<Option<i64>, Failure> {
    match total.filter(|_| head.plan.is_some()) {
        Some(total) => Ok(Some(total + syncs::totals(connection, head.id).await?.counts.read)),
        None => Ok(total),
    }
}

async fn one_chunk(connection: &mut Connection, head: &SyncHead) -> Result<Beginning, Failure> {
    chunks::add_pull(connection, head.id).await?;
    Ok(Beginning { total: None, cut: true, chunks: 1 })
}

async fn begin_pull(
    connection: &mut Connection,
    head: &SyncHead,
    frozen: &mut FrozenPlan,
    pull_overlap: Duration,
) -> Result<Beginning, Failure> {
    // A person names a moment by our clock, the partner lists by its own.
    let partner_ahead = limits::partner_ahead(connection, head.integration_id).await?.unwrap_or_default();
    let asked_for = frozen.source.filters().and_then(|filters| filters.updated_since);
    frozen.updated_since = asked_for.and_then(|at| at.checked_add_signed(TimeDelta::microseconds(partner_ahead)));

    if head.sync_type != SyncType::Full && frozen.updated_since.is_none() {
        frozen.updated_since = start_of_listing(connection, head, frozen, pull_overlap).await?;
    }
    one_chunk(connection, head).await
}

/// Where an incremental pull begins: a little before its position, or further back where its window reaches further.
/// Some records become visible later than they were changed.
async fn start_of_listing(
    connection: &mut Connection,
    head: &SyncHead,
    frozen: &FrozenPlan,
    pull_overlap: Duration,
) -> Result<Option<DateTime<Utc>>, Failure> {
    let (entity, direction) = (head.entity, SyncDirection::FromGeniacs);
    let position = positions::find(connection, head.integration_id, entity, direction, &frozen.options).await?;
    let Some(position) = position.updated_at else { return Ok(None) };

    let now = horizon::now(connection).await?;
    if seconds_since_1970(position) > now.at + MOST_AHEAD {
        // It was made from a record with a time of the far future; nobody knows what was passed over since.
        let message = "The position of pulls lies ahead of the partner's clock: this run asks for everything and begins a \
                       new position";
        forget_position(connection, head, entity, direction, message).await?;
        return Ok(None);
    }

    let window = frozen.settings.window_seconds.and_then(TimeDelta::try_seconds).unwrap_or_default();
    let overlap = TimeDelta::from_std(pull_overlap).unwrap_or_default();
    Ok(position.checked_sub_signed(window.max(overlap)))
}

#[expect(clippy::cast_precision_loss, reason = "compared with a tolerance of hours")]
fn seconds_since_1970(moment: DateTime<Utc>) -> f64 {
    moment.timestamp() as f64
}

async fn begin_push(
    connection: &mut Connection,
    head: &SyncHead,
    frozen: &mut FrozenPlan,
    walk: &mut Walk,
) -> Result<Beginning, Failure> {
    let descriptor = descriptor(head.entity);
    if !frozen.source.named().is_empty() {
        return begin_named(connection, head, frozen).await;
    }
    let Filters { updated_since, status, .. } = frozen.source.filters().cloned().unwrap_or_default();

    let full = head.sync_type == SyncType::Full;
    if !descriptor.append_only && frozen.effect.writes() {
        unanswered::leave_tombstones(connection, descriptor, head.integration_id).await?;
    }
    let deletions = !full || may_delete(connection, head, descriptor, frozen, walk).await?;

    let (below, highest_id) = records::horizon(connection, descriptor).await?;
    frozen.done_below = Some(below);
    let mut by_change = !full;
    // A moment that is asked for reaches back as far as it says; what Geniacs has confirmed since is not sent again.
    if by_change && updated_since.is_none() {
        match start_of_changes(connection, head, descriptor, frozen, below).await? {
            Some(position) => walk.after = (position, 0),
            None => by_change = false,
        }
    }

    if !deletions {
        // The next incremental is to see the deletions that this run passes over.
        let pending = missing::first_pending_deletion(connection, descriptor, head.integration_id).await?;
        frozen.done_below = Some(pending.map_or(below, |pending| below.min(pending)));
    }

    let upper = if by_change { below } else { highest_id };
    let selection = Selection { by_change, upper, updated_since, status, deletions };
    let all = records::count(connection, descriptor, head.integration_id, &selection, walk.after).await?;
    frozen.selection = Some(selection);
    let total = walk.limit.map_or(all, |limit| all.min(i64::try_from(limit).unwrap_or(i64::MAX)));
    Ok(Beginning { total: Some(total), ..Beginning::default() })
}

/// Whether a full push may delete at Geniacs what is gone here: it was asked to, and it is not too much. What is gone
/// without a trace gets one, which the walk sees.
async fn may_delete(
    connection: &mut Connection,
    head: &SyncHead,
    descriptor: &'static Descriptor,
    frozen: &FrozenPlan,
    walk: &mut Walk,
) -> Result<bool, Failure> {
    if !frozen.deletes_missing() || descriptor.append_only {
        return Ok(false);
    }

    let gone = missing::count_gone(connection, descriptor, head.integration_id).await?;
    if let Some(caveat) = needs_confirmation(gone.missing, gone.linked, frozen) {
        walk.caveat = Some(caveat);
        return Ok(false);
    }

    if frozen.effect.writes() {
        missing::leave_tombstones(connection, descriptor, head.integration_id).await?;
    }
    Ok(true)
}

/// Named records: local ids, and in a run both ways also Geniacs ids.
async fn begin_named(connection: &mut Connection, head: &SyncHead, frozen: &FrozenPlan) -> Result<Beginning, Failure> {
    let mut ids: Vec<i64> = frozen.source.named().iter().filter_map(local_id).collect();
    let geniacs_ids = geniacs_ids(frozen.source.named());

    if !geniacs_ids.is_empty() {
        let linked = links::linked(connection, head.integration_id, head.entity, &geniacs_ids).await?;
        ids.extend(linked.into_iter().map(|link| link.local_id));
    }

    ids.sort_unstable();
    ids.dedup();

    let chunks = add_named_chunks(connection, head.id, &ids, &frozen.settings, false).await?;
    Ok(Beginning { total: Some(i64::try_from(ids.len()).unwrap_or(i64::MAX)), cut: true, chunks })
}

/// The local id, if a filter names a record by it.
pub(crate) fn local_id(key: &RecordKey) -> Option<i64> {
    match key {
        RecordKey::Local(id) => Some(*id),
        RecordKey::Geniacs(_) => None,
    }
}

/// The Geniacs ids among those that filters name.
pub(crate) fn geniacs_ids(named: &[RecordKey]) -> Vec<&str> {
    fn geniacs_id(key: &RecordKey) -> Option<&str> {
        match key {
            RecordKey::Geniacs(id) => Some(id),
            RecordKey::Local(_) => None,
        }
    }
    named.iter().filter_map(geniacs_id).collect()
}

/// Where an incremental begins: at the position, or further back where its window reaches further. None: the position
/// is of no use and was forgotten.
async fn start_of_changes(
    connection: &mut Connection,
    head: &SyncHead,
    descriptor: &Descriptor,
    frozen: &FrozenPlan,
    below: i64,
) -> Result<Option<i64>, Failure> {
    let (entity, direction) = (descriptor.entity, SyncDirection::ToGeniacs);
    let position = positions::find(connection, head.integration_id, entity, direction, &frozen.options).await?;

    // The first run has no position and walks everything.
    let Some(mut start) = position.changed_xid else { return Ok(Some(0)) };

    if start > below {
        let message = "The change position lies ahead of the database's transaction counter, as after a restore onto \
                       another server: this run walks every record and begins a new position";
        forget_position(connection, head, descriptor.entity, SyncDirection::ToGeniacs, message).await?;
        return Ok(None);
    }

    if let Some(seconds) = frozen.settings.window_seconds
        && let Some(window) = records::window_start(connection, descriptor, seconds).await?
    {
        start = start.min(window);
    }
    // The walk begins after (start - 1, highest id), which is before (start, lowest id): ids begin at 1.
    Ok(Some(start))
}

/// A position that cannot be right is forgotten, so that this run begins anew.
async fn forget_position(
    connection: &mut Connection,
    head: &SyncHead,
    entity: EntityType,
    direction: SyncDirection,
    message: &str,
) -> Result<(), Failure> {
    positions::forget(connection, head.integration_id, entity, direction).await?;
    let entry = logs::Entry { level: "warning", message: message.to_owned(), ..logs::Entry::default() };
    Ok(logs::add(connection, head.integration_id, Some(head.id), &[entry]).await?)
}

/// Adds push chunks for named records, which the run has sent and counted as failed before, or not. Returns how many.
pub(super) async fn add_named_chunks(
    connection: &mut Connection,
    sync_id: i64,
    ids: &[i64],
    settings: &RunSettings,
    again: bool,
) -> Result<usize, Failure> {
    let size = usize::try_from(settings.batch_size.max(1)).unwrap_or(1);
    for record_ids in ids.chunks(size) {
        let named = NamedRecords { record_ids, unconfirmed: again, failed_before: again, ..NamedRecords::default() };
        chunks::add_named(connection, sync_id, &named).await?;
    }
    Ok(ids.len().div_ceil(size))
}
