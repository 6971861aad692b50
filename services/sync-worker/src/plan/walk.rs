//! Where a run stands, and what a step of it did.

use super::phase::{Caveat, Phase};
use crate::failure::Failure;
use crate::worker::Worker;
use broker::Queue;
use chrono::{DateTime, Utc};
use messages::{Message, v1::WakeReason};
use serde::{Deserialize, Serialize};
use storage::outbox::{self, OutboxId};
use storage::records::Bound;
use storage::runs::syncs::SyncHead;

/// Where a run stands: the `walk` column.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the walk")]
pub(crate) struct Walk {
    /// What is walked now.
    pub(crate) phase: Phase,
    /// Push: the last position that was cut.
    pub(crate) after: Bound,
    /// Push: records cut so far.
    pub(crate) cut: i64,
    /// Records that may still be taken, where there is a limit.
    pub(crate) limit: Option<u64>,
    /// Pull: the partner's cursor of the next page.
    pub(crate) cursor: Option<String>,
    /// Pull: whether the listing was begun anew, since its cursor had died.
    pub(crate) begun_anew: bool,
    /// Pull: when the listing began, by the partner's clock. What changes from then on may not be in it.
    pub(crate) listing_began: Option<DateTime<Utc>>,
    /// Pull: the largest `updated_at` seen, no later than that.
    pub(crate) updated_at: Option<DateTime<Utc>>,
    /// Pull: whether the listing was walked to its end.
    pub(crate) complete: bool,
    /// Pull: whether the listing held something that cannot be read, so that it proves no record missing.
    pub(crate) flawed: bool,
    /// Pull: whether the records were told of which nobody knows whether Geniacs holds them.
    pub(crate) has_told_unknown: bool,
    /// Missing records: whether there are few enough of them to be deleted.
    pub(crate) checked: bool,
    /// What the run has to leave out.
    pub(crate) caveat: Option<Caveat>,
    /// What the push after a pull waits for.
    pub(crate) settling: Option<Settling>,
    /// Pull: a moment before the requests of this chunk, by the database's clock in microseconds since 1970.
    #[serde(skip)]
    pub(crate) asked_at: i64,
}

/// What the push waits for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settling {
    /// A transaction after the pull's last one.
    pub(super) xid: i64,
    /// Until when, in seconds of the database's clock.
    pub(super) until: f64,
}

impl Walk {
    /// The beginning of another phase, with what the ones before have come to.
    pub(super) fn begin(self, phase: Phase, limit: Option<u64>) -> Self {
        let Self { updated_at, flawed, caveat, .. } = self;
        Self { phase, limit, updated_at, flawed, caveat, ..Self::default() }
    }

    pub(crate) fn of(head: &SyncHead) -> Result<Self, Failure> {
        let walk = head.walk.clone().unwrap_or_else(|| serde_json::json!({}));
        serde_json::from_value(walk).map_err(|e| Failure::fatal("walk_unreadable", e.to_string()))
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        // Only maps with other keys than text cannot be written, and there is none.
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// What a step did.
#[derive(Debug, Default)]
pub(crate) struct Step {
    pub(super) new_chunks: usize,
    /// The permit of the sync that was next in line.
    pub(super) next_sync: Option<OutboxId>,
}

/// Wakes workers for what a committed step made.
pub(super) async fn wake(worker: &Worker, step: &Step) {
    worker.wake_workers(step.new_chunks).await;
    let Some(id) = step.next_sync else { return };
    // The row goes only once the broker has its permit; until then the relay sends it.
    if worker.broker.publish(Queue::Work, &Message::work(WakeReason::Continued)).await.is_ok()
        && let Ok(mut connection) = worker.connection().await
        && let Err(error) = outbox::delete_published(&mut connection, id).await
    {
        tracing::debug!(%error, "the outbox row stays; its permit is sent twice");
    }
}
