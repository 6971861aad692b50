//! What a chunk's calls of the partner leave in `geniacs_sync_logs`: every failure, one success in a hundred and the
//! first of a sync, with request and answer, masked. The rows travel with the statements that settle the chunk.

use crate::limits::ChunkGate;
use crate::masking;
use crate::run::Run;
use geniacs::{Client, Exchange, Gate, Witness};
use serde_json::json;
use service::settings::LogLevel;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use storage::runs::chunks::Chunk;
use storage::runs::logs::{self, Entry};
use storage::{Pool, pool};

/// One success in so many is kept.
const ONE_IN: u64 = 100;

/// The entries of one chunk that are not stored yet.
pub(crate) struct Trail {
    chunk: Chunk,
    gate: ChunkGate,
    pool: Pool,
    least: LogLevel,
    /// Successes of this process.
    successes: Arc<AtomicU64>,
    entries: Mutex<Vec<Entry>>,
}

impl Trail {
    pub(crate) fn of(
        chunk: &Chunk,
        gate: ChunkGate,
        pool: Pool,
        least: LogLevel,
        successes: Arc<AtomicU64>,
    ) -> Arc<Self> {
        Arc::new(Self { chunk: chunk.clone(), gate, pool, least, successes, entries: Mutex::default() })
    }

    /// The run's client, its calls let through or held back, and written down here.
    pub(crate) fn client(self: &Arc<Self>, run: &Arc<Run>) -> Client {
        let gate = self.gate.of_account(run.integration_version, run.limited);
        let watcher = Arc::new(Watcher { trail: self.clone(), run: run.clone() });
        run.client.by_clock(gate.clock()).watched_by(watcher).gated_by(Arc::new(gate))
    }

    /// The chunk came to its end.
    pub(crate) async fn end(&self) {
        self.gate.end().await;
        self.flush().await;
    }

    /// Whether failures from now on are the chunk's own records', and say nothing about the partner.
    pub(crate) fn own_failures(&self, own: bool) {
        self.gate.own_failures(own);
    }

    /// What is to be stored now. If that fails, it comes back by [`Trail::put_back`].
    pub(crate) fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut *self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn put_back(&self, entries: Vec<Entry>) {
        let mut kept = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        kept.splice(0..0, entries);
    }

    /// Stores what no settlement has taken along.
    pub(crate) async fn flush(&self) {
        let entries = self.take();
        if entries.is_empty() {
            return;
        }

        let stored = match pool::get(&self.pool).await {
            Ok(mut connection) => {
                logs::add(&mut connection, self.chunk.integration_id, Some(self.chunk.sync_id), &entries)
                    .await
                    .map_err(|error| error.to_string())
            }
            Err(error) => Err(error.to_string()),
        };

        if let Err(error) = stored {
            tracing::warn!(error, entries = entries.len(), "log entries were lost");
        }
    }

    /// The level at which a call is stored, if it is.
    fn level(&self, exchange: &Exchange, run: &Run) -> Option<LogLevel> {
        let level = match &exchange.error {
            Some(error) if error.is_fatal_for_sync() => LogLevel::Error,
            Some(_) => LogLevel::Warning,
            None if self.is_sample(run) => LogLevel::Info,
            None => LogLevel::Debug,
        };
        (level >= self.least).then_some(level)
    }

    fn is_sample(&self, run: &Run) -> bool {
        let hundredth = (self.successes.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(ONE_IN);
        run.is_first_success() || hundredth
    }

    fn note(&self, level: LogLevel, exchange: &Exchange) {
        let request = masking::request(exchange);
        let response = masking::response(&exchange.response);
        let milliseconds = i32::try_from(exchange.duration.as_millis()).unwrap_or(i32::MAX);

        let context = json!({
            "sync_id": self.chunk.sync_id,
            "chunk_id": self.chunk.id,
            "attempt": self.chunk.attempt + 1,
            "records": request.records.or(response.records),
            "method": exchange.method,
            "path": exchange.path,
            "error_type": exchange.error.as_ref().map(geniacs::PartnerError::error_type),
        });

        let entry = Entry {
            level: level.as_str(),
            message: sentence(exchange, milliseconds),
            context: Some(context),
            request_data: request.masked,
            response_data: response.masked,
            duration_ms: Some(milliseconds),
            status_code: exchange.status.map(i32::from),
        };

        self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }
}

fn sentence(exchange: &Exchange, milliseconds: i32) -> String {
    let Exchange { method, path, .. } = exchange;
    match &exchange.error {
        Some(error) => error.to_string(),
        None => format!("Geniacs answered {method} {path} after {milliseconds} ms"),
    }
}

struct Watcher {
    trail: Arc<Trail>,
    run: Arc<Run>,
}

impl Witness for Watcher {
    fn saw(&self, exchange: Exchange) {
        if let Some(level) = self.trail.level(&exchange, &self.run) {
            self.trail.note(level, &exchange);
        }
        self.run.remember_answer(exchange.response);
    }
}
