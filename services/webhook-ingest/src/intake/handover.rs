//! Events for the broker, with their bodies, while the database is away.

use broker::{Broker, Queue, RawMessage};
use messages::Message;
use messages::v1::WebhookDelivery;
use tokio::time::timeout_at;

use super::{Event, EventOutcome, PATIENCE, Waiting};

/// Hands events to the broker.
#[derive(Clone)]
pub(super) struct Handover {
    broker: Broker,
}

impl Handover {
    pub(super) fn new(broker: Broker) -> Self {
        Self { broker }
    }

    pub(super) fn is_possible(&self) -> bool {
        self.broker.is_connected()
    }

    /// Hands over a batch, and tells each event's outcome: kept only where the broker has confirmed it.
    pub(super) async fn hand_over(&self, batch: Vec<Waiting>) {
        let Some(oldest) = batch.iter().map(|waiting| waiting.event.began).min() else { return };

        let messages = batch.iter().map(|waiting| (Queue::Webhooks, delivery_message(&waiting.event))).collect();
        let published = timeout_at(oldest + PATIENCE, self.broker.publish_raw_all(messages)).await;

        let Ok(outcomes) = published else {
            tracing::warn!(events = batch.len(), "neither database nor broker took webhooks in time");
            return batch.into_iter().for_each(|waiting| waiting.tell(EventOutcome::Nowhere));
        };

        if let Some(error) = outcomes.iter().find_map(|outcome| outcome.as_ref().err()) {
            tracing::warn!(%error, "neither database nor broker took webhooks");
        }

        for (waiting, outcome) in batch.into_iter().zip(outcomes) {
            waiting.tell(if outcome.is_ok() { EventOutcome::Handed } else { EventOutcome::Nowhere });
        }
    }
}

/// The event with its body, and with its request's trace.
fn delivery_message(event: &Event) -> RawMessage {
    let delivery = WebhookDelivery {
        integration_id: event.arrival.integration_id,
        dedupe_key: event.arrival.dedupe_key.clone(),
        event_type: Some(event.arrival.event_type.clone()),
        signature: event.arrival.signature.clone(),
        body: event.body.to_vec(),
        received_at_micros: event.arrival.received_at.timestamp_micros(),
    };

    event.span.in_scope(|| RawMessage::of(&Message::WebhookDelivery(delivery)))
}
