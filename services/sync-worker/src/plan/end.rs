//! The end of a run.

use super::cancel;
use super::phase::Caveat;
use super::walk::{Step, Walk, wake};
use crate::failure::Failure;
use crate::frozen::{AcceptedData, FrozenPlan};
use crate::worker::Worker;
use domain::run_mode::Effect;
use domain::{Counts, SyncDirection, SyncStatus};
use storage::records::missing;
use storage::runs::chunks::Chunk;
use storage::runs::positions::{self, Position};
use storage::runs::syncs::{Ending, SyncHead, Totals};
use storage::runs::{logs, plan_items, syncs};
use storage::{AsyncConnection, Connection};

/// Ends a run whose chunks are all done, or puts it back in line for what may do better later. Under the sync's lock.
pub(super) async fn end(
    connection: &mut Connection,
    worker: &Worker,
    head: &SyncHead,
    frozen: &FrozenPlan,
) -> Result<Step, Failure> {
    let totals = syncs::totals(connection, head.id).await?;
    if totals.retryable > 0 && may_retry(worker, head, &frozen.settings) {
        return retry_later(connection, worker, head).await;
    }

    let walk = Walk::of(head)?;
    // Where something may do better later, the position stays, so that the next run meets it again.
    if totals.retryable == 0 && frozen.source.is_everything() && frozen.effect.writes() {
        move_positions(connection, head, frozen, &walk).await?;
    }

    missing::forget_seen(connection, head.id).await?;
    syncs::complete_total(connection, head.id, totals.counts.read).await?;

    // A plan that says of each record what would become of it is whole, whatever it says.
    let planned = !frozen.effect.writes() && totals.retryable == 0;
    let ending = Ending { last_answer: worker.last_answer(head.id), ..ending(&totals, walk.caveat, planned) };
    let step = finish(connection, head, &ending, &totals.counts).await?;

    match frozen.effect {
        Effect::Check => plan_items::keep_compared(connection, head.id).await?,
        Effect::Apply | Effect::Preview => {}
    }
    Ok(step)
}

/// Ends a run that took as long as it may. What it has done stays done; the position stays, so that the next run of the
/// same kind begins where this one did.
pub(super) async fn time_is_up(
    connection: &mut Connection,
    head: &SyncHead,
    frozen: &FrozenPlan,
) -> Result<Step, Failure> {
    let totals = syncs::totals(connection, head.id).await?;
    let seconds = frozen.settings.max_seconds;

    let message = format!(
        "stopped after {seconds} active seconds, as max_execution_time or GENIACS_MAX_SYNC_DURATION says; allow more, or \
         trigger it again"
    );

    let ending = Ending {
        status: SyncStatus::Partial,
        error_type: Some("time_limit".to_owned()),
        error_message: Some(message),
        last_answer: None,
    };

    finish(connection, head, &ending, &totals.counts).await
}

/// How a run ends by itself, given what it had to leave out, and whether it only planned.
fn ending(totals: &Totals, caveat: Option<Caveat>, planned: bool) -> Ending {
    let status = if planned { SyncStatus::Success } else { status_of(totals) };
    let (error_type, error_message) = match caveat {
        Some(Caveat { error_type, message }) => (Some(error_type), Some(message)),
        None => (None, summary(totals, planned)),
    };
    let status = if error_type.is_some() && status == SyncStatus::Success { SyncStatus::Partial } else { status };
    Ending { status, error_type, error_message, last_answer: None }
}

fn status_of(totals: &Totals) -> SyncStatus {
    match totals.counts {
        Counts { failed: 0, .. } => SyncStatus::Success,
        Counts { read, failed, .. } if failed < read => SyncStatus::Partial,
        _ => SyncStatus::Failed,
    }
}

fn summary(totals: &Totals, planned: bool) -> Option<String> {
    let Counts { read, failed, .. } = totals.counts;
    (failed > 0 && !planned).then(|| format!("{failed} of {read} records failed; the reasons are under errors"))
}

fn may_retry(worker: &Worker, head: &SyncHead, settings: &syncs::RunSettings) -> bool {
    worker.settings.sync.retry_failed_sync
        && settings.retry_failed
        && u32::try_from(head.retry_count).is_ok_and(|count| count < settings.max_attempts)
}

/// 2ⁿ minutes, at most a day, anywhere in between: failed runs do not come back all at once.
async fn retry_later(connection: &mut Connection, worker: &Worker, head: &SyncHead) -> Result<Step, Failure> {
    let base = worker.settings.retry.sync_backoff_base.as_secs_f64();
    let longest = (base * 2f64.powi(head.retry_count + 1)).min(86_400.0);
    syncs::move_to_retry(connection, head.id, longest * rand::random_range(0.0..=1.0)).await?;
    let next_sync = syncs::start_next(connection, head.integration_id, head.entity).await?;
    Ok(Step { new_chunks: 0, next_sync })
}

