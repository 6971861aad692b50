//! Operations: what a person asked for over all that a filter found, frozen, and carried out in sets.

use crate::conditions::Conditions;
use crate::listing::{Place, Reading, ascending};
use crate::webhook_events::Batch;
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Integer, Jsonb, Nullable, Text, Timestamptz};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;
use domain::conflict::ConflictState;
use domain::webhook::LetterState;
use domain::{EntityType, SyncStatus};
use serde_json::Value;

/// Things that one operation may be about.
pub const MAX_ITEMS: i64 = 10_000;
/// Days that an ended operation is kept.
const KEPT_DAYS: i32 = 90;

/// An operation to be made.
#[derive(Debug)]
pub struct NewOperation<'a> {
    /// `replay`, `retry`, `resolve` or `requeue`.
    pub kind: &'a str,
    /// What it was asked for with.
    pub filter: &'a Value,
    /// What is to be done beyond its kind.
    pub arguments: &'a Value,
    /// Who asked for it.
    pub user_id: i64,
    /// Under which address.
    pub actor: &'a str,
    /// In which request.
    pub request_id: &'a str,
}

/// An operation.
#[derive(Debug, Clone, QueryableByName)]
pub struct Operation {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// `replay`, `retry`, `resolve` or `requeue`.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// What it was asked for with.
    #[diesel(sql_type = Jsonb)]
    pub filter: Value,
    /// What is to be done beyond its kind.
    #[diesel(sql_type = Jsonb)]
    pub arguments: Value,
    /// Things that it is about.
    #[diesel(sql_type = Integer)]
    pub total: i32,
    /// Those with which it was done.
    #[diesel(sql_type = Integer)]
    pub done: i32,
    /// Those with which it could not be done.
    #[diesel(sql_type = Integer)]
    pub failed: i32,
    /// Who asked for it.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub user_id: Option<i64>,
    /// Under which address.
    #[diesel(sql_type = Text)]
    pub actor: String,
    /// In which request.
    #[diesel(sql_type = Text)]
    pub request_id: String,
    /// Sets that failed one after another.
    #[diesel(sql_type = Integer)]
    pub attempts: i32,
    /// When it was accepted.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// When its last set was done.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub completed_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str =
    "id, kind, filter, arguments, total, done, failed, user_id, actor, request_id, attempts, created_at,
    completed_at";

/// Makes an operation over nothing, to be filled by one of the functions that freeze. Takes those away that ended long ago.
pub async fn insert(connection: &mut Connection, new: &NewOperation<'_>) -> Result<i64> {
    let made: Number = diesel::sql_query(format!(
        "WITH old AS (DELETE FROM operations WHERE id = ANY (ARRAY(
             SELECT id FROM operations WHERE completed_at < geniacs_now() - make_interval(days => {KEPT_DAYS}) LIMIT 10)))
         INSERT INTO operations (kind, filter, arguments, user_id, actor, request_id) VALUES ($1, $2, $3, $4, $5, $6)
         RETURNING id AS n"
    ))
    .bind::<Text, _>(new.kind)
    .bind::<Jsonb, _>(new.filter)
    .bind::<Jsonb, _>(new.arguments)
    .bind::<BigInt, _>(new.user_id)
    .bind::<Text, _>(new.actor)
    .bind::<Text, _>(new.request_id)
    .get_result(connection)
    .await?;
    Ok(made.n)
}

/// What is frozen: at most one more than an operation may be about.
fn freeze(ids: &str) -> String {
    format!(
        "WITH found AS (
             INSERT INTO operation_items (operation_id, subject_id)
             SELECT $1, f.id FROM (SELECT t.id FROM {ids} ORDER BY t.id LIMIT {}) f RETURNING 1)
         UPDATE operations SET total = (SELECT count(*) FROM found) WHERE id = $1 RETURNING total::bigint AS n",
        MAX_ITEMS + 1
    )
}

