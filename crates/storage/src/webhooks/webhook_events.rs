//! Stored webhook events as operators see them, and giving them back to the workers.

use crate::bounded::is_bounded;
use crate::listing::{Cursor, List, Rows, Window};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Bool, Integer, Jsonb, Nullable, Text, Timestamptz};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;
use domain::EntityType;
use domain::webhook::{EventKind, WebhookState};

/// An event, without its body and its signature.
#[derive(Debug, Clone, QueryableByName)]
pub struct EventRow {
    /// Its number, in the order of arrival.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whose it is.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// Its type.
    #[diesel(sql_type = Text)]
    pub event_type: String,
    /// The sender's id, if it gave one.
    #[diesel(sql_type = Nullable<Text>)]
    pub event_id: Option<String>,
    /// The entity that it speaks of, where that is known.
    #[diesel(sql_type = Nullable<Text>)]
    pub entity_type: Option<String>,
    /// The record that it speaks of.
    #[diesel(sql_type = Nullable<Text>)]
    pub geniacs_id: Option<String>,
    /// A [`WebhookState`].
    #[diesel(sql_type = Text)]
    pub state: String,
    /// Whether it has ended without being set aside.
    #[diesel(sql_type = Bool)]
    pub processed: bool,
    /// What came of it, a stable word.
    #[diesel(sql_type = Nullable<Text>)]
    pub outcome: Option<String>,
    /// Attempts so far.
    #[diesel(sql_type = Integer)]
    pub processing_attempts: i32,
    /// What stopped the last one.
    #[diesel(sql_type = Nullable<Text>)]
    pub error_message: Option<String>,
    /// How often it came again.
    #[diesel(sql_type = Integer)]
    pub duplicates: i32,
    /// When it ended.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub processed_at: Option<DateTime<Utc>>,
    /// When it arrived.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

const COLUMNS: &str = "t.id, t.integration_id, t.event_type, t.event_id, t.entity_type::text AS entity_type, t.geniacs_id,
    t.state::text AS state, t.processed, t.outcome, t.processing_attempts, t.error_message, t.duplicates, t.processed_at, t.created_at";

/// Which events a list holds.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whose, when, and from where on.
    pub window: Window,
    /// Only of this type.
    pub event_type: Option<String>,
    /// Only in this state.
    pub state: Option<WebhookState>,
    /// Only with this id of the sender's.
    pub event_id: Option<String>,
    /// Only about the record with this Geniacs id.
    pub geniacs_id: Option<String>,
    /// Only about this kind of record.
    pub entity_type: Option<EntityType>,
}

impl List for Filter {
    type Row = EventRow;

    fn window(&mut self) -> &mut Window {
        &mut self.window
    }

    fn cursor(row: &EventRow) -> Cursor {
        Cursor { at: row.created_at, id: row.id }
    }

    async fn load(&self, connection: &mut Connection) -> Result<Vec<EventRow>> {
        rows(self).load(connection, COLUMNS, "").await
    }

    async fn count(&self, connection: &mut Connection) -> Result<i64> {
        rows(self).count(connection).await
    }
}

pub(crate) fn rows(filter: &Filter) -> Rows {
    let mut rows = Rows::of("geniacs_webhook_events", &filter.window);
    rows.only_text("t.event_type = {}", filter.event_type.as_deref());
    rows.only_named("state", filter.state.map(WebhookState::as_str));
    // The id of an event that has one is its key, too, and the key is unique.
    rows.only_text("t.dedupe_key = {} AND t.event_id IS NOT NULL", filter.event_id.as_deref());
    rows.only_text("t.geniacs_id = {}", filter.geniacs_id.as_deref());
    if let Some(entity) = filter.entity_type {
        rows.only_one_of(EventKind::types_of(entity).iter().map(|name| format!("t.event_type = '{name}'")).collect());
    }
    rows
}

/// One event.
pub async fn find(connection: &mut Connection, id: i64) -> Result<Option<EventRow>> {
    let sql = format!("SELECT {COLUMNS} FROM geniacs_webhook_events t WHERE t.id = $1");
    diesel::sql_query(sql).bind::<BigInt, _>(id).get_result(connection).await.optional()
}

