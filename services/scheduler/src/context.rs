//! What every task of this process shares.

use broker::{Broker, Queue};
use messages::Message;
use messages::v1::WakeReason;
use service::Settings;
use storage::outbox::{self, OutboxId};
use storage::{Pool, PoolError, PooledConnection, pool};

/// Settings and connections.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) settings: Settings,
    pub(crate) pool: Pool,
    pub(crate) broker: Broker,
}

impl Context {
    /// A connection, within 5 s.
    pub(crate) async fn connection(&self) -> Result<PooledConnection, PoolError> {
        pool::get(&self.pool).await
    }

    /// Sends a permit whose outbox row is committed, and deletes the row. Whatever fails here is left to the relay.
    pub(crate) async fn publish_committed(&self, row: OutboxId, reason: WakeReason) {
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
