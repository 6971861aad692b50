//! Reads the secrets: every few seconds, and for those who ask.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use secrets::KeyRing;
use storage::webhooks::webhook_secrets::{self, WebhookSecretRow};
use storage::{Pool, pool};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::cache::{AllSecrets, Cache};
use super::known::KnownSecret;

/// The longest that a change stays unnoticed where nothing asks.
const EVERY: Duration = Duration::from_secs(5);
/// The least between the beginnings of two readings, however many ask.
const DISTANCE: Duration = Duration::from_millis(200);
/// A reading that takes longer counts as failed: whoever waits has a deadline.
const TIMEOUT: Duration = Duration::from_secs(1);

/// The result of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// It began after it was asked for.
    Fresh,
    /// The database is away; what was known stays.
    Failed,
    /// Too many asked.
    NotNow,
}

pub(super) struct Reader {
    pool: Pool,
    keys: Arc<KeyRing>,
    cache: Cache,
    asked: mpsc::Receiver<oneshot::Sender<Reading>>,
}

impl Reader {
    pub(super) fn new(
        pool: Pool,
        keys: Arc<KeyRing>,
        cache: Cache,
        asked: mpsc::Receiver<oneshot::Sender<Reading>>,
    ) -> Self {
        Self { pool, keys, cache, asked }
    }

    /// Reads for ever. The next reading begins as soon as somebody asks, but not before its distance.
    pub(super) async fn run(mut self) {
        loop {
            let earliest = Instant::now() + DISTANCE;
            let mut waiting = Vec::new();
            tokio::select! {
                () = sleep(EVERY) => {}
                Some(reply) = self.asked.recv() => {
                    waiting.push(reply);
                    sleep_until(earliest).await;
                }
            }
            while let Ok(reply) = self.asked.try_recv() {
                waiting.push(reply);
            }
            let reading = self.try_read().await;
            for reply in waiting {
                // The caller may have left.
                let _ = reply.send(reading);
            }
        }
    }

    async fn try_read(&mut self) -> Reading {
        match self.read().await {
            Ok(()) => Reading::Fresh,
            Err(error) => {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "webhook secrets could not be read; those known stay in use"
                );
                Reading::Failed
            }
        }
    }

    /// Reads once.
    pub(super) async fn read(&mut self) -> anyhow::Result<()> {
        let rows = timeout(TIMEOUT, self.rows()).await.context("the database did not answer in time")??;
        let known = self.cache.all();
        self.cache.replace(rows.into_iter().filter_map(|row| self.open(&known, row)).collect());
        Ok(())
    }

    async fn rows(&self) -> anyhow::Result<Vec<WebhookSecretRow>> {
        let mut connection = pool::get(&self.pool).await?;
        Ok(webhook_secrets::all(&mut connection).await?)
    }

    /// Opens what has changed. A secret that cannot be opened is not used, in any form.
    fn open(&self, known: &AllSecrets, row: WebhookSecretRow) -> Option<(i64, Arc<KnownSecret>)> {
        let id = row.id;
        // Opening costs time, and few secrets change.
        if let Some(same) = known.get(&id).filter(|known| known.is_same(&row)) {
            return Some((id, same.clone()));
        }

        match KnownSecret::open(&self.keys, row) {
            Ok(opened) => Some((id, Arc::new(opened))),
            Err(error) => {
                tracing::error!(integration_id = id, %error, "an integration's webhooks cannot be verified");
                None
            }
        }
    }
}
