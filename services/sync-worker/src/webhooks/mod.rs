//! Stored events, applied in batches: one transaction locks them, applies them and marks them. One bad event never
//! blocks the others: it is tried alone, later, and in the end set aside with its reason.

mod alone;
mod batch;
mod completed;
mod entity;
mod event;
mod patience;

pub(crate) use batch::apply as apply_batch;

use crate::failure::Failure;
use crate::worker::Worker;
use broker::Decision;
use chrono::DateTime;
use messages::{Message, v1::WebhookDelivery};
use storage::arrivals::Envelope;
use storage::webhooks::{self, Arrival, Repeat, Stored};

impl Worker {
    /// Takes what a message of the queue `webhooks` brings: a body that came while the database was away, or a permit.
    pub(crate) async fn take_webhooks(&self, message: Message) -> Decision {
        if let Message::WebhookDelivery(delivery) = message {
            match self.store_delivery(&delivery).await {
                Ok(None) => {}
                Ok(Some(reason)) => return Decision::DeadLetter { reason },
                Err(error) => {
                    tracing::warn!(%error, "a webhook from the queue could not be stored yet");
                    return Decision::RetryLater;
                }
            }
        }
        self.sweep_webhooks().await
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

    /// Stores an event that travelled through the broker. The answer is why it never can be.
    async fn store_delivery(&self, delivery: &WebhookDelivery) -> Result<Option<String>, Failure> {
        let envelope = Envelope {
            integration_id: delivery.integration_id,
            signature: &delivery.signature,
            received_at: DateTime::from_timestamp_micros(delivery.received_at_micros).unwrap_or_default(),
            traceparent: None,
        };
        let arrival = match Arrival::read(envelope, &delivery.body) {
            Ok(arrival) => Arrival { dedupe_key: delivery.dedupe_key.clone(), ..arrival },
            Err(malformed) => return Ok(Some(malformed.to_string())),
        };
        let mut connection = self.connection().await?;
        let stored = webhooks::store(&mut connection, std::slice::from_ref(&arrival)).await?;
        // The same body may have come twice through the broker; another one may not.
        if stored.contains(&Stored::Different) {
            let (integration_id, dedupe_key) = (arrival.integration_id, arrival.dedupe_key.as_str());
            tracing::warn!(integration_id, "an event id came again with another body; that one is not applied");
            let repeat = Repeat { integration_id, dedupe_key, different: true };
            webhooks::note_repeats(&mut connection, &[repeat]).await?;
        }
        Ok(None)
    }

    /// Applies batch after batch until none is left that nobody else has.
    async fn apply_stored_events(&self) -> Result<(), Failure> {
        while !self.shutdown.is_cancelled() && apply_batch(self).await? > 0 {}
        Ok(())
    }
}

/// Whether the failure lies with the server or another transaction, and not with an event.
fn is_passing(error: &Failure) -> bool {
    matches!(error, Failure::Database(e) if storage::is_connection_lost(e) || storage::is_serialization_conflict(e))
}
