//! Stored webhook events: kept once on arrival, applied in batches, set aside where they cannot be.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Double, Integer, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use domain::EntityType;

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
pub async fn store(connection: &mut Connection, events: &[Arrival]) -> Result<Vec<Stored>> {
    let rows: Vec<StoredRow> = diesel::sql_query(
        "WITH arrived AS (
             SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) WITH ORDINALITY AS a (integration_id, event_type,
                 event_id, dedupe_key, payload, signature, entity_type, geniacs_id, traceparent, received_at, ord)
         ), made AS (
             INSERT INTO geniacs_webhook_events (integration_id, event_type, event_id, dedupe_key, payload, signature,
                 entity_type, geniacs_id, traceparent, created_at)
             SELECT integration_id, event_type, event_id, dedupe_key, payload, signature, entity_type::entity_type, geniacs_id,
                 traceparent, received_at
             FROM arrived ORDER BY ord
             ON CONFLICT (integration_id, dedupe_key) DO NOTHING RETURNING integration_id, dedupe_key
         )
         SELECT m.dedupe_key IS NOT NULL AND row_number() OVER (PARTITION BY a.integration_id, a.dedupe_key ORDER BY a.ord) = 1 AS made,
             coalesce(e.payload = a.payload, first.payload = a.payload) AS same
         FROM arrived a
         LEFT JOIN made m USING (integration_id, dedupe_key)
         LEFT JOIN LATERAL (SELECT k.payload FROM geniacs_webhook_events k
                            WHERE (k.integration_id, k.dedupe_key) = (a.integration_id, a.dedupe_key) LIMIT 1) e ON true
         LEFT JOIN LATERAL (SELECT f.payload FROM arrived f WHERE (f.integration_id, f.dedupe_key) = (a.integration_id, a.dedupe_key)
                            ORDER BY f.ord LIMIT 1) first ON true
         ORDER BY a.ord",
    )
    .bind::<Array<BigInt>, _>(events.iter().map(|e| e.integration_id).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(events.iter().map(|e| e.event_type.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(events.iter().map(|e| e.event_id.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(events.iter().map(|e| e.dedupe_key.as_str()).collect::<Vec<_>>())
    .bind::<Array<Jsonb>, _>(events.iter().map(|e| e.payload.clone()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(events.iter().map(|e| e.signature.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(events.iter().map(|e| e.subject.as_ref().map(|s| s.0.as_str())).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(events.iter().map(|e| e.subject.as_ref().map(|s| s.1.as_str())).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(events.iter().map(|e| e.traceparent.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(events.iter().map(|e| e.received_at).collect::<Vec<_>>())
    .load(connection)
    .await?;
    Ok(rows.iter().map(StoredRow::outcome).collect())
}

/// Counts repeats of stored events: keys of (integration, dedupe key).
pub async fn count_duplicates(connection: &mut Connection, keys: &[(i64, &str)]) -> Result<()> {
    let (integrations, keys): (Vec<i64>, Vec<&str>) = keys.iter().copied().unzip();
    diesel::sql_query(
        "UPDATE geniacs_webhook_events e SET duplicates = e.duplicates + u.n
         FROM (SELECT integration_id, dedupe_key, count(*)::int AS n FROM unnest($1, $2) AS k (integration_id, dedupe_key)
               GROUP BY 1, 2 ORDER BY 1, 2) u
         WHERE e.integration_id = u.integration_id AND e.dedupe_key = u.dedupe_key",
    )
    .bind::<Array<BigInt>, _>(integrations)
    .bind::<Array<Text>, _>(keys)
    .execute(connection)
    .await?;
    Ok(())
}

/// A stored event that waits to be applied, locked by this transaction.
#[derive(Debug, Clone, QueryableByName)]
pub struct Event {
    /// Its number, in the order of arrival.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whose it is.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// Its type.
    #[diesel(sql_type = Text)]
    pub event_type: String,
    /// The whole body.
    #[diesel(sql_type = Jsonb)]
    pub payload: serde_json::Value,
    /// Attempts that failed.
    #[diesel(sql_type = Integer)]
    pub processing_attempts: i32,
    /// Whether its integration takes events now.
    #[diesel(sql_type = Bool)]
    pub integration_active: bool,
    /// When it arrived.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// Locks the events of one integration that have waited longest. Others' locked ones are passed over.
pub async fn lock_batch(connection: &mut Connection, limit: i64) -> Result<Vec<Event>> {
    diesel::sql_query(
        "WITH first AS (SELECT integration_id FROM geniacs_webhook_events
                        WHERE state IN ('received', 'failed') AND available_at <= geniacs_now()
                        ORDER BY available_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
         SELECT e.id, e.integration_id, e.event_type, e.payload, e.processing_attempts,
             i.is_active AND i.archived_at IS NULL AS integration_active, e.created_at
         FROM geniacs_webhook_events e JOIN geniacs_integrations i ON i.id = e.integration_id
         WHERE e.integration_id = (SELECT integration_id FROM first) AND e.state IN ('received', 'failed')
           AND e.available_at <= geniacs_now()
         ORDER BY e.available_at, e.id LIMIT $1 FOR UPDATE OF e SKIP LOCKED",
    )
    .bind::<BigInt, _>(limit)
    .load(connection)
    .await
}

/// How an event ended.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The event.
    pub id: i64,
    /// A [`domain::webhook::WebhookState`] that is final.
    pub state: domain::webhook::WebhookState,
    /// A stable word: `created`, `updated`, `unchanged`, `deleted`, `superseded`, `unknown_type`, `unknown_record`…
    pub outcome: &'static str,
    /// Why it was set aside.
    pub error: Option<String>,
}

/// Marks events as ended.
pub async fn conclude(connection: &mut Connection, verdicts: &[Verdict]) -> Result<()> {
    diesel::sql_query(
        "UPDATE geniacs_webhook_events e SET state = u.state::webhook_state, processed = u.state IN ('processed', 'superseded'),
             outcome = u.outcome, error_message = u.error, processing_attempts = e.processing_attempts + 1,
             processed_at = geniacs_now(), updated_at = geniacs_now()
         FROM unnest($1, $2, $3, $4) AS u (id, state, outcome, error) WHERE e.id = u.id",
    )
    .bind::<Array<BigInt>, _>(verdicts.iter().map(|v| v.id).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(verdicts.iter().map(|v| v.state.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(verdicts.iter().map(|v| v.outcome).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(verdicts.iter().map(|v| v.error.as_deref()).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

/// Puts an event off after a failed attempt.
pub async fn put_off(connection: &mut Connection, id: i64, delay_seconds: f64, error: &str) -> Result<()> {
    diesel::sql_query(
        "UPDATE geniacs_webhook_events SET state = 'failed', processing_attempts = processing_attempts + 1, error_message = $3,
             available_at = geniacs_now() + make_interval(secs => $2), updated_at = geniacs_now() WHERE id = $1",
    )
    .bind::<BigInt, _>(id)
    .bind::<Double, _>(delay_seconds)
    .bind::<Text, _>(error)
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets events that found no record be applied again, now that the records with these Geniacs ids exist.
pub async fn reopen_for(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    geniacs_ids: &[&str],
) -> Result<usize> {
    diesel::sql_query(
        "UPDATE geniacs_webhook_events SET state = 'received', processed = false, outcome = NULL, available_at = geniacs_now()
         WHERE integration_id = $1 AND entity_type = $2::entity_type AND geniacs_id = ANY ($3) AND outcome = 'unknown_record'",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Array<Text>, _>(geniacs_ids)
    .execute(connection)
    .await
}

/// Events that wait and that nobody has taken for a while.
pub async fn overdue(connection: &mut Connection, for_seconds: f64) -> Result<bool> {
    let row: Found = diesel::sql_query(
        "SELECT EXISTS (SELECT FROM geniacs_webhook_events WHERE state IN ('received', 'failed')
                        AND available_at <= geniacs_now() - make_interval(secs => $1)) AS found",
    )
    .bind::<Double, _>(for_seconds)
    .get_result(connection)
    .await?;
    Ok(row.found)
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
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct StoredRow {
    #[diesel(sql_type = Bool)]
    made: bool,
    #[diesel(sql_type = Nullable<Bool>)]
    same: Option<bool>,
}

impl StoredRow {
    fn outcome(&self) -> Stored {
        match (self.made, self.same) {
            (true, _) => Stored::New,
            (false, Some(false)) => Stored::Different,
            (false, _) => Stored::Duplicate,
        }
    }
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}
