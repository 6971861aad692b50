//! From a gathered batch to the outcome of each of its events.

use std::sync::Arc;
use std::time::Duration;

use service::CancellationToken;
use storage::webhooks::{Arrival, Stored};
use tokio::sync::{Mutex, mpsc};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::aftermath::Aftermath;
use super::batch::{self, Storing};
use super::database::{Database, NotStored};
use super::handover::Handover;
use super::{EventOutcome, Waiting};
use crate::metrics;

/// The database's part of the 2.8 s that an event may take; the rest is the broker's.
const DATABASE_TIME: Duration = Duration::from_secs(2);
/// It gets at least this, however long an event stood in line.
const DATABASE_TIME_AT_LEAST: Duration = Duration::from_millis(500);

/// One of those that store batches.
pub(super) struct Committer {
    database: Arc<Database>,
    handover: Handover,
    aftermath: Aftermath,
    tasks: TaskTracker,
    storing: Storing,
}

impl Committer {
    pub(super) fn new(
        database: Arc<Database>,
        handover: Handover,
        aftermath: Aftermath,
        tasks: TaskTracker,
        storing: Storing,
    ) -> Self {
        Self { database, handover, aftermath, tasks, storing }
    }

    /// Stores batches until `finish` fires. The committers take turns in gathering.
    pub(super) async fn run(self, line: Arc<Mutex<mpsc::Receiver<Waiting>>>, finish: CancellationToken) {
        let next = async || batch::gather_batch(&mut *line.lock().await, &self.storing).await;
        while let Some(Some(mut batch)) = finish.run_until_cancelled(next()).await {
            // A sender that has left was told nothing, so nothing is lost with its event.
            batch.retain(Waiting::is_awaited);
            if !batch.is_empty() {
                metrics::count_batch(batch.len());
                self.commit(batch).await;
            }
        }
    }

    async fn commit(&self, batch: Vec<Waiting>) {
        // Without this, every batch would wait for the database first and use up the sender's patience.
        if self.database.is_away() && self.handover.is_possible() {
            return self.hand_over(batch);
        }

        let _storing = self.storing.begin();

        let arrivals: Vec<&Arrival> = batch.iter().map(|waiting| &waiting.event.arrival).collect();

        match self.database.store(&arrivals, deadline_of(&batch)).await {
            Ok(stored) => self.tell(batch, &stored),
            Err(NotStored::Away(_)) => self.hand_over(batch),
            Err(NotStored::Refused) => self.commit_each(batch).await,
        }
    }

    /// One event that cannot be stored does not fail the others.
    async fn commit_each(&self, batch: Vec<Waiting>) {
        for waiting in batch {
            let deadline = deadline_of(std::slice::from_ref(&waiting));
            match self.database.store(&[&waiting.event.arrival], deadline).await {
                Ok(stored) => self.tell(vec![waiting], &stored),
                Err(NotStored::Away(_)) => self.hand_over(vec![waiting]),
                Err(NotStored::Refused) => {
                    tracing::warn!(integration_id = waiting.event.arrival.integration_id, "an event cannot be stored");
                    waiting.tell(EventOutcome::Unstorable);
                }
            }
        }
    }

    fn tell(&self, batch: Vec<Waiting>, stored: &[Stored]) {
        self.aftermath.note(batch.iter().map(|waiting| &waiting.event.arrival).zip(stored.iter().copied()));
        for (waiting, stored) in batch.into_iter().zip(stored) {
            waiting.tell(EventOutcome::Stored(*stored));
        }
    }

    /// The broker is waited for elsewhere; the next batch need not.
    fn hand_over(&self, batch: Vec<Waiting>) {
        let handover = self.handover.clone();
        self.tasks.spawn(async move { handover.hand_over(batch).await });
    }
}

fn deadline_of(batch: &[Waiting]) -> Instant {
    let now = Instant::now();
    let oldest = batch.iter().map(|waiting| waiting.event.began).min().unwrap_or(now);
    (oldest + DATABASE_TIME).max(now + DATABASE_TIME_AT_LEAST)
}
