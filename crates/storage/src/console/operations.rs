//! Operations: what a person asked for over all that a filter found, frozen, and carried out in sets.

use crate::conditions::Conditions;
use crate::listing::{Place, Reading, ascending};
use crate::records::conflicts;
use crate::runs::syncs;
use crate::webhooks::webhook_events;
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Integer, Jsonb, Nullable, Text, Timestamptz};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;
use domain::SyncStatus;
use domain::conflict::ConflictState;
use domain::webhook::{LetterState, WebhookState};
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

/// The columns of an [`Operation`].
pub(crate) const COLUMNS: &str =
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
const MOST_FROZEN: i64 = MAX_ITEMS + 1;

/// Freezes the events that a list shows, those that failed or were set aside unless it names a state; returns how many.
pub async fn freeze_events(connection: &mut Connection, id: i64, filter: &webhook_events::Filter) -> Result<i64> {
    let mut filter = filter.clone();
    filter.window.limit = MOST_FROZEN;
    let mut rows = webhook_events::rows(&filter);
    if filter.state.is_none() {
        rows.only(format!("t.state IN ('{}', '{}')", WebhookState::Failed, WebhookState::SetAside));
    }
    rows.freeze(connection, id).await
}

/// Freezes the syncs that a list shows, those that failed wholly or in part unless it names states; returns how many.
pub async fn freeze_syncs(connection: &mut Connection, id: i64, filter: &syncs::Filter) -> Result<i64> {
    let mut filter = filter.clone();
    filter.window.limit = MOST_FROZEN;
    if filter.statuses.is_empty() {
        filter.statuses = vec![SyncStatus::Failed, SyncStatus::Partial];
    }
    let mut rows = syncs::rows(&filter);
    rows.only_in_use();
    rows.freeze(connection, id).await
}

/// Freezes the open conflicts that a list shows; returns how many.
pub async fn freeze_conflicts(connection: &mut Connection, id: i64, filter: &conflicts::Filter) -> Result<i64> {
    let mut filter = conflicts::Filter { state: Some(ConflictState::Open), ..filter.clone() };
    filter.window.limit = MOST_FROZEN;
    let mut rows = conflicts::rows(&filter);
    rows.only_in_use();
    rows.freeze(connection, id).await
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

    let found: Number = diesel::sql_query(format!(
        "WITH found AS (
             INSERT INTO operation_items (operation_id, subject_id)
             SELECT $1, t.id FROM dead_letters t WHERE {condition} AND ($2::bigint IS NULL OR t.integration_id = $2)
             ORDER BY t.id LIMIT {MOST_FROZEN} RETURNING 1)
         UPDATE operations SET total = (SELECT count(*) FROM found) WHERE id = $1 RETURNING total::bigint AS n"
    ))
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
