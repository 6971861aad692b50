//! Webhooks that the queue gave up: kept as stored events set aside, so that a person can see and replay them.

use crate::webhooks::Arrival;
use crate::{Connection, Result};
use diesel::sql_types::{BigInt, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;

/// Stores an event that nobody will apply, unless it is stored already. Returns whether it was not.
pub async fn set_aside(connection: &mut Connection, event: &Arrival, reason: &str) -> Result<bool> {
    let stored = diesel::sql_query(
        "INSERT INTO geniacs_webhook_events (integration_id, event_type, event_id, dedupe_key, payload, signature, state,
             outcome, error_message, entity_type, geniacs_id, traceparent, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'set_aside', 'dead_letter', $7, $8::entity_type, $9, $10, $11)
         ON CONFLICT (integration_id, dedupe_key) DO NOTHING",
    )
    .bind::<BigInt, _>(event.integration_id)
    .bind::<Text, _>(&event.event_type)
    .bind::<Nullable<Text>, _>(&event.event_id)
    .bind::<Text, _>(&event.dedupe_key)
    .bind::<Jsonb, _>(&event.payload)
    .bind::<Text, _>(&event.signature)
    .bind::<Text, _>(reason)
    .bind::<Nullable<Text>, _>(event.subject.as_ref().map(|s| s.0.as_str()))
    .bind::<Nullable<Text>, _>(event.subject.as_ref().map(|s| s.1.as_str()))
    .bind::<Nullable<Text>, _>(&event.traceparent)
    .bind::<Timestamptz, _>(event.received_at)
    .execute(connection)
    .await?;
    Ok(stored == 1)
}
