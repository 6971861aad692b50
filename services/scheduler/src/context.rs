//! The state that all tasks of this process share.

use broker::{Broker, Queue};
use domain::integration::ConflictPolicy;
use messages::Message;
use messages::v1::WakeReason;
use service::Settings;
use storage::outbox::{self, OutboxId};
use storage::runs::syncs::RunSettings;
use storage::{Pool, PoolError, PooledConnection, pool};

use crate::apart::Apart;

/// Settings and connections.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) settings: Settings,
    pub(crate) pool: Pool,
    pub(crate) broker: Broker,
    /// The things that failed by themselves and rest.
    pub(crate) apart: Apart,
}

impl Context {
    /// A connection, within 5 s.
    pub(crate) async fn connection(&self) -> Result<PooledConnection, PoolError> {
        pool::get(&self.pool).await
    }

    /// The settings of a run where neither schedule nor integration says otherwise.
    pub(crate) fn run_defaults(&self) -> RunSettings {
        let seconds = |duration: std::time::Duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
        let sync = &self.settings.sync;

        RunSettings {
            batch_size: sync.batch_size,
            timeout_seconds: seconds(self.settings.outbound.timeout),
            max_attempts: sync.max_retry_attempts,
            retry_failed: sync.retry_failed_sync,
            max_seconds: seconds(sync.max_sync_duration),
            window_seconds: None,
            default_region: "ID".to_owned(),
            default_time_zone: None,
            delete_guard_percent: domain::integration::DELETE_GUARD_PERCENT,
            clear_guard_percent: domain::integration::CLEAR_GUARD_PERCENT,
            change_guard_percent: domain::integration::CHANGE_GUARD_PERCENT,
            conflict_policy: ConflictPolicy::default(),
            schema_strict: false,
        }
    }

    /// Sends a permit whose outbox row is committed, and deletes the row. The relay takes over if this fails.
    pub(crate) async fn publish_committed(&self, row: OutboxId, reason: WakeReason) {
        // The relay would send it as well, only some seconds later. It is not worth waiting for the broker.
        if !self.broker.is_connected() {
            return;
        }

        if let Err(error) = self.broker.publish(Queue::Work, &Message::work(reason)).await {
            tracing::info!(%error, "a permit was not sent at once; the relay sends it");
            return;
        }

        if let Ok(mut connection) = self.connection().await {
            // A row that stays is sent once more, which wakes a worker for nothing.
            let _ = outbox::delete_published(&mut connection, row).await;
        }
    }
}
