//! The next step of a run: the next window of its walk, or its end. One transaction under the sync's lock, which may be
//! repeated by anybody at any time.

use super::phase::Phase;
use super::walk::{Step, Walk, wake};
use super::{begin, end, settle};
use crate::failure::{DUPLICATE_VALUE, Failure};
use crate::frozen::FrozenPlan;
use crate::worker::Worker;
use domain::SyncStatus;
use domain::run_mode::{Effect, Source};
use storage::entities::descriptor;
use storage::records;
use storage::runs::syncs::{Named, SyncHead};
use storage::runs::{chunks, record_errors, syncs};
use storage::{AsyncConnection, Connection};

/// Records of a chunk of a long walk, where a batch is no more than that.
const LONG_STRETCH: i64 = 500;

/// Makes the next step of a sync.
pub(crate) async fn advance(worker: &Worker, sync_id: i64) -> Result<(), Failure> {
    let mut connection = worker.connection().await?;
    if syncs::is_busy(&mut connection, sync_id, window(worker) / 2).await? {
        return Ok(());
    }

    let step = connection
        .transaction(async |connection| {
            // The sync is locked first and then read, so that this step sees what the last holder of the lock did.
            syncs::lock(connection, sync_id).await?;
            let Some(head) = syncs::head(connection, sync_id).await? else { return Ok(Step::default()) };
            if head.cancel_requested {
                return super::cancel::stop(connection, &head).await;
            }
            match FrozenPlan::of(&head)? {
                Some(frozen) => step(connection, worker, sync_id, &frozen).await,
                None => Ok(Step::default()),
            }
        })
        .await?;

    wake(worker, &step).await;
    Ok(())
}

/// Ends a cancelled run whose chunk was just given back, as far as nothing else of it is under way.
pub(crate) async fn leave_if_cancelled(worker: &Worker, sync_id: i64) -> Result<(), Failure> {
    let cancelled = syncs::is_cancelled(&mut *worker.connection().await?, sync_id).await?;
    if cancelled { advance(worker, sync_id).await } else { Ok(()) }
}

/// Chunks of a sync that may be open at once; the next ones are cut when half of them are left.
fn window(worker: &Worker) -> i64 {
    i64::from(worker.settings.work.chunks_in_flight)
}

/// The step itself, under the sync's lock.
pub(super) async fn step(
    connection: &mut Connection,
    worker: &Worker,
    sync_id: i64,
    frozen: &FrozenPlan,
) -> Result<Step, Failure> {
    let mut frozen = frozen.clone();
    let mut begun = 0;

    loop {
        let Some(head) = syncs::head(connection, sync_id).await? else { return Ok(Step::default()) };
        if head.status != SyncStatus::Processing {
            return Ok(Step::default());
        }

        if is_over_time(&head, &frozen) {
            return stop_in_time(connection, &head, &frozen).await;
        }

        let window = window(worker);
        if !head.walk_done && head.open_chunks <= window / 2 {
            let (new_chunks, done) = cut(connection, &head, &frozen, (window - head.open_chunks, window)).await?;
            if !done || new_chunks > 0 || head.open_chunks > 0 {
                return Ok(Step { new_chunks, next_sync: None });
            }
        } else if !head.walk_done || head.open_chunks > 0 {
            return Ok(Step { new_chunks: begun, next_sync: None });
        }

        let mut walk = Walk::of(&head)?;
        match next_phase(connection, &head, &frozen, walk.phase).await? {
            Some(phase) if settle::is_settled(connection, &head, &frozen, &mut walk, phase).await? => {
                let overlap = worker.settings.sync.pull_overlap;
                begun = begin::begin(connection, &head, &mut frozen, walk, phase, overlap).await?;
            }
            Some(_) => return Ok(Step::default()),
            None => return end::end(connection, worker, &head, &frozen).await,
        }
    }
}

async fn next_phase(
    connection: &mut Connection,
    head: &SyncHead,
    frozen: &FrozenPlan,
    phase: Phase,
) -> Result<Option<Phase>, Failure> {
    if phase == Phase::Pull && pulls_again(frozen) {
        let refused = record_errors::pulled_with(connection, head.id, DUPLICATE_VALUE, 1).await?;
        if !refused.is_empty() {
            return Ok(Some(Phase::PullAgain));
        }
    }
    Ok(phase.next(head.direction, frozen))
}

