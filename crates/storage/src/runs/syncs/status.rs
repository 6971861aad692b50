//! What a sync looks like from outside.

use crate::bounded::is_bounded;
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
    /// A [`domain::sync::SyncKind`].
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// The schedule whose work it does.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub schedule_id: Option<i64>,
    /// What it does now; none unless it runs.
    #[diesel(sql_type = Nullable<Text>)]
    pub phase: Option<String>,
    /// Records a second over the last 30 seconds; none unless it runs.
    #[diesel(sql_type = Nullable<Double>)]
    pub rate: Option<f64>,
    /// How many records its filters name; none where they name none. A list shows the first [`LISTED_IDS`] of them.
    #[diesel(sql_type = Nullable<Integer>)]
    pub named_ids: Option<i32>,
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

/// The columns of [`CountsRow`], summed over the chunks `c`. Records that failed and are taken up again stay counted as
/// failed until something else has become of them: progress does not run backwards.
pub(crate) fn sums() -> String {
    let again = "CASE WHEN c.failed_before AND c.state = 'open' THEN greatest(cardinality(c.record_ids) - c.records_read, 0) ELSE 0 END";
    let sum = |(column, _): &(&str, &str)| {
        let more = if matches!(*column, "records_read" | "failed") { format!(" + {again}") } else { String::new() };
        format!("coalesce(sum(c.{column}{more}), 0)::bigint AS {column}")
    };
    COUNTS.iter().map(sum).collect::<Vec<_>>().join(", ")
}

/// What holds an integration back the most, by its limits `l`.
pub(crate) const HELD_BY: &str = "CASE WHEN l.credentials_refused_at IS NOT NULL THEN 'credentials_refused'
    WHEN l.paused_until > geniacs_now() THEN coalesce(l.pause_reason, 'paused')
    WHEN l.opened_at IS NOT NULL THEN 'breaker_open' ELSE 'rate_limited' END";

/// Until when that is so; none: until somebody does something.
pub(crate) const HELD_UNTIL: &str = "CASE WHEN l.credentials_refused_at IS NOT NULL THEN NULL
    WHEN l.paused_until > geniacs_now() THEN l.paused_until
    WHEN l.opened_at IS NOT NULL THEN l.next_probe_at ELSE l.permits_from END";

/// The newest sync of an integration `i`, an entity `e` and a direction `d` that has come to an end which says something.
pub(crate) const NEWEST_ENDED: &str =
    "SELECT s.id, s.status, s.error_type, s.schedule_id, s.completed_at, s.response_data
    FROM geniacs_data_sync s
    WHERE s.integration_id = i.id AND s.entity_type = e.entity_type AND s.sync_direction = d.sync_direction
      AND s.status IN ('success', 'partial', 'failed') AND sync_kind(s.data) NOT IN ('preview', 'check')
    ORDER BY s.id DESC LIMIT 1";

/// What is true of limits `l` that hold their integration back.
pub(super) const IS_HELD: &str = "(l.held_until > geniacs_now() OR l.opened_at IS NOT NULL)";

/// Of the records that filters name, a list of syncs shows this many.
pub const LISTED_IDS: usize = 100;

/// What a sync `s` does now.
pub(crate) fn phase(s: &str) -> String {
    format!(
        "CASE WHEN {s}.status = 'processing' THEN
             CASE WHEN {s}.plan IS NULL THEN 'planning'
                  ELSE coalesce({s}.walk ->> 'phase', CASE {s}.sync_direction WHEN 'to_geniacs' THEN 'push' ELSE 'pull' END)
             END END AS phase"
    )
}

/// Records a second that the chunks `c` of a sync `s` have read in the last 30 seconds, or since it began. A push is known
/// by the chunks that ended, a pull by what its one chunk had read at most 30 seconds ago.
pub(crate) fn rate(s: &str) -> String {
    let since = "CASE WHEN c.paced_before_at >= geniacs_now() - interval '30 seconds' THEN c.paced_before_at ELSE c.paced_at END";
    let read = "CASE WHEN c.paced_before_at >= geniacs_now() - interval '30 seconds' THEN c.paced_before_read ELSE c.paced_read END";
    let seconds = |since: &str| format!("greatest(extract(epoch FROM geniacs_now() - ({since})), 1)");

    format!(
        "CASE WHEN {s}.status = 'processing' THEN (
             coalesce(sum(c.records_read) FILTER (WHERE c.kind <> 'pull' AND c.completed_at > geniacs_now() - interval '30 seconds'), 0)
                 / least({run}, 30)
             + coalesce(sum(greatest(c.records_read - ({read}), 0) / {pull}) FILTER (WHERE c.kind = 'pull'
                 AND (c.completed_at IS NULL OR c.completed_at > geniacs_now() - interval '30 seconds')), 0)
         )::float8 END AS rate",
        run = seconds(&format!("coalesce({s}.started_at, {s}.created_at)")),
        pull = seconds(since),
    )
}

/// What a sync `s` was accepted with, but for most of the records that it names.
pub(super) fn short_data(s: &str) -> String {
    format!(
        "CASE WHEN {s}.data #> '{{filters,ids,{LISTED_IDS}}}' IS NULL THEN {s}.data
              ELSE jsonb_set({s}.data, '{{filters,ids}}', jsonb_path_query_array({s}.data, '$.filters.ids[0 to {}]')) END",
        LISTED_IDS - 1
    )
}

/// The columns of a sync `s` but its counts and its rate.
pub(super) fn columns(s: &str, data: &str) -> String {
    let phase = phase(s);
    format!(
        "{s}.id, {s}.integration_id, {s}.sync_type::text AS sync_type, {s}.entity_type::text AS entity_type,
         {s}.sync_direction::text AS sync_direction, {s}.status::text AS status, {data} AS data, {s}.error_type, {s}.error_message,
         sync_kind({s}.data) AS kind, {s}.schedule_id, {phase},
         CASE WHEN {s}.data #> '{{filters,ids,0}}' IS NOT NULL THEN jsonb_array_length({s}.data #> '{{filters,ids}}') END AS named_ids,
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
         CROSS JOIN LATERAL (SELECT {}, {} FROM sync_chunks c WHERE c.sync_id = s.id) sums
         WHERE {condition}",
        columns("s", "s.data"),
        sums(),
        rate("s")
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

/// What a sync kept of its records and answers, masked when it was written.
#[derive(Debug, Clone, QueryableByName)]
pub struct Documents {
    /// The first record that it mapped.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub mapped_data: Option<serde_json::Value>,
    /// Its last answer and its counts.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub response_data: Option<serde_json::Value>,
}

/// The documents of a sync. One that an earlier version stored and that would grow without bound is left out.
pub async fn documents(connection: &mut Connection, id: i64) -> Result<Documents> {
    let sql = format!(
        "SELECT CASE WHEN {} THEN mapped_data END AS mapped_data, CASE WHEN {} THEN response_data END AS response_data
         FROM geniacs_data_sync WHERE id = $1",
        is_bounded("mapped_data"),
        is_bounded("response_data")
    );
    diesel::sql_query(sql).bind::<BigInt, _>(id).get_result(connection).await
}
