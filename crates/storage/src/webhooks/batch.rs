//! Taking stored events in batches, and what becomes of them.

use crate::prepared::Prepare;
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Bool, Double, Integer, Jsonb, Nullable, Text, Timestamptz};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;
use domain::EntityType;

/// A stored event that waits to be applied, locked by this transaction; its payload is not read yet, so that one that
/// cannot be read stops no other.
#[derive(Debug, Clone, QueryableByName)]
pub struct Claimed {
    /// Its number, in the order of arrival.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whose it is.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// Its type.
    #[diesel(sql_type = Text)]
    pub event_type: String,
    /// Attempts that failed.
    #[diesel(sql_type = Integer)]
    pub processing_attempts: i32,
    /// Whether its integration takes events now.
    #[diesel(sql_type = Bool)]
    pub integration_active: bool,
    /// When it arrived.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// When it was stored, by the database's clock.
    #[diesel(sql_type = Timestamptz)]
    pub stored_at: DateTime<Utc>,
}

/// A locked event with what it says.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its number, in the order of arrival.
    pub id: i64,
    /// Whose it is.
    pub integration_id: i64,
    /// Its type.
    pub event_type: String,
    /// The whole body.
    pub payload: serde_json::Value,
    /// Attempts that failed.
    pub processing_attempts: i32,
    /// Whether its integration takes events now.
    pub integration_active: bool,
    /// When it arrived.
    pub created_at: DateTime<Utc>,
    /// When it was stored, by the database's clock.
    pub stored_at: DateTime<Utc>,
}

impl Claimed {
    /// The event, once its payload is read.
    pub fn with(self, payload: serde_json::Value) -> Event {
        let Self { id, integration_id, event_type, processing_attempts, integration_active, created_at, stored_at } =
            self;
        Event {
            id,
            integration_id,
            event_type,
            payload,
            processing_attempts,
            integration_active,
            created_at,
            stored_at,
        }
    }
}

const SELECT: &str = "SELECT e.id, e.integration_id, e.event_type, e.processing_attempts,
        i.is_active AND i.archived_at IS NULL AS integration_active, e.created_at, e.stored_at
    FROM geniacs_webhook_events e JOIN geniacs_integrations i ON i.id = e.integration_id";

/// Whether an event broke its last transaction.
const BREAKS: &str =
    "e.state = 'failed' AND (e.outcome IS NULL OR e.outcome NOT IN ('unresolved_reference', 'duplicate_value'))";

/// Locks the events of one integration that have waited longest. Others' locked ones are passed over. An event that
/// broke its transaction comes alone, so that it breaks no other's; one that waits for a reference or for a unique value breaks
/// none.
pub async fn lock_batch(connection: &mut Connection, limit: i64) -> Result<Vec<Claimed>> {
    let sql = format!(
        "WITH first AS (SELECT e.id, e.integration_id, {BREAKS} AS alone FROM geniacs_webhook_events e
                        WHERE e.state IN ('received', 'failed') AND e.available_at <= geniacs_now()
                        ORDER BY e.available_at, e.id LIMIT 1 FOR UPDATE SKIP LOCKED)
         {SELECT}
         WHERE e.integration_id = (SELECT integration_id FROM first) AND e.state IN ('received', 'failed')
           AND e.available_at <= geniacs_now()
           AND CASE WHEN (SELECT alone FROM first) THEN e.id = (SELECT id FROM first) ELSE NOT ({BREAKS}) END
         ORDER BY e.available_at, e.id LIMIT $1 FOR UPDATE OF e SKIP LOCKED"
    );

    diesel::sql_query(sql).bind::<BigInt, _>(limit).prepared().load(connection).await
}

/// Locks one event, unless it has ended or somebody else holds it.
pub async fn lock_one(connection: &mut Connection, id: i64) -> Result<Option<Claimed>> {
    let sql = format!("{SELECT} WHERE e.id = $1 AND e.state IN ('received', 'failed') FOR UPDATE OF e SKIP LOCKED");
    diesel::sql_query(sql).bind::<BigInt, _>(id).prepared().get_result(connection).await.optional()
}

