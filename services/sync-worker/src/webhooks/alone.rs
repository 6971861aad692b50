//! Events of a batch that failed, each in a transaction of its own. What fails again is put off, and in the end set
//! aside with its reason.

use super::batch::{apply_locked, aside};
use super::patience::{self, BrokenOff};
use crate::failure::{Failure, Follows, Step, Work, follows};
use crate::worker::Worker;
use std::time::Duration;
use storage::webhooks::{self, Event, PutOff};
use storage::{AsyncConnection, pool};

/// An event that failed so often is set aside.
const MOST_ATTEMPTS: i32 = 5;
/// The first wait after a failure; it doubles.
pub(super) const FIRST_DELAY_SECONDS: f64 = 2.0;
/// The server ends what takes too long. This much later, nobody waits for its word any more.
const GRACE: Duration = Duration::from_secs(5);
const TIMEOUT: &str = "timeout";
const HELD: &str = "another transaction holds the event's record; it waits until that has ended";
const TOO_SLOW: &str = "the event took longer than GENIACS_WEBHOOK_TIMEOUT allows";

/// An event that is tried alone waits so long for a row that another transaction holds…
pub(super) const LOCK_WAIT: Duration = Duration::from_secs(1);
/// …and those after it only so long: many may need the same row.
const FURTHER_LOCK_WAIT: Duration = Duration::from_millis(100);

/// Applies these events one by one, until the worker is to stop. An error means that the database is in trouble, not an
/// event.
pub(super) async fn apply_each(worker: &Worker, ids: &[i64]) -> Result<(), Failure> {
    let mut lock_wait = LOCK_WAIT;
    for id in ids {
        if worker.shutdown.is_cancelled() {
            return Ok(());
        }

        let failure = match apply(worker, *id, lock_wait).await {
            Ok(()) => continue,
            Err(failure) => failure,
        };

        match follows(&failure, Work { step: Step::Event, several: false, is_last: false }) {
            Follows::GiveBack | Follows::Leave => return Ok(()),
            Follows::PutOff if is_lock_wait(&failure) => {
                lock_wait = FURTHER_LOCK_WAIT;
                let mut connection = worker.connection().await?;
                webhooks::let_wait(&mut connection, *id, TIMEOUT, HELD).await?;
            }
            Follows::PutOff => return Err(failure),
            _ => put_off(worker, *id, &failure).await?,
        }
    }
    Ok(())
}

async fn apply(worker: &Worker, id: i64, lock_wait: Duration) -> Result<(), Failure> {
    let timeout = worker.settings.webhooks.timeout;
    let mut connection = worker.connection().await?;

    let work = connection.transaction(async |connection| {
        pool::limit_statements(connection, timeout, lock_wait.min(timeout)).await?;
        let event = webhooks::lock_one(connection, id).await?;
        apply_locked(connection, event.into_iter().collect()).await
    });

    let broken_off = match patience::within(worker, timeout + GRACE, work).await {
        Ok(applied) => return applied,
        Err(broken_off) => broken_off,
    };

    // What was broken off leaves its transaction open, so the connection is closed and not given back.
    drop(pool::take(connection));
    Err(match broken_off {
        BrokenOff::TooSlow => Failure::TooSlow(TOO_SLOW),
        BrokenOff::Stopping => Failure::Stopping,
    })
}

/// Puts an event off after a failure of its own, or sets it aside.
async fn put_off(worker: &Worker, id: i64, failure: &Failure) -> Result<(), Failure> {
    let (outcome, message) = reason(failure);
    let mut connection = worker.connection().await?;

    connection
        .transaction(async |connection| {
            let Some(event) = webhooks::lock_one(connection, id).await? else { return Ok(()) };
            match again(id, event.processing_attempts, outcome, message.clone()) {
                Some(later) => webhooks::put_off(connection, &[later]).await?,
                None => webhooks::conclude(connection, &[aside(id, outcome, message)]).await?,
            }
            Ok(())
        })
        .await
}

fn is_lock_wait(failure: &Failure) -> bool {
    matches!(failure, Failure::Database(error) if storage::is_lock_timeout(error))
}

fn reason(failure: &Failure) -> (&'static str, String) {
    match failure {
        Failure::Database(error) if storage::is_statement_timeout(error) => (TIMEOUT, TOO_SLOW.to_owned()),
        Failure::TooSlow(reason) => (TIMEOUT, (*reason).to_owned()),
        failure => ("error", failure.to_string()),
    }
}

/// When an event is tried again after an attempt that failed; none after its last one.
pub(super) fn later(event: &Event, outcome: &'static str, error: String) -> Option<PutOff> {
    again(event.id, event.processing_attempts, outcome, error)
}

/// The same by the event's number and the attempts that failed before.
pub(super) fn again(id: i64, attempts: i32, outcome: &'static str, error: String) -> Option<PutOff> {
    let delay_seconds = FIRST_DELAY_SECONDS * 2f64.powi(attempts);
    (attempts + 1 < MOST_ATTEMPTS).then_some(PutOff { id, delay_seconds, outcome, error })
}
