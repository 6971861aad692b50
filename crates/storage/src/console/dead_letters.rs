//! What the queues gave up, a letter for each message: seen by people, and sent again where that makes sense. A webhook
//! that was given up is kept as a stored event set aside.

use crate::conditions::Conditions;
use crate::listing::{Place, Reading, descending};
use crate::webhooks::Arrival;
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Binary, Bool, Jsonb, Nullable, Text, Timestamptz};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;
use domain::webhook::LetterState;

/// A drained message.
#[derive(Debug, Clone)]
pub struct NewLetter<'a> {
    /// The message's own id, or another name that the same message gets again when it is drained twice.
    pub message_key: &'a str,
    /// The queue that gave it up, without its prefix.
    pub queue: Option<&'a str>,
    /// RabbitMQ's reason.
    pub reason: Option<&'a str>,
    /// Its type, as its sender called it.
    pub message_type: &'a str,
    /// Its content type.
    pub content_type: &'a str,
    /// What became of it.
    pub state: LetterState,
    /// The integration that it names.
    pub integration_id: Option<i64>,
    /// The event that holds its body.
    pub webhook_event_id: Option<i64>,
    /// What would be sent again.
    pub payload: Option<&'a [u8]>,
}

/// Keeps a letter, unless it is kept already.
pub async fn add(connection: &mut Connection, letter: &NewLetter<'_>) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO dead_letters (message_key, queue, reason, message_type, content_type, state, integration_id,
             webhook_event_id, payload)
         VALUES ($1, $2, $3, $4, $5, $6::dead_letter_state, $7, $8, $9) ON CONFLICT (message_key) DO NOTHING",
    )
    .bind::<Text, _>(letter.message_key)
    .bind::<Nullable<Text>, _>(letter.queue)
    .bind::<Nullable<Text>, _>(letter.reason)
    .bind::<Text, _>(letter.message_type)
    .bind::<Text, _>(letter.content_type)
    .bind::<Text, _>(letter.state.as_str())
    .bind::<Nullable<BigInt>, _>(letter.integration_id)
    .bind::<Nullable<BigInt>, _>(letter.webhook_event_id)
    .bind::<Nullable<Binary>, _>(letter.payload)
    .execute(connection)
    .await?;
    Ok(())
}

/// An event that a letter's body is.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct SetAside {
    /// The event's number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whether it was not stored before.
    #[diesel(sql_type = Bool)]
    pub is_new: bool,
}

/// Stores an event that nobody will apply, unless it is stored already.
pub async fn set_aside(connection: &mut Connection, event: &Arrival, reason: &str) -> Result<SetAside> {
    let stored = diesel::sql_query(
        "INSERT INTO geniacs_webhook_events (integration_id, event_type, event_id, dedupe_key, payload, signature, state,
             outcome, error_message, entity_type, geniacs_id, traceparent, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'set_aside', 'dead_letter', $7, $8::entity_type, $9, $10, $11)
         ON CONFLICT (integration_id, dedupe_key) DO NOTHING RETURNING id, true AS is_new",
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
    .get_result(connection)
    .await
    .optional()?;

    match stored {
        Some(stored) => Ok(stored),
        None => already_stored(connection, event).await,
    }
}

async fn already_stored(connection: &mut Connection, event: &Arrival) -> Result<SetAside> {
    let sql = "SELECT id, false AS is_new FROM geniacs_webhook_events WHERE (integration_id, dedupe_key) = ($1, $2)";
    let query = diesel::sql_query(sql).bind::<BigInt, _>(event.integration_id).bind::<Text, _>(&event.dedupe_key);
    query.get_result(connection).await
}

