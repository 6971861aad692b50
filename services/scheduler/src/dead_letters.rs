//! Drains what the queues gave up. A webhook with its body becomes a stored event set aside; a permit is worth nothing,
//! since the rescue wakes its work.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use broker::{ConsumeOptions, Consumer, Decision, Queue};
use chrono::DateTime;
use messages::Message;
use messages::v1::WebhookDelivery;
use serde_json::json;
use storage::arrivals::Envelope;
use storage::data_errors::is_data_error;
use storage::dead_letters::set_aside;
use storage::webhooks::Arrival;

use crate::context::Context;
use crate::metrics;

const REASON: &str =
    "given up by the queue: a worker refused it, or died over it again and again; replay it once the cause is found";
/// Stands for a type that could not be read.
const UNREADABLE: &str = "unreadable";

/// Drains the dead letters until the broker's shutdown.
pub(crate) fn drain(context: &Context) -> Consumer {
    let context = context.clone();
    context.broker.clone().consume(Queue::DeadLetters, ConsumeOptions::new("dead-letters"), move |delivery| {
        let context = context.clone();
        async move {
            match delivery.message {
                Message::WebhookDelivery(webhook) => keep(&context, webhook).await,
                Message::WorkPermit(_) | Message::WebhookPermit(_) => {
                    metrics::dead_letter("dropped");
                    Decision::Done
                }
            }
        }
    })
}

async fn keep(context: &Context, webhook: WebhookDelivery) -> Decision {
    match store(context, &webhook).await {
        Ok(is_new) => {
            metrics::dead_letter(if is_new { "set_aside" } else { "stored_already" });
            Decision::Done
        }
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "a dead letter could not be stored; it is tried again");
            Decision::RetryLater
        }
    }
}

/// Stores the event as it is, or its bytes where the database refuses what it holds.
async fn store(context: &Context, webhook: &WebhookDelivery) -> anyhow::Result<bool> {
    let mut connection = context.connection().await?;
    let event = readable(webhook).unwrap_or_else(|| wrapped(webhook));
    match set_aside(&mut connection, &event, REASON).await {
        Err(error) if is_data_error(&error) => match set_aside(&mut connection, &wrapped(webhook), REASON).await {
            Err(error) if is_data_error(&error) => Ok(lost(webhook)),
            stored => Ok(stored?),
        },
        stored => Ok(stored?),
    }
}

/// The integration is gone with its rows, and so would be the event.
fn lost(webhook: &WebhookDelivery) -> bool {
    tracing::error!(integration_id = webhook.integration_id, "a dead letter of an integration that is gone is dropped");
    false
}

fn envelope(webhook: &WebhookDelivery) -> Envelope<'_> {
    Envelope {
        integration_id: webhook.integration_id,
        signature: &webhook.signature,
        received_at: DateTime::from_timestamp_micros(webhook.received_at_micros).unwrap_or_default(),
        traceparent: None,
    }
}

fn readable(webhook: &WebhookDelivery) -> Option<Arrival> {
    let mut event = Arrival::read(envelope(webhook), &webhook.body).ok()?;
    event.dedupe_key.clone_from(&webhook.dedupe_key);
    Some(event)
}

/// Bytes that are no event, or hold what cannot be stored, in a form that can.
fn wrapped(webhook: &WebhookDelivery) -> Arrival {
    let Envelope { integration_id, signature, received_at, traceparent } = envelope(webhook);
    let event_type: String = webhook.event_type().chars().take(100).collect();
    Arrival {
        integration_id,
        event_type: if event_type.is_empty() { UNREADABLE.to_owned() } else { event_type },
        event_id: None,
        dedupe_key: webhook.dedupe_key.clone(),
        payload: json!({ "body_base64": STANDARD.encode(&webhook.body) }),
        signature: signature.to_owned(),
        subject: None,
        traceparent,
        received_at,
    }
}
