//! The database as far as events need it: whether it is there, and a statement that ends in time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool::managed::Object;
use storage::sqlstate::is_data_error;
use storage::webhooks::{self, Arrival, Stored};
use storage::{Pool, PooledConnection, is_serialization_conflict, pool};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::metrics;

/// Time between attempts to reach a database that was away.
const PROBE_EVERY: Duration = Duration::from_millis(250);
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);
/// Two batches may hold copies of the same events in opposite order; one of them is told to try again.
const ATTEMPTS: usize = 3;

/// Why events are not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotStored {
    /// The database is away, or too slow. They may be stored all the same.
    Away(String),
    /// The database refuses at least one of them for what it holds.
    Refused,
}

/// The database and whether it answers.
pub(super) struct Database {
    pool: Pool,
    away: AtomicBool,
    lost: Notify,
}

impl Database {
    pub(super) fn new(pool: Pool) -> Self {
        Self { pool, away: AtomicBool::new(false), lost: Notify::new() }
    }

    /// Whether it was away a moment ago, so that trying it costs only time.
    pub(super) fn is_away(&self) -> bool {
        self.away.load(Ordering::Relaxed)
    }

    /// Stores events in one statement, until the deadline.
    pub(super) async fn store(&self, events: &[&Arrival], deadline: Instant) -> Result<Vec<Stored>, NotStored> {
        let stored = self.store_within(events, deadline).await;
        if let Err(NotStored::Away(reason)) = &stored
            // Only the first failure is told and starts the probe; others may fail at the same time.
            && !self.away.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(reason, "the database takes no webhooks; they go to the broker until it is back");
            metrics::database_away();
            self.lost.notify_one();
        }
        stored
    }

    async fn store_within(&self, events: &[&Arrival], deadline: Instant) -> Result<Vec<Stored>, NotStored> {
        let mut connection = match timeout_at(deadline, pool::get(&self.pool)).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Err(NotStored::Away(error.to_string())),
            Err(_) => return Err(NotStored::Away("no connection in time".to_owned())),
        };

        match timeout_at(deadline, store_at_last(&mut connection, events)).await {
            Ok(Ok(stored)) => Ok(stored),
            Ok(Err(error)) if is_data_error(&error) => Err(NotStored::Refused),
            Ok(Err(error)) => Err(NotStored::Away(error.to_string())),
            Err(_) => {
                // A statement is under way on it: nobody else gets this connection.
                drop(Object::take(connection));
                Err(NotStored::Away("the statement did not end in time".to_owned()))
            }
        }
    }

    /// Watches a database that went away, for ever, until it answers again.
    pub(super) async fn probe(&self) {
        loop {
            self.lost.notified().await;
            // Not at once: a database that answers and yet takes nothing is not tried by every batch.
            sleep(PROBE_EVERY).await;
            while !self.answers().await {
                sleep(PROBE_EVERY).await;
            }

            self.away.store(false, Ordering::Relaxed);
            tracing::info!("the database takes webhooks again");
        }
    }

    async fn answers(&self) -> bool {
        // A connection is checked when it is lent.
        timeout(PROBE_TIMEOUT, pool::get(&self.pool)).await.is_ok_and(|connection| connection.is_ok())
    }
}

async fn store_at_last(connection: &mut PooledConnection, events: &[&Arrival]) -> storage::Result<Vec<Stored>> {
    let mut attempt = 1;
    loop {
        match webhooks::store(connection, events).await {
            Err(error) if attempt < ATTEMPTS && is_serialization_conflict(&error) => attempt += 1,
            done => return done,
        }
    }
}