/// A letter as people see it.
#[derive(Debug, Clone, QueryableByName)]
pub struct LetterRow {
    /// Its number, in the order of draining.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// The queue that gave it up.
    #[diesel(sql_type = Nullable<Text>)]
    pub queue: Option<String>,
    /// RabbitMQ's reason.
    #[diesel(sql_type = Nullable<Text>)]
    pub reason: Option<String>,
    /// Its type.
    #[diesel(sql_type = Text)]
    pub message_type: String,
    /// Its content type.
    #[diesel(sql_type = Text)]
    pub content_type: String,
    /// A [`LetterState`].
    #[diesel(sql_type = Text)]
    pub state: String,
    /// The integration that it names.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub integration_id: Option<i64>,
    /// The event that holds its body.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub webhook_event_id: Option<i64>,
    /// That event's state.
    #[diesel(sql_type = Nullable<Text>)]
    pub webhook_event_state: Option<String>,
    /// Whether there is something to send again.
    #[diesel(sql_type = Bool)]
    pub has_payload: bool,
    /// When it was drained.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// When it was sent again.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub requeued_at: Option<DateTime<Utc>>,
}

fn select(rest: &str) -> String {
    format!(
        "SELECT d.id, d.queue, d.reason, d.message_type, d.content_type, d.state::text AS state, d.integration_id,
             d.webhook_event_id, e.state::text AS webhook_event_state, d.payload IS NOT NULL AS has_payload, d.created_at,
             d.requeued_at
         FROM dead_letters d LEFT JOIN geniacs_webhook_events e ON e.id = d.webhook_event_id {rest}"
    )
}

/// Which letters a list holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Only those that name this integration.
    pub integration_id: Option<i64>,
    /// Only in this state.
    pub state: Option<LetterState>,
    /// Where it lies in the list.
    pub place: Place<i64>,
    /// So many at most.
    pub limit: i64,
}

/// Letters, newest first.
pub async fn list(connection: &mut Connection, filter: Filter) -> Result<Vec<LetterRow>> {
    let order = descending(&filter.place).order;
    let conditions = conditions(filter);
    let sql = select(&format!("WHERE {} ORDER BY d.id {order} LIMIT {}", conditions.sql(), filter.limit));
    conditions.bound(sql).load(connection).await
}

/// How many letters a list holds, up to its limit.
pub async fn count(connection: &mut Connection, filter: Filter) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Counted {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }

    let conditions = conditions(filter);
    let sql = format!(
        "SELECT count(*) AS n FROM (SELECT FROM dead_letters d WHERE {} LIMIT {}) counted",
        conditions.sql(),
        filter.limit
    );
    let counted: Counted = conditions.bound(sql).get_result(connection).await?;
    Ok(counted.n)
}

fn conditions(filter: Filter) -> Conditions {
    let Reading { sign, .. } = descending(&filter.place);
    let mut conditions = Conditions::default();
    conditions.only_if(&format!("d.id {sign} {{}}"), filter.place.row());
    conditions.only_if("d.integration_id = {}", filter.integration_id);
    conditions.only_if("d.state = {}::dead_letter_state", filter.state.map(LetterState::as_str));
    conditions
}

/// One letter.
pub async fn find(connection: &mut Connection, id: i64) -> Result<Option<LetterRow>> {
    diesel::sql_query(select("WHERE d.id = $1")).bind::<BigInt, _>(id).get_result(connection).await.optional()
}

/// One letter and its event, both locked until the transaction ends.
pub async fn lock(connection: &mut Connection, id: i64) -> Result<Option<LetterRow>> {
    // In the order in which the clean-up takes them.
    for sql in [
        "SELECT FROM geniacs_webhook_events WHERE id = (SELECT webhook_event_id FROM dead_letters WHERE id = $1)
         FOR NO KEY UPDATE",
        "SELECT FROM dead_letters WHERE id = $1 FOR NO KEY UPDATE",
    ] {
        diesel::sql_query(sql).bind::<BigInt, _>(id).execute(connection).await?;
    }

    find(connection, id).await
}

/// Notes that a locked letter was sent again; with its payload, it goes to the outbox and from there to its queue.
pub async fn requeue(connection: &mut Connection, id: i64) -> Result<()> {
    diesel::sql_query(
        "WITH sent AS (
             UPDATE dead_letters SET state = 'requeued', requeued_at = geniacs_now() WHERE id = $1
             RETURNING queue, message_type, payload)
         INSERT INTO outbox (queue, type_name, payload) SELECT queue, message_type, payload FROM sent WHERE payload IS NOT NULL",
    )
    .bind::<BigInt, _>(id)
    .execute(connection)
    .await?;
    Ok(())
}
