//! From a permit to work: claim the best chunk, keep its lease, run it, and again, for a few seconds.

mod settle;

use crate::failure::Failure;
use crate::lease::Lease;
use crate::metrics;
use crate::trail::Trail;
use crate::worker::Worker;
use crate::{plan, pull, push};
use broker::Decision;
use domain::sync::ChunkKind;
use opentelemetry::trace::TraceContextExt;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use storage::runs::chunks::{self, Chunk, Turn};
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// A permit is good for this long; what is left then is handed over through a fresh one, so that no message stays
/// unacknowledged for long and a restart gives little back.
const PERMIT: Duration = Duration::from_secs(5);
/// One claim in so many takes what has waited the longest, so that no lane waits for ever.
const OLDEST_IN: u64 = 10;

impl Worker {
    /// Works as long as there is something to claim and the permit lasts.
    pub(crate) async fn take_work(&self) -> Decision {
        let until = Instant::now() + PERMIT;
        while !self.shutdown.is_cancelled() {
            match self.run_next_chunk().await {
                Ok(true) => {}
                Ok(false) => return Decision::Done,
                Err(error) => {
                    tracing::warn!(%error, "no chunk could be claimed");
                    return Decision::RetryLater;
                }
            }
            if Instant::now() > until {
                self.wake_workers(1).await;
                return Decision::Done;
            }
        }
        Decision::RetryLater
    }

    /// Claims the best chunk and runs it. False: there is none to claim now.
    pub(crate) async fn run_next_chunk(&self) -> Result<bool, Failure> {
        let Some(chunk) = self.claim().await? else { return Ok(false) };
        // Boxed: a future that holds all steps of a run in itself is nested deeper than the compiler follows in a release
        // build. The boxes below cut it once more, between the way of a chunk and what is done in it.
        Box::pin(self.run_chunk(chunk)).await;
        Ok(true)
    }

    async fn claim(&self) -> Result<Option<Chunk>, Failure> {
        let oldest = (self.claims.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(OLDEST_IN);
        let turn = Turn::After(self.served_last.load(Ordering::Relaxed));
        let asked = Instant::now();

        let (mut connection, lease) = (self.connection().await?, self.settings.work.lease.as_secs_f64());
        let mut chunk = None;

        if oldest {
            chunk = chunks::claim(&mut connection, self.id, lease, Turn::Oldest).await?;
        }
        if chunk.is_none() {
            chunk = chunks::claim(&mut connection, self.id, lease, turn).await?;
        }

        if let Some(chunk) = &chunk {
            self.served_last.store(chunk.integration_id, Ordering::Relaxed);
            self.limits.claimed(chunk, asked);
        }

        Ok(chunk)
    }

    fn trail(&self, chunk: &Chunk) -> Arc<Trail> {
        let least = self.settings.telemetry.log_level;
        Trail::of(chunk, self.limits.gate(chunk), self.pool.clone(), least, self.successes.clone())
    }

    /// Whether a chunk that was taken before belongs to a run whose end was asked for since.
    async fn is_left(&self, chunk: &Chunk) -> bool {
        if chunk.kind == ChunkKind::Plan || (chunk.fence == 1 && chunk.record_ids.is_none()) {
            return false;
        }
        let Ok(mut connection) = self.connection().await else { return false };
        storage::runs::syncs::is_cancelled(&mut connection, chunk.sync_id).await.unwrap_or(false)
    }

    async fn run_chunk(&self, chunk: Chunk) {
        let span = tracing::info_span!("chunk", sync_id = chunk.sync_id, chunk_id = chunk.id, kind = %chunk.kind);
        join_trace(&span, chunk.traceparent.as_deref());
        async {
            let started = Instant::now();
            // A run that was read before an edit of its integration has the former credentials.
            self.runs.forget_older(chunk.sync_id, chunk.integration_version);
            let lease = Lease::keep(&self.pool, &self.settings.work, &self.shutdown, &chunk);
            let trail = self.trail(&chunk);

            let outcome = if self.is_left(&chunk).await {
                Box::pin(plan::leave(self, &chunk)).await
            } else {
                match chunk.kind {
                    ChunkKind::Plan => Box::pin(plan::run(self, &chunk)).await,
                    ChunkKind::Push => Box::pin(push::run(self, &chunk, &lease, &trail)).await,
                    ChunkKind::Pull => Box::pin(pull::run(self, &chunk, &lease, &trail)).await,
                }
            };

            lease.end();
            metrics::chunk(chunk.kind, started.elapsed(), outcome.is_ok());
            if let Err(failure) = outcome {
                settle::after(self, &chunk, failure, &trail).await;
            }

            trail.end().await;
        }
        .instrument(span)
        .await;
    }
}

/// Makes the chunk part of the trace of the request that asked for its sync.
fn join_trace(span: &tracing::Span, traceparent: Option<&str>) {
    let Some(traceparent) = traceparent else { return };
    let carrier = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    let context = opentelemetry::global::get_text_map_propagator(|p| p.extract(&carrier));
    if context.span().span_context().is_valid() {
        // It fails only for a span that nobody records.
        let _ = span.set_parent(context);
    }
}
