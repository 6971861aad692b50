//! Drains what the queues gave up, and keeps a letter of each. A webhook with its body becomes a stored event set aside;
//! a permit is worth nothing, since the rescue wakes its work; what cannot be read is kept as it is.

mod letter;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use broker::{ConsumeOptions, Consumer, Decision, Delivery, Queue, Unreadable};
use chrono::DateTime;
use domain::webhook::LetterState;
use letter::Letter;
use messages::Message;
use messages::v1::WebhookDelivery;
use serde_json::json;
use storage::console::dead_letters::{add, set_aside};
use storage::sqlstate::{is_data_error, passing};
use storage::webhooks::Arrival;
use storage::webhooks::arrivals::Envelope;
use storage::{AsyncConnection as _, Connection};

use crate::context::Context;
use crate::metrics;

const REASON: &str =
    "given up by the queue: a worker refused it, or died over it again and again; replay it once the cause is found";
/// Stands for a type that could not be read.
const UNREADABLE: &str = "unreadable";

/// Drains the dead letters until the broker's shutdown.
pub(crate) fn drain_dead_letters(context: &Context) -> Consumer {
    let context = context.clone();
    context.broker.clone().consume_all(Queue::DeadLetters, ConsumeOptions::new("dead-letters"), move |read| {
        let context = context.clone();
        async move {
            match keep_letter(&context, read).await {
                Ok(state) => {
                    metrics::dead_letter(state.as_str());
                    Decision::Done
                }
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::warn!(error, "a dead letter could not be stored; it is tried again");
                    Decision::RetryLater
                }
            }
        }
    })
}

async fn keep_letter(context: &Context, read: Result<Delivery, Unreadable>) -> anyhow::Result<LetterState> {
    let topology = context.broker.topology();
    let mut connection = context.connection().await?;
    let letter = Letter::of(&read, topology);

    match read.map(|delivery| delivery.message) {
        Ok(Message::WebhookDelivery(webhook)) => webhook_given_up(&mut connection, &letter, &webhook).await,
        // A permit carries nothing: the work is in the database, where it will be found.
        Ok(Message::WorkPermit(_) | Message::WebhookPermit(_)) => {
            store_letter(&mut connection, &letter, LetterState::Dropped).await
        }
        Err(_) => store_letter(&mut connection, &letter, LetterState::Unreadable).await,
    }
}

async fn store_letter(connection: &mut Connection, letter: &Letter, state: LetterState) -> anyhow::Result<LetterState> {
    add(connection, &letter.row(state)).await?;
    Ok(state)
}

/// Stores the event as it is, or its bytes where the database refuses what it holds.
async fn webhook_given_up(
    connection: &mut Connection,
    letter: &Letter,
    webhook: &WebhookDelivery,
) -> anyhow::Result<LetterState> {
    let event = readable_event(webhook).unwrap_or_else(|| wrap_unreadable(webhook));
    match store_with_event(connection, letter, &event).await {
        Err(error) if passing(&error).is_none() => {
            match store_with_event(connection, letter, &wrap_unreadable(webhook)).await {
                Err(error) if is_data_error(&error) => store_orphan(connection, letter, webhook).await,
                stored => Ok(stored?),
            }
        }
        stored => Ok(stored?),
    }
}

/// The event and its letter, both or neither.
async fn store_with_event(
    connection: &mut Connection,
    letter: &Letter,
    event: &Arrival,
) -> storage::Result<LetterState> {
    connection
        .transaction(async |connection| {
            let stored = set_aside(connection, event, REASON).await?;
            let state = if stored.is_new { LetterState::SetAside } else { LetterState::StoredAlready };
            let row = letter.row(state);
            let row =
                storage::console::dead_letters::NewLetter { webhook_event_id: Some(stored.id), payload: None, ..row };
            add(connection, &row).await?;
            Ok(state)
        })
        .await
}

/// The integration is gone with its rows, and so would be the event.
async fn store_orphan(
    connection: &mut Connection,
    letter: &Letter,
    webhook: &WebhookDelivery,
) -> anyhow::Result<LetterState> {
    tracing::error!(integration_id = webhook.integration_id, "a dead letter of an integration that is gone is dropped");
    let row = storage::console::dead_letters::NewLetter { payload: None, ..letter.row(LetterState::Dropped) };
    add(connection, &row).await?;
    Ok(LetterState::Dropped)
}

fn read_envelope(webhook: &WebhookDelivery) -> Envelope<'_> {
    Envelope {
        integration_id: webhook.integration_id,
        signature: &webhook.signature,
        received_at: DateTime::from_timestamp_micros(webhook.received_at_micros).unwrap_or_default(),
        traceparent: None,
    }
}

fn readable_event(webhook: &WebhookDelivery) -> Option<Arrival> {
    let mut event = Arrival::read(read_envelope(webhook), &webhook.body).ok()?;
    event.dedupe_key.clone_from(&webhook.dedupe_key);
    Some(event)
}

/// Bytes that are no event, or hold what cannot be stored, in a form that can.
fn wrap_unreadable(webhook: &WebhookDelivery) -> Arrival {
    let Envelope { integration_id, signature, received_at, traceparent } = read_envelope(webhook);
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
