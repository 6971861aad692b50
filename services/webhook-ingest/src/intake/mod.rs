//! Makes verified events durable: gathered into batches and stored, or handed to the broker while the database is away.

mod aftermath;
mod batch;
mod committer;
mod database;
mod handover;
mod permits;

use std::sync::Arc;
use std::time::Duration;

use broker::Broker;
use bytes::Bytes;
use service::CancellationToken;
use service::http::HeldBody;
use storage::Pool;
use storage::webhooks::{Arrival, Stored};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::{Instant, timeout_at};
use tokio_util::task::TaskTracker;
use tracing::Span;

use aftermath::Aftermath;
use batch::Storing;
use committer::Committer;
use database::Database;
use handover::Handover;

/// Events that may wait for a committer; more are told to come again.
const LINE: usize = 4_096;
/// Batches in flight at once: while one is stored, another is gathered.
const COMMITTERS: usize = 2;
/// From the arrival of a whole request to its outcome, at most; the answer is there within 3 s.
const PATIENCE: Duration = Duration::from_millis(2_800);

/// A verified event on its way.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) arrival: Arrival,
    /// The raw bytes that the signature covers.
    pub(crate) body: Bytes,
    /// When its request had come, with its whole body.
    pub(crate) began: Instant,
    /// Its request's span.
    pub(crate) span: Span,
    /// What its body takes of the memory for bodies, until it is kept, also when its sender has left.
    #[expect(dead_code, reason = "it is held, not read")]
    pub(crate) held: HeldBody,
}

/// The outcome of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventOutcome {
    /// It is committed, or was already.
    Stored(Stored),
    /// The broker has confirmed it with its body.
    Handed,
    /// The database refuses what it holds.
    Unstorable,
    /// Too many wait already.
    Overloaded,
    /// Neither database nor broker took it in time.
    Nowhere,
}

/// An event and whoever waits for its outcome.
#[derive(Debug)]
pub(crate) struct Waiting {
    event: Event,
    reply: oneshot::Sender<EventOutcome>,
}

/// The way in.
pub(crate) struct Intake {
    line: mpsc::Sender<Waiting>,
}

impl Intake {
    /// Starts what works for the requests, until `finish` fires. It runs on the current runtime, and so outlives any
    /// request: a client that leaves tears nothing apart.
    pub(crate) fn start(pool: Pool, broker: Broker, tasks: &TaskTracker, finish: CancellationToken) -> Self {
        let (line, waiting) = mpsc::channel(LINE);
        let waiting = Arc::new(Mutex::new(waiting));
        let permits = permits::start_permits(broker.clone(), tasks, finish.clone());
        let aftermath = Aftermath::start(pool.clone(), permits, tasks, finish.clone());
        let database = Arc::new(Database::new(pool));
        let handover = Handover::new(broker);
        let storing = Storing::new();
        for _ in 0..COMMITTERS {
            let (database, handover, storing) = (database.clone(), handover.clone(), storing.clone());
            let committer = Committer::new(database, handover, aftermath.clone(), tasks.clone(), storing);
            tasks.spawn(committer.run(waiting.clone(), finish.clone()));
        }
        let probing = async move { database.probe().await };
        tasks.spawn(async move { finish.run_until_cancelled(probing).await });
        Self { line }
    }

    /// Makes an event durable, or says why not, within [`PATIENCE`] of its arrival.
    pub(crate) async fn keep(&self, event: Event) -> EventOutcome {
        let deadline = event.began + PATIENCE;
        let (reply, outcome) = oneshot::channel();
        if self.line.try_send(Waiting { event, reply }).is_err() {
            // A full line means more events than can be stored in time. The sender tries again later.
            return EventOutcome::Overloaded;
        }

        match timeout_at(deadline, outcome).await {
            Ok(Ok(outcome)) => outcome,
            _ => EventOutcome::Nowhere,
        }
    }
}

impl Waiting {
    /// Tells the outcome. The sender may have left; a kept event stays kept.
    fn tell(self, outcome: EventOutcome) {
        let _ = self.reply.send(outcome);
    }

    fn is_awaited(&self) -> bool {
        !self.reply.is_closed()
    }
}
