//! Events of a batch that failed, each in a transaction of its own. What fails again is put off, and in the end set
//! aside with its reason.

use super::batch::{apply_locked, set_aside};
use super::patience::{self, BrokenOff};
use crate::failure::Failure;
use crate::worker::Worker;
use std::time::Duration;
use storage::webhooks::{self, Event, PutOff};
use storage::{AsyncConnection, pool};

/// An event that failed so often is set aside.
const MOST_ATTEMPTS: i32 = 5;
/// The first wait after a failure; it doubles.
const FIRST_DELAY_SECONDS: f64 = 2.0;
/// The server ends what takes too long. This much later, nobody waits for its word any more.
const GRACE: Duration = Duration::from_secs(5);
const TOO_SLOW: &str = "the event took longer than GENIACS_WEBHOOK_TIMEOUT allows";

/// Applies these events one by one, until the worker is to stop. An error means that the database is in trouble, not an
/// event.
pub(super) async fn apply_each(worker: &Worker, ids: &[i64]) -> Result<(), Failure> {
    for id in ids {
        if worker.shutdown.is_cancelled() {
            return Ok(());
        }
        match apply(worker, *id).await {
            Ok(()) => {}
            Err(Failure::Stopping) => return Ok(()),
            Err(Failure::Pool(error)) => return Err(error.into()),
            Err(error) if super::is_passing(&error) => return Err(error),
            Err(error) => put_off(worker, *id, &error).await?,
        }
    }
    Ok(())
}

async fn apply(worker: &Worker, id: i64) -> Result<(), Failure> {
    let timeout = worker.settings.webhooks.timeout;
    let mut connection = worker.connection().await?;
    let work = connection.transaction(async |connection| {
        pool::limit_statements(connection, timeout).await?;
        let event = webhooks::lock_one(connection, id).await?;
        apply_locked(connection, event.as_slice()).await
    });
    let broken_off = match patience::within(worker, timeout + GRACE, work).await {
        Ok(applied) => return applied,
        Err(broken_off) => broken_off,
    };
    drop(pool::take(connection));
    Err(match broken_off {
        BrokenOff::TooSlow => Failure::fatal("timeout", TOO_SLOW),
        BrokenOff::Stopping => Failure::Stopping,
    })
}

/// Puts an event off after a failure of its own, or sets it aside.
async fn put_off(worker: &Worker, id: i64, error: &Failure) -> Result<(), Failure> {
    let (outcome, message) = reason(error);
    let mut connection = worker.connection().await?;
    connection
        .transaction(async |connection| {
            let Some(event) = webhooks::lock_one(connection, id).await? else { return Ok(()) };
            match later(&event, outcome, message.clone()) {
                Some(later) => webhooks::put_off(connection, &[later]).await?,
                None => webhooks::conclude(connection, &[set_aside(&event, outcome, message)]).await?,
            }
            Ok(())
        })
        .await
}

fn reason(error: &Failure) -> (&'static str, String) {
    match error {
        Failure::Database(error) if storage::is_lock_timeout(error) => {
            ("timeout", "something else held the event's record for too long".to_owned())
        }
        Failure::Database(error) if storage::is_statement_timeout(error) => ("timeout", TOO_SLOW.to_owned()),
        Failure::Fatal { error_type: "timeout", message } => ("timeout", message.clone()),
        error => ("error", error.to_string()),
    }
}

/// When an event is tried again; none after its last attempt.
pub(super) fn later(event: &Event, outcome: &'static str, error: String) -> Option<PutOff> {
    let delay_seconds = FIRST_DELAY_SECONDS * 2f64.powi(event.processing_attempts);
    (event.processing_attempts + 1 < MOST_ATTEMPTS).then_some(PutOff { id: event.id, delay_seconds, outcome, error })
}
