//! After a chunk that did not come to its end: give it back, put it off, or end its sync.

use crate::failure::Failure;
use crate::plan;
use crate::trail::Trail;
use crate::worker::Worker;
use geniacs::PartnerError;
use storage::chunks::{self, Chunk, Release};
use storage::{AsyncConnection, Connection, logs, syncs};

pub(crate) async fn after(worker: &Worker, chunk: &Chunk, failure: Failure, trail: &Trail) {
    if let Err(error) = settle(worker, chunk, failure, trail).await {
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
            give_back(&mut connection, chunk, trail, (1.0, true), ("database_error", message)).await?;
        }
        Failure::Pool(error) => tracing::warn!(%error, "no connection; the lease runs out"),
        Failure::Partner(PartnerError::Throttled { retry_after }) => {
            throttled(&mut connection, chunk, trail, retry_after.as_secs_f64()).await?;
        }
        Failure::Partner(error) if error.is_put_off() => {
            let seconds = error.retry_after().unwrap_or_default().as_secs_f64();
            give_back(&mut connection, chunk, trail, (seconds, false), (error.error_type(), &error.to_string()))
                .await?;
        }
        Failure::Partner(error) => outage(worker, &mut connection, chunk, trail, &error).await?,
        Failure::Fatal { error_type, message } => plan::fail(worker, chunk, error_type, &message).await?,
    }
    Ok(())
}

/// The whole integration waits, and the attempt does not count.
async fn throttled(connection: &mut Connection, chunk: &Chunk, trail: &Trail, seconds: f64) -> Result<(), Failure> {
    syncs::postpone(connection, chunk.integration_id, seconds, "throttled").await?;
    let message = PartnerError::Throttled { retry_after: std::time::Duration::from_secs_f64(seconds) }.to_string();
    give_back(connection, chunk, trail, (seconds, false), ("throttled", &message)).await
}

async fn outage(
    worker: &Worker,
    connection: &mut Connection,
    chunk: &Chunk,
    trail: &Trail,
    error: &PartnerError,
) -> Result<(), Failure> {
    let delay = error.retry_after().map_or_else(|| backoff(worker, chunk.attempt), |d| d.as_secs_f64());
    let message = error.to_string();
    give_back(connection, chunk, trail, (delay, error.outcome_unknown()), (error.error_type(), &message)).await
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
    (delay_seconds, unconfirmed): (f64, bool),
    error: (&str, &str),
) -> Result<(), Failure> {
    let counts_as_attempt = !matches!(error.0, "throttled" | "held_back" | "database_error");
    let how = Release { delay_seconds, counts_as_attempt, unconfirmed, error: Some(error) };
    let mut entries = trail.take();
    // A call that failed tells it better, and one that was never made is no news.
    if error.0 != "held_back" && !entries.iter().any(|entry| entry.message == error.1) {
        entries.push(logs::Entry { level: "warning", message: error.1.to_owned(), ..logs::Entry::default() });
    }
    connection
        .transaction(async |connection| {
            if chunks::release(connection, chunk, &how).await? {
                storage::outbox::add_later_work_permit(connection, delay_seconds).await?;
            }
            // The calls were made, whoever has the chunk now.
            logs::add(connection, chunk.integration_id, Some(chunk.sync_id), &entries).await?;
            Ok::<_, storage::Error>(())
        })
        .await?;
    tracing::info!(error_type = error.0, delay_seconds, "the chunk is put off");
    Ok(())
}
