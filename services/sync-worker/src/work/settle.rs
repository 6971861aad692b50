//! After a chunk that did not come to its end: give it back, put it off, or end its sync.

use crate::failure::Failure;
use crate::limits::PutOff;
use crate::plan;
use crate::trail::Trail;
use crate::worker::Worker;
use geniacs::PartnerError;
use storage::chunks::{self, Chunk, Release};
use storage::{AsyncConnection, Connection, logs};

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
    let mut connection = worker.connection().await?;
    match failure {
        Failure::LeaseLost => tracing::info!("the lease was lost; another worker goes on"),
        Failure::Stopping => {
            let how = Release { unconfirmed: true, ..Release::default() };
            chunks::release(&mut connection, chunk, &how).await?;
        }
        Failure::Database(error) => {
            tracing::warn!(%error, "a statement failed; the chunk is given back");
            let message = "a statement failed; it is tried again";
            // Whatever was sent before it failed has an outcome that nobody stored.
            let error = Some(("database_error", message));
            let how = Release { delay_seconds: 1.0, unconfirmed: true, error, ..Release::default() };
            give_back(&mut connection, chunk, trail, &how, 1.0).await?;
        }
        Failure::Pool(error) => tracing::warn!(%error, "no connection; the lease runs out"),
        Failure::Partner(error) => outage(worker, &mut connection, chunk, trail, &error).await?,
        Failure::Fatal { error_type, message } => plan::fail(worker, chunk, error_type, &message).await?,
    }
    Ok(())
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
        PutOff::at_once(error.retry_after().map_or_else(|| backoff(worker, chunk.attempt), |d| d.as_secs_f64()))
    });
    let message = error.to_string();
    let how = Release {
        delay_seconds,
        counts_as_attempt: put_off.is_none(),
        unconfirmed: error.outcome_unknown(),
        error: Some((error.error_type(), &message)),
    };
    give_back(connection, chunk, trail, &how, wake_seconds).await
}

/// Seconds before attempt number `attempt + 1` of a chunk.
pub(crate) fn backoff(worker: &Worker, attempt: i32) -> f64 {
    let steps = &worker.settings.retry.chunk_backoff;
    let step = usize::try_from(attempt).unwrap_or(0).min(steps.len().saturating_sub(1));
    let seconds = steps.get(step).map_or(30.0, std::time::Duration::as_secs_f64);
    // Not all chunks of an outage at once.
    seconds * rand::random_range(0.8..=1.0)
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
