//! Keeping events as they arrive, each once.

use crate::prepared::Prepare;
use crate::runs::logs::LEAST_LEVEL;
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use domain::EntityType;
use std::borrow::Borrow;
use std::collections::HashSet;

/// A verified event to be stored.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Whose it is.
    pub integration_id: i64,
    /// Its type, such as `customer.updated`.
    pub event_type: String,
    /// The sender's id, if it gave one.
    pub event_id: Option<String>,
    /// The sender's id, else one made on arrival.
    pub dedupe_key: String,
    /// The whole body.
    pub payload: serde_json::Value,
    /// The signature as it came.
    pub signature: String,
    /// The record that it speaks of.
    pub subject: Option<(EntityType, String)>,
    /// Trace context of the request.
    pub traceparent: Option<String>,
    /// When it arrived.
    pub received_at: DateTime<Utc>,
}

/// What storing an event found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is new.
    New,
    /// It was here already, with the same body.
    Duplicate,
    /// Its id was here already with another body; it is not applied.
    Different,
}

/// Stores events in one statement, each once. The answer is in the order given.
pub async fn store<A: Borrow<Arrival>>(connection: &mut Connection, events: &[A]) -> Result<Vec<Stored>> {
    let events: Vec<&Arrival> = events.iter().map(Borrow::borrow).collect();
    let made: HashSet<Key> = insert(connection, &events).await?.into_iter().collect();
    if made.len() == events.len() {
        return Ok(vec![Stored::New; events.len()]);
    }

    // Of several with one key, the first was stored.
    let mut unseen = made;
    let is_new: Vec<bool> = events.iter().map(|e| unseen.remove(&Key::of(e))).collect();
    let repeats: Vec<&Arrival> = events.iter().zip(&is_new).filter(|(_, new)| !**new).map(|(e, _)| *e).collect();
    let mut compared = compare(connection, &repeats).await?.into_iter();

    Ok(is_new
        .into_iter()
        .map(|new| if new { Stored::New } else { compared.next().unwrap_or(Stored::Duplicate) })
        .collect())
}

/// The keys of those that were not there.
async fn insert(connection: &mut Connection, events: &[&Arrival]) -> Result<Vec<Key>> {
    diesel::sql_query(
        "INSERT INTO geniacs_webhook_events (integration_id, event_type, event_id, dedupe_key, payload, signature,
             entity_type, geniacs_id, traceparent, created_at)
         SELECT integration_id, event_type, event_id, dedupe_key, payload, signature, entity_type::entity_type, geniacs_id,
             traceparent, received_at
         FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) WITH ORDINALITY AS a (integration_id, event_type, event_id,
             dedupe_key, payload, signature, entity_type, geniacs_id, traceparent, received_at, ord)
         ORDER BY ord
         ON CONFLICT (integration_id, dedupe_key) DO NOTHING RETURNING integration_id, dedupe_key",
    )
    .bind::<Array<BigInt>, _>(events.iter().map(|e| e.integration_id).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(events.iter().map(|e| e.event_type.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(events.iter().map(|e| e.event_id.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(events.iter().map(|e| e.dedupe_key.as_str()).collect::<Vec<_>>())
    .bind::<Array<Jsonb>, _>(events.iter().map(|e| &e.payload).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(events.iter().map(|e| e.signature.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(events.iter().map(|e| e.subject.as_ref().map(|s| s.0.as_str())).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(events.iter().map(|e| e.subject.as_ref().map(|s| s.1.as_str())).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(events.iter().map(|e| e.traceparent.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(events.iter().map(|e| e.received_at).collect::<Vec<_>>())
    .prepared()
    .load(connection)
    .await
}

/// Whether events that were here already came with the same body, in the order given. A statement of its own sees what
/// others stored during the insert.
async fn compare(connection: &mut Connection, repeats: &[&Arrival]) -> Result<Vec<Stored>> {
    let rows: Vec<Compared> = diesel::sql_query(
        "SELECT (SELECT e.payload = a.payload FROM geniacs_webhook_events e
                 WHERE (e.integration_id, e.dedupe_key) = (a.integration_id, a.dedupe_key) LIMIT 1) AS same
         FROM unnest($1, $2, $3) WITH ORDINALITY AS a (integration_id, dedupe_key, payload, ord) ORDER BY a.ord",
    )
    .bind::<Array<BigInt>, _>(repeats.iter().map(|e| e.integration_id).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(repeats.iter().map(|e| e.dedupe_key.as_str()).collect::<Vec<_>>())
    .bind::<Array<Jsonb>, _>(repeats.iter().map(|e| &e.payload).collect::<Vec<_>>())
    .prepared()
    .load(connection)
    .await?;
    Ok(rows.iter().map(|row| if row.same == Some(false) { Stored::Different } else { Stored::Duplicate }).collect())
}

/// A stored event that came again.
#[derive(Debug, Clone)]
pub struct Repeat<'a> {
    /// Whose it is.
    pub integration_id: i64,
    /// Its key.
    pub dedupe_key: &'a str,
    /// Whether it came with another body.
    pub different: bool,
}

/// The statement of [`note_repeats`].
pub(crate) fn note_repeats_sql() -> String {
    format!(include_str!("store.note_repeats.sql"), LEAST_LEVEL = LEAST_LEVEL)
}

/// Counts repeats of stored events, and warns in the integration's log about those with another body.
pub async fn note_repeats(connection: &mut Connection, repeats: &[Repeat<'_>]) -> Result<()> {
    diesel::sql_query(note_repeats_sql())
        .bind::<Array<BigInt>, _>(repeats.iter().map(|r| r.integration_id).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(repeats.iter().map(|r| r.dedupe_key).collect::<Vec<_>>())
        .bind::<Array<Bool>, _>(repeats.iter().map(|r| r.different).collect::<Vec<_>>())
        .prepared()
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes that an integration's webhooks arrive, at most once a second.
pub async fn touch_integrations(connection: &mut Connection, ids: &[i64]) -> Result<()> {
    diesel::sql_query(
        "UPDATE geniacs_integrations SET last_webhook_received_at = geniacs_now()
         WHERE id IN (SELECT id FROM geniacs_integrations WHERE id = ANY ($1)
             AND (last_webhook_received_at IS NULL OR last_webhook_received_at < geniacs_now() - interval '1 second')
             ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)",
    )
    .bind::<Array<BigInt>, _>(ids)
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}

/// What an event is known by.
#[derive(PartialEq, Eq, Hash, QueryableByName)]
struct Key {
    #[diesel(sql_type = BigInt)]
    integration_id: i64,
    #[diesel(sql_type = Text)]
    dedupe_key: String,
}

impl Key {
    fn of(event: &Arrival) -> Self {
        Self { integration_id: event.integration_id, dedupe_key: event.dedupe_key.clone() }
    }
}

#[derive(QueryableByName)]
struct Compared {
    #[diesel(sql_type = Nullable<Bool>)]
    same: Option<bool>,
}