/// Freezes the events that a replay is about; returns how many. Its limit is left aside.
pub async fn freeze_events(connection: &mut Connection, id: i64, batch: &Batch) -> Result<i64> {
    let states: Vec<String> = batch.states.iter().map(|state| format!("'{state}'")).collect();
    let found: Number = diesel::sql_query(freeze(&format!(
        "geniacs_webhook_events t WHERE t.state IN ({}) AND ($2::bigint IS NULL OR t.integration_id = $2)
             AND ($3::text IS NULL OR t.event_type = $3) AND ($4::timestamptz IS NULL OR t.created_at >= $4)
             AND ($5::timestamptz IS NULL OR t.created_at <= $5)",
        states.join(", ")
    )))
    .bind::<BigInt, _>(id)
    .bind::<Nullable<BigInt>, _>(batch.integration_id)
    .bind::<Nullable<Text>, _>(batch.event_type.as_deref())
    .bind::<Nullable<Timestamptz>, _>(batch.from)
    .bind::<Nullable<Timestamptz>, _>(batch.to)
    .get_result(connection)
    .await?;
    Ok(found.n)
}

/// Which syncs or conflicts an operation is about.
#[derive(Debug, Clone, Default)]
pub struct Narrowed {
    /// Only this integration's.
    pub integration_id: Option<i64>,
    /// Only of this entity.
    pub entity_type: Option<EntityType>,
    /// Made at this moment or later.
    pub from: Option<DateTime<Utc>>,
    /// Made at this moment or earlier.
    pub to: Option<DateTime<Utc>>,
}

/// Freezes the syncs in one of these states that a retry is about; returns how many.
pub async fn freeze_syncs(
    connection: &mut Connection,
    id: i64,
    narrowed: &Narrowed,
    statuses: &[SyncStatus],
) -> Result<i64> {
    let statuses: Vec<String> = statuses.iter().map(|status| format!("'{status}'")).collect();
    let condition = format!("t.status IN ({})", statuses.join(", "));
    narrowed_to(connection, id, "geniacs_data_sync", &condition, narrowed).await
}

/// Freezes the open conflicts that a decision is about; returns how many.
pub async fn freeze_conflicts(connection: &mut Connection, id: i64, narrowed: &Narrowed) -> Result<i64> {
    let condition = format!("t.state = '{}'", ConflictState::Open);
    narrowed_to(connection, id, "conflicts", &condition, narrowed).await
}

async fn narrowed_to(
    connection: &mut Connection,
    id: i64,
    table: &str,
    condition: &str,
    narrowed: &Narrowed,
) -> Result<i64> {
    let found: Number = diesel::sql_query(freeze(&format!(
        "{table} t JOIN geniacs_integrations i ON i.id = t.integration_id AND i.archived_at IS NULL
         WHERE {condition} AND ($2::bigint IS NULL OR t.integration_id = $2)
             AND ($3::text IS NULL OR t.entity_type = $3::entity_type)
             AND ($4::timestamptz IS NULL OR t.created_at >= $4) AND ($5::timestamptz IS NULL OR t.created_at <= $5)"
    )))
    .bind::<BigInt, _>(id)
    .bind::<Nullable<BigInt>, _>(narrowed.integration_id)
    .bind::<Nullable<Text>, _>(narrowed.entity_type.map(EntityType::as_str))
    .bind::<Nullable<Timestamptz>, _>(narrowed.from)
    .bind::<Nullable<Timestamptz>, _>(narrowed.to)
    .get_result(connection)
    .await?;
    Ok(found.n)
}

/// Freezes the dead letters that a requeue is about: those that nobody has sent again, or in one state; returns how many.
pub async fn freeze_letters(
    connection: &mut Connection,
    id: i64,
    integration_id: Option<i64>,
    state: Option<LetterState>,
) -> Result<i64> {
    let condition = match state {
        Some(state) => format!("t.state = '{state}'"),
        None => format!("t.state <> '{}'", LetterState::Requeued),
    };
    let found: Number = diesel::sql_query(freeze(&format!(
        "dead_letters t WHERE {condition} AND ($2::bigint IS NULL OR t.integration_id = $2)"
    )))
    .bind::<BigInt, _>(id)
    .bind::<Nullable<BigInt>, _>(integration_id)
    .get_result(connection)
    .await?;
    Ok(found.n)
}

/// One operation.
pub async fn find(connection: &mut Connection, id: i64) -> Result<Option<Operation>> {
    diesel::sql_query(format!("SELECT {COLUMNS} FROM operations WHERE id = $1"))
        .bind::<BigInt, _>(id)
        .get_result(connection)
        .await
        .optional()
}