/// The body of an event; none where an earlier version stored one that would grow without bound when it is read.
pub async fn payload(connection: &mut Connection, id: i64) -> Result<Option<serde_json::Value>> {
    let sql = format!(
        "SELECT CASE WHEN {} THEN payload END AS payload FROM geniacs_webhook_events WHERE id = $1",
        is_bounded("payload")
    );
    let row: Payload = diesel::sql_query(sql).bind::<BigInt, _>(id).get_result(connection).await?;
    Ok(row.payload)
}

/// What an event is once it is given back: as it was when it arrived.
const FRESH: &str =
    "state = 'received', processed = false, outcome = NULL, processing_attempts = 0, error_message = NULL,
    processed_at = NULL, available_at = geniacs_now(), updated_at = geniacs_now()";

/// Gives one event back to the workers. False: there is no such event.
pub async fn replay(connection: &mut Connection, id: i64) -> Result<bool> {
    let sql = format!("UPDATE geniacs_webhook_events SET {FRESH} WHERE id = $1");
    Ok(diesel::sql_query(sql).bind::<BigInt, _>(id).execute(connection).await? == 1)
}

/// Gives these events back to the workers, as far as no worker holds them. Returns those that were given back, and those that
/// are not there any more; the others are to be tried again.
pub async fn replay_named(connection: &mut Connection, ids: &[i64]) -> Result<(Vec<i64>, Vec<i64>)> {
    #[derive(QueryableByName)]
    struct Told {
        #[diesel(sql_type = BigInt)]
        id: i64,
        #[diesel(sql_type = Bool)]
        is_gone: bool,
    }

    let sql = format!(
        "WITH chosen AS (
             SELECT id FROM geniacs_webhook_events WHERE id = ANY ($1) ORDER BY id FOR UPDATE SKIP LOCKED
         ), reset AS (
             UPDATE geniacs_webhook_events SET {FRESH} WHERE id = ANY (ARRAY(SELECT id FROM chosen)) RETURNING id
         )
         SELECT id, false AS is_gone FROM reset
         UNION ALL SELECT u.id, true FROM unnest($1) AS u (id)
             WHERE (SELECT e.id FROM geniacs_webhook_events e WHERE e.id = u.id LIMIT 1) IS NULL"
    );

    let told: Vec<Told> = diesel::sql_query(sql).bind::<Array<BigInt>, _>(ids).load(connection).await?;
    let (gone, reset): (Vec<Told>, Vec<Told>) = told.into_iter().partition(|told| told.is_gone);

    let numbers = |told: Vec<Told>| told.into_iter().map(|told| told.id).collect();
    Ok((numbers(reset), numbers(gone)))
}

/// Which events are given back together.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Only this integration's.
    pub integration_id: Option<i64>,
    /// Only of this type.
    pub event_type: Option<String>,
    /// In one of these states.
    pub states: Vec<WebhookState>,
    /// Arrived at this moment or later.
    pub from: Option<DateTime<Utc>>,
    /// Arrived at this moment or earlier.
    pub to: Option<DateTime<Utc>>,
    /// So many at most.
    pub limit: i64,
}

/// Gives the oldest events of a batch back to the workers; returns how many. What a worker holds is passed over.
pub async fn replay_batch(connection: &mut Connection, batch: &Batch) -> Result<usize> {
    let states: Vec<String> = batch.states.iter().map(|state| format!("'{state}'")).collect();

    let sql = format!(
        "WITH chosen AS (
             SELECT id FROM geniacs_webhook_events
             WHERE state IN ({}) AND ($1::bigint IS NULL OR integration_id = $1) AND ($2::text IS NULL OR event_type = $2)
               AND ($3::timestamptz IS NULL OR created_at >= $3) AND ($4::timestamptz IS NULL OR created_at <= $4)
             ORDER BY created_at, id LIMIT $5 FOR UPDATE SKIP LOCKED
         )
         UPDATE geniacs_webhook_events e SET {FRESH} FROM chosen WHERE e.id = chosen.id",
        states.join(", ")
    );

    diesel::sql_query(sql)
        .bind::<Nullable<BigInt>, _>(batch.integration_id)
        .bind::<Nullable<Text>, _>(batch.event_type.as_deref())
        .bind::<Nullable<Timestamptz>, _>(batch.from)
        .bind::<Nullable<Timestamptz>, _>(batch.to)
        .bind::<BigInt, _>(batch.limit)
        .execute(connection)
        .await
}

#[derive(QueryableByName)]
struct Payload {
    #[diesel(sql_type = Nullable<Jsonb>)]
    payload: Option<serde_json::Value>,
}