/// The payloads of events, in the order asked for; none where it is not to be had.
pub async fn payloads(connection: &mut Connection, ids: &[i64]) -> Result<Vec<Option<serde_json::Value>>> {
    #[derive(QueryableByName)]
    struct Payload {
        #[diesel(sql_type = Nullable<Jsonb>)]
        payload: Option<serde_json::Value>,
    }

    let sql = format!(
        "SELECT CASE WHEN {} THEN e.payload END AS payload FROM unnest($1) WITH ORDINALITY AS i (id, ord)
         LEFT JOIN LATERAL (SELECT e.payload FROM geniacs_webhook_events e WHERE e.id = i.id LIMIT 1) e ON true
         ORDER BY i.ord",
        crate::bounded::is_bounded("e.payload")
    );

    let rows: Vec<Payload> = diesel::sql_query(sql).bind::<Array<BigInt>, _>(ids).prepared().load(connection).await?;
    Ok(rows.into_iter().map(|row| row.payload).collect())
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
         FROM unnest($1, $2, $3, $4) AS u (id, state, outcome, error) WHERE e.id = ANY ($1) AND e.id = u.id",
    )
    .bind::<Array<BigInt>, _>(verdicts.iter().map(|v| v.id).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(verdicts.iter().map(|v| v.state.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(verdicts.iter().map(|v| v.outcome).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(verdicts.iter().map(|v| v.error.as_deref()).collect::<Vec<_>>())
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}

/// An event to be tried again.
#[derive(Debug, Clone)]
pub struct PutOff {
    /// The event.
    pub id: i64,
    /// How long it waits.
    pub delay_seconds: f64,
    /// A stable word: `error`, `timeout`, `unresolved_reference` or `duplicate_value`.
    pub outcome: &'static str,
    /// What stopped it.
    pub error: String,
}

/// Puts events off after a failed attempt.
pub async fn put_off(connection: &mut Connection, events: &[PutOff]) -> Result<()> {
    diesel::sql_query(
        "UPDATE geniacs_webhook_events e SET state = 'failed', processing_attempts = e.processing_attempts + 1,
             outcome = u.outcome, error_message = u.error, available_at = geniacs_now() + make_interval(secs => u.delay),
             updated_at = geniacs_now()
         FROM unnest($1, $2, $3, $4) AS u (id, delay, outcome, error) WHERE e.id = ANY ($1) AND e.id = u.id",
    )
    .bind::<Array<BigInt>, _>(events.iter().map(|e| e.id).collect::<Vec<_>>())
    .bind::<Array<Double>, _>(events.iter().map(|e| e.delay_seconds).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(events.iter().map(|e| e.outcome).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(events.iter().map(|e| e.error.as_str()).collect::<Vec<_>>())
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}

/// Seconds that an event waits at least, and at most, for a row that another transaction holds.
const WAIT_SECONDS: (f64, f64) = (2.0, 60.0);

/// Lets an event wait for a row that another transaction holds: the longer, the longer it has waited. It has failed no
/// attempt.
pub async fn let_wait(connection: &mut Connection, id: i64, outcome: &str, reason: &str) -> Result<()> {
    diesel::sql_query(
        "UPDATE geniacs_webhook_events e SET state = 'failed', outcome = $2, error_message = $3, updated_at = geniacs_now(),
             available_at = geniacs_now() + make_interval(secs => greatest($4, least($5,
                 extract(epoch FROM geniacs_now() - e.created_at)::double precision / 4)))
         WHERE e.id = $1 AND e.state IN ('received', 'failed')",
    )
    .bind::<BigInt, _>(id)
    .bind::<Text, _>(outcome)
    .bind::<Text, _>(reason)
    .bind::<Double, _>(WAIT_SECONDS.0)
    .bind::<Double, _>(WAIT_SECONDS.1)
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets events that found no record, or that wait for the answer of a push, be applied now that links with these Geniacs
/// ids exist. Call it after `links::lock_incoming`: an event that is just finding no link ends before.
pub async fn reopen_for(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    geniacs_ids: &[&str],
) -> Result<usize> {
    diesel::sql_query(
        "UPDATE geniacs_webhook_events SET state = 'received', processed = false, outcome = NULL, error_message = NULL,
             available_at = geniacs_now()
         WHERE id = ANY (ARRAY(
             SELECT e.id FROM unnest($3) AS u (geniacs_id) CROSS JOIN LATERAL (
                 -- One index probe for each id, whatever the planner thinks of the table.
                 SELECT e.id FROM geniacs_webhook_events e
                 WHERE e.integration_id = $1 AND e.entity_type = $2::entity_type AND e.geniacs_id = u.geniacs_id
                   AND e.outcome IN ('unknown_record', 'awaits_push')
                 -- Somebody who has locked it waits for our lock, and then sees the link.
                 FOR NO KEY UPDATE SKIP LOCKED) e))",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Array<Text>, _>(geniacs_ids)
    .prepared()
    .execute(connection)
    .await
}

/// Puts events off that may be about a record whose creation by a push has no answer yet. That is no attempt of theirs,
/// and they break no batch. They are opened as soon as the record is linked, and looked at again after as long as they
/// have waited, half a minute at most.
pub async fn await_push(connection: &mut Connection, ids: &[i64]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }

    diesel::sql_query(
        "UPDATE geniacs_webhook_events SET state = 'received', outcome = 'awaits_push', updated_at = geniacs_now(),
             error_message = 'a push may just be creating this record; the event is applied once Geniacs has answered it',
             available_at = geniacs_now()
                 + least(interval '30 seconds', greatest(interval '1 second', geniacs_now() - stored_at))
         WHERE id = ANY ($1)",
    )
    .bind::<Array<BigInt>, _>(ids)
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets events be applied in `delay_seconds`, all together, whose records need unique values that others hold: those that were
/// set aside for it, too. Two records may each hold what the other one needs.
pub async fn retry_duplicates(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    delay_seconds: f64,
) -> Result<usize> {
    diesel::sql_query(
        "UPDATE geniacs_webhook_events SET state = 'failed', processed = false, updated_at = geniacs_now(),
             available_at = geniacs_now() + make_interval(secs => $3)
         WHERE id = ANY (ARRAY(
             SELECT e.id FROM geniacs_webhook_events e
             WHERE e.integration_id = $1 AND e.entity_type = $2::entity_type AND e.outcome = 'duplicate_value'
             ORDER BY e.id DESC LIMIT 100 FOR NO KEY UPDATE SKIP LOCKED))",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Double, _>(delay_seconds)
    .prepared()
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
    .prepared()
    .get_result(connection)
    .await?;
    Ok(row.found)
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}