/// The first operation that is to go on, locked until the transaction ends; those of other gateways are passed over.
pub async fn claim(connection: &mut Connection) -> Result<Option<Operation>> {
    diesel::sql_query(format!(
        "SELECT {COLUMNS} FROM operations WHERE completed_at IS NULL AND available_at <= geniacs_now()
         ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED"
    ))
    .get_result(connection)
    .await
    .optional()
}

/// The first things of a claimed operation that are still to be done.
pub async fn next_items(connection: &mut Connection, id: i64, limit: i64) -> Result<Vec<i64>> {
    let rows: Vec<Number> = diesel::sql_query(
        "SELECT subject_id AS n FROM operation_items WHERE operation_id = $1 AND state = 'open'
         ORDER BY subject_id LIMIT $2",
    )
    .bind::<BigInt, _>(id)
    .bind::<BigInt, _>(limit)
    .load(connection)
    .await?;
    Ok(rows.into_iter().map(|row| row.n).collect())
}

/// Something with which it could not be done.
#[derive(Debug, Clone, QueryableByName)]
pub struct FailedItem {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub subject_id: i64,
    /// Why, a stable name.
    #[diesel(sql_type = Text)]
    pub code: String,
    /// Why, for a person.
    #[diesel(sql_type = Text)]
    pub message: String,
}

/// Notes what became of a set of a claimed operation; without anything left to do, it has ended.
pub async fn note(connection: &mut Connection, id: i64, done: &[i64], failed: &[FailedItem]) -> Result<()> {
    diesel::sql_query("UPDATE operation_items SET state = 'done' WHERE operation_id = $1 AND subject_id = ANY ($2)")
        .bind::<BigInt, _>(id)
        .bind::<Array<BigInt>, _>(done)
        .execute(connection)
        .await?;
    diesel::sql_query(
        "UPDATE operation_items i SET state = 'failed', code = u.code, message = u.message
         FROM unnest($2, $3, $4) AS u (subject_id, code, message)
         WHERE i.operation_id = $1 AND i.subject_id = u.subject_id",
    )
    .bind::<BigInt, _>(id)
    .bind::<Array<BigInt>, _>(failed.iter().map(|item| item.subject_id).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(failed.iter().map(|item| item.code.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(failed.iter().map(|item| item.message.as_str()).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    diesel::sql_query(
        "UPDATE operations SET done = done + $2, failed = failed + $3, attempts = 0, completed_at = CASE WHEN NOT EXISTS (
             SELECT FROM operation_items i WHERE i.operation_id = $1 AND i.state = 'open') THEN geniacs_now() END
         WHERE id = $1",
    )
    .bind::<BigInt, _>(id)
    .bind::<Integer, _>(i32::try_from(done.len()).unwrap_or(i32::MAX))
    .bind::<Integer, _>(i32::try_from(failed.len()).unwrap_or(i32::MAX))
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets an operation whose set failed wait, the longer the oftener. Returns how many have failed one after another.
pub async fn put_off(connection: &mut Connection, id: i64) -> Result<i32> {
    let row: Option<Number> = diesel::sql_query(
        "UPDATE operations SET attempts = attempts + 1,
             available_at = geniacs_now() + make_interval(secs => least(power(2, attempts), 60))
         WHERE id = $1 AND completed_at IS NULL RETURNING attempts::bigint AS n",
    )
    .bind::<BigInt, _>(id)
    .get_result(connection)
    .await
    .optional()?;
    Ok(row.and_then(|row| i32::try_from(row.n).ok()).unwrap_or_default())
}

/// A stretch of those with which it could not be done, by number.
pub async fn failures(connection: &mut Connection, id: i64, place: Place<i64>, limit: i64) -> Result<Vec<FailedItem>> {
    let Reading { sign, order } = ascending(&place);
    let mut conditions = Conditions::default();
    conditions.only("state = 'failed'");
    conditions.only_if("operation_id = {}", Some(id));
    conditions.only_if(&format!("subject_id {sign} {{}}"), place.row());
    let sql = format!(
        "SELECT subject_id, coalesce(code, '') AS code, coalesce(message, '') AS message FROM operation_items
         WHERE {} ORDER BY subject_id {order} LIMIT {limit}",
        conditions.sql()
    );
    conditions.bound(sql).load(connection).await
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}