/// Whether a run tries what needed unique values once more. A plan is carried out as it is, and one that is made tells what
/// the first try comes to.
const fn pulls_again(frozen: &FrozenPlan) -> bool {
    match (frozen.effect, &frozen.source) {
        (Effect::Preview | Effect::Check, _) | (Effect::Apply, Source::Planned(_)) => false,
        (Effect::Apply, Source::Everything | Source::Filtered(_) | Source::Failed(_)) => true,
    }
}

/// Whether a run has been at work for as long as it may.
pub(crate) fn is_over_time(head: &SyncHead, frozen: &FrozenPlan) -> bool {
    head.active_seconds >= f64::from(frozen.settings.max_seconds)
}

/// Begins nothing more, lets what is under way come to its end, and then ends the run.
async fn stop_in_time(connection: &mut Connection, head: &SyncHead, frozen: &FrozenPlan) -> Result<Step, Failure> {
    syncs::drop_waiting_chunks(connection, head.id).await?;
    match syncs::head(connection, head.id).await? {
        Some(head) if head.open_chunks == 0 => end::time_is_up(connection, &head, frozen).await,
        _ => Ok(Step::default()),
    }
}

async fn cut(
    connection: &mut Connection,
    head: &SyncHead,
    frozen: &FrozenPlan,
    (pieces, window): (i64, i64),
) -> Result<(usize, bool), Failure> {
    match &frozen.source {
        Source::Planned(sync_id) => cut_named(connection, head, frozen, Named::Planned(*sync_id), pieces).await,
        Source::Failed(failed) => cut_named(connection, head, frozen, Named::Failed(failed), pieces).await,
        Source::Everything | Source::Filtered(_) => cut_walk(connection, head, frozen, (pieces, window)).await,
    }
}

/// The next window of a walk through the provider's rows.
async fn cut_walk(
    connection: &mut Connection,
    head: &SyncHead,
    frozen: &FrozenPlan,
    (pieces, window): (i64, i64),
) -> Result<(usize, bool), Failure> {
    let Some(selection) = &frozen.selection else { return Ok((0, true)) };
    let mut walk = Walk::of(head)?;

    let size = stretch(i64::from(frozen.settings.batch_size.max(1)), walk.cut, window);
    let left = walk.limit.map_or(i64::MAX, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
    let most = (size * pieces).min(left);

    let (stretches, taken) =
        records::cut(connection, descriptor(head.entity), selection, walk.after, size, most).await?;
    if let Some(last) = stretches.last() {
        walk.after = last.upto;
        chunks::add_stretches(connection, head.id, &stretches).await?;
    }

    walk.cut += taken;
    walk.limit = walk.limit.map(|limit| limit.saturating_sub(u64::try_from(taken).unwrap_or(0)));
    let done = taken < most || walk.limit == Some(0);

    syncs::save_walk(connection, head.id, &walk.to_json(), done).await?;
    Ok((stretches.len(), done))
}

/// Records of one chunk. After two windows of one batch each, a walk is long: then a chunk holds up to five batches, since
/// what is done once for each chunk costs as much as some hundred records. Short walks stay spread over all workers.
fn stretch(batch: i64, cut: i64, window: i64) -> i64 {
    if cut < 2 * window * batch { batch } else { batch * (LONG_STRETCH / batch).clamp(1, 5) }
}

/// The next window of a retry or of a plan: the records that another sync names, by local id.
async fn cut_named(
    connection: &mut Connection,
    head: &SyncHead,
    frozen: &FrozenPlan,
    named: Named<'_>,
    pieces: i64,
) -> Result<(usize, bool), Failure> {
    let mut walk = Walk::of(head)?;

    let size = i64::from(frozen.settings.batch_size.max(1));
    let most = size * pieces;
    let cut = syncs::cut_named(connection, head.id, named, walk.after.1, size, most).await?;
    walk.after.1 = cut.last.unwrap_or(walk.after.1);

    let done = cut.records < most;
    syncs::save_walk(connection, head.id, &walk.to_json(), done).await?;
    Ok((usize::try_from(cut.chunks).unwrap_or(0), done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_walk_has_a_batch_to_a_chunk_and_a_long_one_up_to_five() {
        let stretches = |batch| [0, 3_199, 3_200, 1_000_000].map(|cut| stretch(batch, cut, 16));
        assert_eq!(stretches(100), [100, 100, 500, 500]);
        assert_eq!(stretches(1), [1, 5, 5, 5]);
        assert_eq!(stretches(200)[3], 400);
        assert_eq!(stretches(1_000)[3], 1_000);
    }
}
