//! Work that follows a commit and may be lost: permits, counts of repeats, the time of an integration's last webhook.

use std::collections::BTreeSet;
use std::time::Duration;

use service::CancellationToken;
use storage::webhooks::{self, Arrival, Repeat, Stored};
use storage::{Pool, pool};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::task::TaskTracker;

use super::permits::Permits;

/// `last_webhook_received_at` is written at most this often.
const EVERY: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(5);
/// Batches that may wait to be noted; more are forgotten.
const LINE: usize = 1_024;

/// The notes of one batch, or of several.
#[derive(Default)]
struct BatchNotes {
    integrations: BTreeSet<i64>,
    repeated: Vec<Repeated>,
}

struct Repeated {
    integration_id: i64,
    dedupe_key: String,
    different: bool,
}

/// Takes notes of commits.
#[derive(Clone)]
pub(super) struct Aftermath {
    permits: Permits,
    notes: mpsc::Sender<BatchNotes>,
}

impl Aftermath {
    /// Starts to write notes to the database, until `finish` fires.
    pub(super) fn start(pool: Pool, permits: Permits, tasks: &TaskTracker, finish: CancellationToken) -> Self {
        let (notes, receiver) = mpsc::channel(LINE);
        tasks.spawn(async move { finish.run_until_cancelled(write_all(pool, receiver)).await });
        Self { permits, notes }
    }

    /// Notes what a batch came to.
    pub(super) fn note<'a>(&self, batch: impl Iterator<Item = (&'a Arrival, Stored)>) {
        let mut notes = BatchNotes::default();
        let mut is_new = false;
        for (event, stored) in batch {
            notes.integrations.insert(event.integration_id);
            match stored {
                Stored::New => is_new = true,
                Stored::Duplicate => notes.repeat(event, false),
                Stored::Different => {
                    notes.repeat(event, true);
                    let integration_id = event.integration_id;
                    tracing::warn!(
                        integration_id,
                        "an event id came again with another body; the second body is not applied"
                    );
                }
            }
        }

        // A repeat has been applied already, or its permit is on its way.
        if is_new {
            self.permits.ask();
        }

        // A full line means that the database has more important things to do.
        let _ = self.notes.try_send(notes);
    }
}

impl Repeated {
    fn borrowed(&self) -> Repeat<'_> {
        Repeat { integration_id: self.integration_id, dedupe_key: &self.dedupe_key, different: self.different }
    }
}

impl BatchNotes {
    fn repeat(&mut self, event: &Arrival, different: bool) {
        let (integration_id, dedupe_key) = (event.integration_id, event.dedupe_key.clone());
        self.repeated.push(Repeated { integration_id, dedupe_key, different });
    }

    fn merge(&mut self, other: Self) {
        self.integrations.extend(other.integrations);
        self.repeated.extend(other.repeated);
    }
}

/// The first note is written at once, and what comes within the next second together.
async fn write_all(pool: Pool, mut noted: mpsc::Receiver<BatchNotes>) {
    while let Some(mut notes) = noted.recv().await {
        while let Ok(more) = noted.try_recv() {
            notes.merge(more);
        }
        match timeout(TIMEOUT, write_notes(&pool, &notes)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::info!(error = format!("{error:#}"), "repeats of webhooks were not counted"),
            Err(_) => tracing::info!("repeats of webhooks were not counted in time"),
        }
        sleep(EVERY).await;
    }
}

async fn write_notes(pool: &Pool, notes: &BatchNotes) -> anyhow::Result<()> {
    let mut connection = pool::get(pool).await?;
    let integrations: Vec<i64> = notes.integrations.iter().copied().collect();
    webhooks::touch_integrations(&mut connection, &integrations).await?;
    if !notes.repeated.is_empty() {
        let repeats: Vec<Repeat<'_>> = notes.repeated.iter().map(Repeated::borrowed).collect();
        webhooks::note_repeats(&mut connection, &repeats).await?;
    }
    Ok(())
}
