//! After a chunk that did not come to its end: give it back, put it off, or end its sync.

use crate::failure::{Failure, Follows, Step, Work, backoff, follows};
use crate::limits::PutOff;
use crate::plan;
use crate::trail::Trail;
use crate::worker::Worker;
use geniacs::PartnerError;
use storage::runs::chunks::{self, Chunk, Release};
use storage::runs::logs;
use storage::{AsyncConnection, Connection};

/// Attempts of a chunk whose run cannot be read.
const ATTEMPTS: u32 = 3;
/// The longest wait for a database in trouble, in seconds.
const LONGEST_SETBACK: f64 = 60.0;

pub(crate) async fn after(worker: &Worker, chunk: &Chunk, failure: Failure, trail: &Trail) {
    let lost = matches!(failure, Failure::LeaseLost);
    let settled = match settle(worker, chunk, failure, trail).await {
        Ok(()) if !lost => plan::leave_if_cancelled(worker, chunk.sync_id).await,
        other => other,
    };

    if let Err(error) = settled {
        // The lease runs out by itself, and somebody takes the chunk up.
        tracing::warn!(%error, "the chunk could not be given back");
    }
}

async fn settle(worker: &Worker, chunk: &Chunk, failure: Failure, trail: &Trail) -> Result<(), Failure> {
    let is_last = attempts_end(worker, chunk, &failure);
    let next = follows(&failure, Work { step: Step::Plan, several: false, is_last });

    match (next, &failure) {
        (Follows::Leave, _) => {
            tracing::info!("the lease was lost; another worker goes on");
            Ok(())
        }
        (Follows::GiveBack, _) => {
            let how = Release { unconfirmed: true, ..Release::default() };
            chunks::release(&mut *worker.connection().await?, chunk, &how).await?;
            Ok(())
        }
        // The partner's own words and pauses say when.
        (Follows::PutOff | Follows::Retry, Failure::Partner(error)) => {
            outage(worker, &mut *worker.connection().await?, chunk, trail, error).await
        }
        (Follows::PutOff, _) => {
            let seconds = setback_delay(chunk.setbacks);
            tracing::warn!(%failure, seconds, "the database is in trouble; the chunk waits");
            let how = Release { delay_seconds: seconds, is_setback: true, ..interrupted(&failure) };
            give_back(&mut *worker.connection().await?, chunk, trail, &how, seconds).await
        }
        (Follows::Retry, _) => {
            let seconds = backoff(&worker.settings.retry, chunk.attempt);
            tracing::warn!(%failure, attempt = chunk.attempt + 1, "a chunk failed; it is tried again");
            let how = Release { delay_seconds: seconds, counts_as_attempt: true, ..interrupted(&failure) };
            give_back(&mut *worker.connection().await?, chunk, trail, &how, seconds).await
        }
        (Follows::StopRun | Follows::Split | Follows::FailRecord | Follows::SetAside, _) => {
            trail.flush().await;
            plan::fail(worker, chunk, failure.error_type(), &failure.to_string()).await
        }
    }
}

/// Whether a chunk has no attempt left. A failure of the partner's is counted where its requests are made.
fn attempts_end(worker: &Worker, chunk: &Chunk, failure: &Failure) -> bool {
    let allowed = worker.runs.peek(chunk.sync_id).map_or(ATTEMPTS, |run| run.frozen.settings.max_attempts);
    !matches!(failure, Failure::Partner(_)) && u32::try_from(chunk.attempt + 1).is_ok_and(|next| next >= allowed)
}

/// Whatever was sent before the failure has an outcome that nobody stored.
fn interrupted(failure: &Failure) -> Release<'static> {
    let message = match failure {
        Failure::Database(_) | Failure::Pool(_) => "a statement failed; it is tried again",
        _ => "what is stored of the run cannot be read; it is tried again",
    };
    Release { unconfirmed: true, error: Some(("database_error", message)), ..Release::default() }
}

/// Seconds before a chunk is taken up again after so many setbacks in a row.
fn setback_delay(setbacks: i32) -> f64 {
    let seconds = 2f64.powi(setbacks.clamp(0, 16)).min(LONGEST_SETBACK);
    seconds * rand::random_range(0.8..=1.0)
}

/// Tries it again later. What only has to wait for its partner is no attempt.
async fn outage(
    worker: &Worker,
    connection: &mut Connection,
    chunk: &Chunk,
    trail: &Trail,
    error: &PartnerError,
) -> Result<(), Failure> {
    let put_off = worker.limits.put_off(chunk.integration_id, error);

    let PutOff { delay_seconds, wake_seconds } = put_off.unwrap_or_else(|| {
        PutOff::at_once(
            error.retry_after().map_or_else(|| backoff(&worker.settings.retry, chunk.attempt), |d| d.as_secs_f64()),
        )
    });
    let message = error.to_string();

    let how = Release {
        delay_seconds,
        counts_as_attempt: put_off.is_none(),
        is_setback: false,
        unconfirmed: error.outcome_unknown(),
        error: Some((error.error_type(), &message)),
    };
    give_back(connection, chunk, trail, &how, wake_seconds).await
}

async fn give_back(
    connection: &mut Connection,
    chunk: &Chunk,
    trail: &Trail,
    how: &Release<'_>,
    wake_seconds: f64,
) -> Result<(), Failure> {
    let (error_type, message) = how.error.unwrap_or_default();
    let mut entries = trail.take();

    // A call that failed tells it better, and one that was never made is no news.
    if error_type != "held_back" && !entries.iter().any(|entry| entry.message == message) {
        entries.push(logs::Entry { level: "warning", message: message.to_owned(), ..logs::Entry::default() });
    }

    connection
        .transaction(async |connection| {
            if chunks::release(connection, chunk, how).await? {
                storage::outbox::add_later_work_permit(connection, wake_seconds).await?;
            }
            // The calls were made, whoever has the chunk now.
            logs::add(connection, chunk.integration_id, Some(chunk.sync_id), &entries).await?;
            Ok::<_, storage::Error>(())
        })
        .await?;

    tracing::info!(error_type, wake_seconds, "the chunk is put off");
    Ok(())
}
