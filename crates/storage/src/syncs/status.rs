//! What a sync looks like from outside.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Bool, Double, Integer, Jsonb, Nullable, Text, Timestamptz};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;
use domain::Counts;

/// A sync with the sum of its chunks.
#[derive(Debug, Clone, QueryableByName)]
pub struct SyncRow {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whose it is.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// A [`domain::SyncType`].
    #[diesel(sql_type = Text)]
    pub sync_type: String,
    /// A [`domain::EntityType`].
    #[diesel(sql_type = Text)]
    pub entity_type: String,
    /// A [`domain::SyncDirection`].
    #[diesel(sql_type = Text)]
    pub sync_direction: String,
    /// A [`domain::SyncStatus`].
    #[diesel(sql_type = Text)]
    pub status: String,
    /// Filters, options and settings as accepted.
    #[diesel(sql_type = Jsonb)]
    pub data: serde_json::Value,
    /// A stable name of what stopped the run.
    #[diesel(sql_type = Nullable<Text>)]
    pub error_type: Option<String>,
    /// What stopped the run.
    #[diesel(sql_type = Nullable<Text>)]
    pub error_message: Option<String>,
    /// Runs before this one.
    #[diesel(sql_type = Integer)]
    pub retry_count: i32,
    /// When the failed records are tried again.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub next_retry_at: Option<DateTime<Utc>>,
    /// When it began.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was accepted.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// Records it will look at; none until known.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub total_records: Option<i64>,
    /// Seconds from start to end, or until now.
    #[diesel(sql_type = Nullable<Double>)]
    pub duration_seconds: Option<f64>,
    /// Whether it runs and shows no progress.
    #[diesel(sql_type = Bool)]
    pub stalled: bool,
    /// What holds its integration back, if it has not ended.
    #[diesel(sql_type = Nullable<Text>)]
    pub waiting_for: Option<String>,
    /// What became of its records so far.
    #[diesel(embed)]
    pub counts: CountsRow,
}

/// [`Counts`] as columns.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct CountsRow {
    #[diesel(sql_type = BigInt)]
    records_read: i64,
    #[diesel(sql_type = BigInt)]
    created: i64,
    #[diesel(sql_type = BigInt)]
    updated: i64,
    #[diesel(sql_type = BigInt)]
    unchanged: i64,
    #[diesel(sql_type = BigInt)]
    skipped: i64,
    #[diesel(sql_type = BigInt)]
    deleted: i64,
    #[diesel(sql_type = BigInt)]
    conflicts: i64,
    #[diesel(sql_type = BigInt)]
    failed: i64,
}

impl From<CountsRow> for Counts {
    fn from(row: CountsRow) -> Self {
        Self {
            read: row.records_read,
            created: row.created,
            updated: row.updated,
            unchanged: row.unchanged,
            skipped: row.skipped,
            deleted: row.deleted,
            conflicts: row.conflicts,
            failed: row.failed,
        }
    }
}

/// The columns of [`CountsRow`], each with its name in the JSON of [`Counts`].
pub(super) const COUNTS: [(&str, &str); 8] = [
    ("records_read", "read"),
    ("created", "created"),
    ("updated", "updated"),
    ("unchanged", "unchanged"),
    ("skipped", "skipped"),
    ("deleted", "deleted"),
    ("conflicts", "conflicts"),
    ("failed", "failed"),
];

/// The columns of [`CountsRow`], summed over the chunks `c`.
pub(crate) fn sums() -> String {
    let sum = |(column, _): &(&str, &str)| format!("coalesce(sum(c.{column}), 0)::bigint AS {column}");
    COUNTS.iter().map(sum).collect::<Vec<_>>().join(", ")
}

/// What holds an integration back the most, by its limits `l`.
pub(crate) const HELD_BY: &str = "CASE WHEN l.credentials_refused_at IS NOT NULL THEN 'credentials_refused'
    WHEN l.paused_until > geniacs_now() THEN coalesce(l.pause_reason, 'paused')
    WHEN l.opened_at IS NOT NULL THEN 'breaker_open' ELSE 'rate_limited' END";

/// What is true of limits `l` that hold their integration back.
pub(super) const IS_HELD: &str = "(l.held_until > geniacs_now() OR l.opened_at IS NOT NULL)";

/// The columns of a sync `s` but its counts.
pub(super) fn columns(s: &str) -> String {
    format!(
        "{s}.id, {s}.integration_id, {s}.sync_type::text AS sync_type, {s}.entity_type::text AS entity_type,
         {s}.sync_direction::text AS sync_direction, {s}.status::text AS status, {s}.data, {s}.error_type, {s}.error_message,
         {s}.retry_count, {s}.next_retry_at, {s}.started_at, {s}.completed_at, {s}.created_at, {s}.total_records,
         extract(epoch FROM coalesce({s}.completed_at, geniacs_now()) - {s}.started_at)::float8 AS duration_seconds,
         {s}.status = 'processing' AND {s}.stalled_since IS NOT NULL AS stalled,
         CASE WHEN {s}.status IN ('pending', 'processing') THEN
             (SELECT {HELD_BY} FROM integration_limits l WHERE l.integration_id = {s}.integration_id AND {IS_HELD})
         END AS waiting_for"
    )
}

fn select(condition: &str) -> String {
    format!(
        "SELECT {}, sums.* FROM geniacs_data_sync s
         CROSS JOIN LATERAL (SELECT {} FROM sync_chunks c WHERE c.sync_id = s.id) sums
         WHERE {condition}",
        columns("s"),
        sums()
    )
}

/// One sync.
pub async fn find(connection: &mut Connection, id: i64) -> Result<Option<SyncRow>> {
    diesel::sql_query(select("s.id = $1")).bind::<BigInt, _>(id).get_result(connection).await.optional()
}

/// The sync that an idempotency key made.
pub async fn find_by_key(connection: &mut Connection, integration_id: i64, key: &str) -> Result<Option<SyncRow>> {
    diesel::sql_query(select("s.integration_id = $1 AND s.idempotency_key = $2"))
        .bind::<BigInt, _>(integration_id)
        .bind::<Text, _>(key)
        .get_result(connection)
        .await
        .optional()
}

/// Why one record of a sync failed.
#[derive(Debug, Clone, QueryableByName)]
pub struct RecordError {
    /// Its number, for paging.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// The local id, if there is one yet.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub record_id: Option<i64>,
    /// The Geniacs id, if there is one yet.
    #[diesel(sql_type = Nullable<Text>)]
    pub geniacs_id: Option<String>,
    /// A stable name of the kind of failure.
    #[diesel(sql_type = Text)]
    pub error_type: String,
    /// What failed, for a person.
    #[diesel(sql_type = Text)]
    pub error_message: String,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub failed_at: DateTime<Utc>,
}

/// The failures of a sync after the one numbered `after`, oldest first.
pub async fn errors(connection: &mut Connection, sync_id: i64, after: i64, limit: i64) -> Result<Vec<RecordError>> {
    diesel::sql_query(
        "SELECT id, record_id, geniacs_id, error_type, error_message, failed_at FROM sync_record_errors
         WHERE sync_id = $1 AND id > $2 ORDER BY id LIMIT $3",
    )
    .bind::<BigInt, _>(sync_id)
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(limit)
    .load(connection)
    .await
}