async fn move_positions(
    connection: &mut Connection,
    head: &SyncHead,
    frozen: &FrozenPlan,
    walk: &Walk,
) -> Result<(), Failure> {
    if head.direction != SyncDirection::FromGeniacs {
        let to = Position { changed_xid: frozen.done_below, updated_at: None };
        positions::advance(connection, head.id, SyncDirection::ToGeniacs, &frozen.options, to).await?;
    }
    if head.direction != SyncDirection::ToGeniacs {
        let to = Position { changed_xid: None, updated_at: walk.updated_at };
        positions::advance(connection, head.id, SyncDirection::FromGeniacs, &frozen.options, to).await?;
    }
    Ok(())
}

async fn finish(
    connection: &mut Connection,
    head: &SyncHead,
    ending: &Ending,
    counts: &Counts,
) -> Result<Step, Failure> {
    // Whoever has ended the sync before has told of it, too.
    if !syncs::finish(connection, head.id, ending, counts).await? {
        return Ok(Step::default());
    }

    let (level, what) = match ending.status {
        SyncStatus::Success => ("info", "Sync ended: success".to_owned()),
        status => ("error", format!("Sync ended: {status}. {}", ending.error_message.as_deref().unwrap_or_default())),
    };

    let context = serde_json::to_value(counts).ok();
    let entry = logs::Entry { level, message: what, context, ..logs::Entry::default() };
    logs::add(connection, head.integration_id, Some(head.id), &[entry]).await?;

    tracing::info!(sync_id = head.id, status = %ending.status, read = counts.read, failed = counts.failed, "sync ended");
    crate::metrics::sync_ended(ending.status, counts);

    let next_sync = syncs::start_next(connection, head.integration_id, head.entity).await?;
    Ok(Step { new_chunks: 0, next_sync })
}

/// Ends a sync whose chunk met something that nothing but a person can change.
pub(crate) async fn fail(worker: &Worker, chunk: &Chunk, error_type: &str, message: &str) -> Result<(), Failure> {
    stop(worker, chunk, error_type, message).await
}

async fn stop(worker: &Worker, chunk: &Chunk, error_type: &str, message: &str) -> Result<(), Failure> {
    let sync_id = chunk.sync_id;
    let mut connection = worker.connection().await?;
    let step = connection
        .transaction(async |connection| {
            syncs::lock(connection, sync_id).await?;
            let Some(head) = head_of_the_failed(connection, sync_id).await? else { return Ok(Step::default()) };

            // What a late worker met says nothing of the run that another one goes on with.
            if !storage::runs::chunks::is_held(connection, chunk).await? {
                return Err(Failure::LeaseLost);
            }

            if head.cancel_requested {
                syncs::drop_held(connection, chunk).await?;
                return cancel::stop(connection, &head).await;
            }

            let totals = syncs::totals(connection, sync_id).await?;
            let ending = Ending {
                status: SyncStatus::Failed,
                error_type: Some(error_type.to_owned()),
                error_message: Some(message.to_owned()),
                last_answer: worker.last_answer(sync_id),
            };
            finish(connection, &head, &ending, &totals.counts).await
        })
        .await?;

    wake(worker, &step).await;
    Ok(())
}

/// The head of a sync that is to fail; without what it works by, where that is what cannot be read.
async fn head_of_the_failed(connection: &mut Connection, sync_id: i64) -> Result<Option<SyncHead>, Failure> {
    match syncs::head(connection, sync_id).await {
        Err(storage::Error::DeserializationError(_)) => Ok(syncs::bare_head(connection, sync_id).await?),
        head => Ok(head?),
    }
}

/// What to do with a pull that its partner stopped: later again, as far as that is allowed, or its end.
pub(crate) async fn interrupt(worker: &Worker, chunk: &Chunk, error_type: &str, message: &str) -> Result<(), Failure> {
    let mut connection = worker.connection().await?;
    let retried = connection
        .transaction(async |connection| {
            syncs::lock(connection, chunk.sync_id).await?;
            let Some(head) = syncs::head(connection, chunk.sync_id).await? else { return Ok(None) };

            let accepted: AcceptedData = serde_json::from_value(head.data.clone())
                .map_err(|e| Failure::fatal("request_unreadable", e.to_string()))?;
            if head.cancel_requested || !may_retry(worker, &head, &accepted.settings) {
                return Ok(None);
            }

            if !storage::runs::chunks::count(connection, chunk, &Counts::default(), true).await? {
                return Err(Failure::LeaseLost);
            }
            retry_later(connection, worker, &head).await.map(Some)
        })
        .await?;

    match retried {
        Some(step) => {
            wake(worker, &step).await;
            Ok(())
        }
        None => stop(worker, chunk, error_type, message).await,
    }
}
