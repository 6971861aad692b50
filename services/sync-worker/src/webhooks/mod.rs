//! Stored events, applied in batches: one transaction locks them, applies them and marks them. One bad event never
//! blocks the others: it is tried alone, later, and in the end set aside with its reason.

mod alone;
mod batch;
mod completed;
mod deliveries;
mod entity;
mod event;
mod patience;
mod payloads;

pub(crate) use batch::apply as apply_batch;

use crate::failure::Failure;
use crate::worker::Worker;
use broker::{Batch, Decision, Delivery};
use messages::Message;

impl Worker {
    /// Takes what messages of the queue `webhooks` bring: bodies that came while the database was away, and permits.
    pub(crate) async fn take_webhooks(&self, messages: Batch) -> Vec<Decision> {
        let mut decisions = deliveries::store(self, &messages).await;
        if decisions.contains(&Decision::RetryLater) {
            return decisions;
        }

        let swept = self.sweep_webhooks().await;
        for (message, decision) in messages.iter().zip(&mut decisions) {
            // A stored event needs no permit: whoever looks next finds it.
            if matches!(message.as_ref(), Ok(Delivery { message: Message::WebhookPermit(_), .. })) {
                decision.clone_from(&swept);
            }
        }
        decisions
    }

    /// Applies what waits, with or without a permit.
    pub(crate) async fn sweep_webhooks(&self) -> Decision {
        match self.apply_stored_events().await {
            Ok(()) => Decision::Done,
            Err(error) => {
                tracing::warn!(%error, "stored events could not be applied yet");
                Decision::RetryLater
            }
        }
    }

    /// Applies batch after batch until none is left that nobody else has.
    async fn apply_stored_events(&self) -> Result<(), Failure> {
        // Boxed for the same reason as a chunk's way in `run_next_chunk`.
        while !self.shutdown.is_cancelled() && Box::pin(apply_batch(self)).await? > 0 {}
        Ok(())
    }
}
