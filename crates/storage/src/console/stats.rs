//! Numbers of ended syncs by day.

use crate::{Connection, Result};
use chrono::NaiveDate;
use diesel::sql_types::{Array, BigInt, Date, Double, Nullable, Text};
use diesel_async::RunQueryDsl;

/// Counts a sync that has just ended, in the transaction that ended it.
pub(crate) async fn count_ended(connection: &mut Connection, sync_id: i64, records: i64) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO sync_stats_daily AS d (integration_id, day, entity_type, sync_type, total, successful, failed, partial,
             cancelled, duration_ms, records, failed_records)
         SELECT integration_id, (completed_at AT TIME ZONE 'UTC')::date, entity_type, sync_type, 1,
             (status = 'success')::int, (status = 'failed')::int, (status = 'partial')::int, (status = 'cancelled')::int,
             coalesce(extract(epoch FROM completed_at - started_at) * 1000, 0)::bigint, $2,
             coalesce((response_data #>> '{counts,failed}')::bigint, 0)
         FROM geniacs_data_sync WHERE id = $1
         ON CONFLICT (integration_id, day, entity_type, sync_type) DO UPDATE SET total = d.total + 1,
             successful = d.successful + excluded.successful, failed = d.failed + excluded.failed,
             partial = d.partial + excluded.partial, cancelled = d.cancelled + excluded.cancelled,
             duration_ms = d.duration_ms + excluded.duration_ms, records = d.records + excluded.records,
             failed_records = d.failed_records + excluded.failed_records",
    )
    .bind::<BigInt, _>(sync_id)
    .bind::<BigInt, _>(records)
    .execute(connection)
    .await?;
    Ok(())
}

/// How an integration's syncs have ended so far; the contract's `sync_status`.
#[derive(Debug, Clone, Copy, Default, diesel::QueryableByName)]
pub struct SyncTotals {
    /// Whose.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// Ended, waiting and running.
    #[diesel(sql_type = BigInt)]
    pub total_syncs: i64,
    /// Ended without a failure.
    #[diesel(sql_type = BigInt)]
    pub successful_syncs: i64,
    /// Ended without a success.
    #[diesel(sql_type = BigInt)]
    pub failed_syncs: i64,
    /// Waiting and running.
    #[diesel(sql_type = BigInt)]
    pub pending_syncs: i64,
}

/// The totals of several integrations, those without a sync included.
pub async fn totals(connection: &mut Connection, integration_ids: &[i64]) -> Result<Vec<SyncTotals>> {
    diesel::sql_query(
        "SELECT i.id AS integration_id, (coalesce(d.total, 0) + p.pending)::bigint AS total_syncs,
             coalesce(d.successful, 0)::bigint AS successful_syncs, coalesce(d.failed, 0)::bigint AS failed_syncs,
             p.pending AS pending_syncs
         FROM unnest($1) AS i (id)
         LEFT JOIN LATERAL (SELECT sum(total) AS total, sum(successful) AS successful, sum(failed) AS failed
                            FROM sync_stats_daily WHERE integration_id = i.id) d ON true
         CROSS JOIN LATERAL (SELECT count(*) AS pending FROM geniacs_data_sync s
                             WHERE s.integration_id = i.id AND s.status IN ('pending', 'processing')) p",
    )
    .bind::<Array<BigInt>, _>(integration_ids)
    .load(connection)
    .await
}

/// Syncs of one day, of one entity or of one type, or of one entity or type on one day, counted.
#[derive(Debug, Clone, diesel::QueryableByName)]
pub struct GroupRow {
    /// The day on which they ended; for those that have not, the day on which they were asked for.
    #[diesel(sql_type = Nullable<Date>)]
    pub day: Option<NaiveDate>,
    /// A [`domain::EntityType`].
    #[diesel(sql_type = Nullable<Text>)]
    pub entity_type: Option<String>,
    /// A [`domain::SyncType`].
    #[diesel(sql_type = Nullable<Text>)]
    pub sync_type: Option<String>,
    /// Ended without a failure.
    #[diesel(sql_type = BigInt)]
    pub successful: i64,
    /// Ended without a success.
    #[diesel(sql_type = BigInt)]
    pub failed: i64,
    /// Ended with both.
    #[diesel(sql_type = BigInt)]
    pub partial: i64,
    /// Ended by a person.
    #[diesel(sql_type = BigInt)]
    pub cancelled: i64,
    /// Waiting and running.
    #[diesel(sql_type = BigInt)]
    pub pending: i64,
    /// Milliseconds that the ended ones took, together.
    #[diesel(sql_type = BigInt)]
    pub duration_ms: i64,
    /// Records that the ended ones looked at, together.
    #[diesel(sql_type = BigInt)]
    pub records: i64,
    /// Those of them that failed.
    #[diesel(sql_type = BigInt)]
    pub failed_records: i64,
}

/// Syncs by day, by entity and by type, from one day to another, both included: of one integration, or of all that are
/// not archived. Days come in their order, and are those of a time zone, else UTC's. Ended ones come from the daily or hourly
/// counts; only those under way are counted.
pub async fn groups(
    connection: &mut Connection,
    integration_id: Option<i64>,
    from: NaiveDate,
    to: NaiveDate,
    time_zone: Option<&str>,
) -> Result<Vec<GroupRow>> {
    // A day of UTC has its own count; one of another zone is put together from hours. Where a day begins within an hour of
    // UTC, that hour is put together from its quarters, unless it was counted before there were any.
    let ended = if time_zone.is_some() {
        "SELECT (h.hour AT TIME ZONE $4)::date AS day, h.entity_type, h.sync_type, h.successful, h.failed, h.partial, h.cancelled,
             0::bigint AS pending, h.duration_ms, h.records, h.failed_records
         FROM shown JOIN sync_stats_hourly h ON h.integration_id = shown.id
         WHERE h.hour >= $2::timestamp AT TIME ZONE $4 AND h.hour < ($3 + 1)::timestamp AT TIME ZONE $4
           AND NOT (h.hour IN (SELECT hour FROM split) AND EXISTS (
               SELECT FROM sync_stats_quarters q WHERE q.integration_id = h.integration_id
                   AND q.quarter >= h.hour AND q.quarter < h.hour + interval '1 hour'
                   AND q.entity_type = h.entity_type AND q.sync_type = h.sync_type))
         UNION ALL
         SELECT (q.quarter AT TIME ZONE $4)::date, q.entity_type, q.sync_type, q.successful, q.failed, q.partial, q.cancelled, 0,
             q.duration_ms, q.records, q.failed_records
         FROM shown CROSS JOIN split JOIN sync_stats_quarters q ON q.integration_id = shown.id
             AND q.quarter >= split.hour AND q.quarter < split.hour + interval '1 hour'
         WHERE q.quarter >= $2::timestamp AT TIME ZONE $4 AND q.quarter < ($3 + 1)::timestamp AT TIME ZONE $4"
    } else {
        "SELECT d.day, d.entity_type, d.sync_type, d.successful, d.failed, d.partial, d.cancelled, 0::bigint AS pending,
             d.duration_ms, d.records, d.failed_records
         FROM shown JOIN sync_stats_daily d ON d.integration_id = shown.id WHERE d.day BETWEEN $2 AND $3"
    };
    diesel::sql_query(format!(
        "WITH shown AS (SELECT id FROM geniacs_integrations WHERE CASE WHEN $1::bigint IS NULL THEN archived_at IS NULL ELSE id = $1 END),
         split AS MATERIALIZED (
             SELECT DISTINCT date_trunc('hour', b.beginning, 'UTC') AS hour FROM generate_series(0, $3 - $2 + 1) n
             CROSS JOIN LATERAL (SELECT ($2 + n)::timestamp AT TIME ZONE $4 AS beginning) b
             WHERE b.beginning <> date_trunc('hour', b.beginning, 'UTC')),
         counted AS (
             {ended}
             UNION ALL
             SELECT (s.created_at AT TIME ZONE $4)::date, s.entity_type, s.sync_type, 0, 0, 0, 0, 1, 0, 0, 0
             FROM shown JOIN geniacs_data_sync s ON s.integration_id = shown.id
             WHERE s.status IN ('pending', 'processing') AND (s.created_at AT TIME ZONE $4)::date BETWEEN $2 AND $3
         )
         SELECT day, entity_type::text AS entity_type, sync_type::text AS sync_type, sum(successful)::bigint AS successful,
             sum(failed)::bigint AS failed, sum(partial)::bigint AS partial, sum(cancelled)::bigint AS cancelled,
             sum(pending)::bigint AS pending, sum(duration_ms)::bigint AS duration_ms, sum(records)::bigint AS records,
             sum(failed_records)::bigint AS failed_records
         FROM counted
         GROUP BY GROUPING SETS ((day), (entity_type), (sync_type), (day, entity_type), (day, sync_type))
         ORDER BY day, entity_type, sync_type"
    ))
    .bind::<Nullable<BigInt>, _>(integration_id)
    .bind::<Date, _>(from)
    .bind::<Date, _>(to)
    .bind::<Text, _>(time_zone.unwrap_or("UTC"))
    .load(connection)
    .await
}

/// How long syncs took that ended on a day, or on all days together.
#[derive(Debug, Clone, diesel::QueryableByName)]
pub struct DurationRow {
    /// The day; none: all of them.
    #[diesel(sql_type = Nullable<Date>)]
    pub day: Option<NaiveDate>,
    /// Seconds that 95 in a hundred did not exceed.
    #[diesel(sql_type = Nullable<Double>)]
    pub p95_seconds: Option<f64>,
}

/// Syncs that durations are taken from: the newest of each integration, so many together.
const MOST_DURATIONS: i64 = 2_000;

/// How long syncs took that were asked for from one day to another, by the days on which they ended.
pub async fn durations(
    connection: &mut Connection,
    integration_id: Option<i64>,
    from: NaiveDate,
    to: NaiveDate,
    time_zone: Option<&str>,
) -> Result<Vec<DurationRow>> {
    diesel::sql_query(format!(
        "WITH shown AS (SELECT id FROM geniacs_integrations WHERE CASE WHEN $1::bigint IS NULL THEN archived_at IS NULL ELSE id = $1 END),
         ended AS (
             SELECT (s.completed_at AT TIME ZONE $4)::date AS day, extract(epoch FROM s.completed_at - s.started_at)::float8 AS seconds
             FROM shown CROSS JOIN LATERAL (
                 SELECT * FROM geniacs_data_sync s WHERE s.integration_id = shown.id
                     AND s.created_at >= $2::timestamp AT TIME ZONE $4 AND s.created_at < ($3 + 1)::timestamp AT TIME ZONE $4
                 ORDER BY s.created_at DESC, s.id DESC
                 -- Many integrations share what one may take alone.
                 LIMIT greatest({MOST_DURATIONS} / greatest((SELECT count(*) FROM shown), 1), 50)) s
             WHERE s.completed_at IS NOT NULL AND s.started_at IS NOT NULL
             ORDER BY s.created_at DESC LIMIT {MOST_DURATIONS}
         )
         SELECT day, percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS p95_seconds
         FROM ended GROUP BY GROUPING SETS ((), (day)) ORDER BY day NULLS FIRST"
    ))
    .bind::<Nullable<BigInt>, _>(integration_id)
    .bind::<Date, _>(from)
    .bind::<Date, _>(to)
    .bind::<Text, _>(time_zone.unwrap_or("UTC"))
    .load(connection)
    .await
}

/// What else happened, counted up to a bound.
#[derive(Debug, Clone, Copy, diesel::QueryableByName)]
pub struct BesideRow {
    /// Webhook events that came.
    #[diesel(sql_type = BigInt)]
    pub webhooks: i64,
    /// Those of them that are set aside.
    #[diesel(sql_type = BigInt)]
    pub webhooks_set_aside: i64,
    /// Conflicts that were met.
    #[diesel(sql_type = BigInt)]
    pub conflicts: i64,
    /// Those of them that nobody has decided.
    #[diesel(sql_type = BigInt)]
    pub conflicts_open: i64,
}

/// What else happened from one day to another, each counted up to `most`, and one more where there is more.
pub async fn beside(
    connection: &mut Connection,
    integration_id: Option<i64>,
    from: NaiveDate,
    to: NaiveDate,
    time_zone: Option<&str>,
    most: i64,
) -> Result<BesideRow> {
    let count = |table: &str, condition: &str| {
        format!(
            "(SELECT count(*) FROM (SELECT FROM shown i CROSS JOIN LATERAL (
                 SELECT FROM {table} t WHERE t.integration_id = i.id AND t.created_at >= $2::timestamp AT TIME ZONE $4
                     AND t.created_at < ($3 + 1)::timestamp AT TIME ZONE $4 {condition} LIMIT {bound}) t LIMIT {bound}) n)",
            bound = most + 1
        )
    };
    let sql = format!(
        "WITH shown AS MATERIALIZED (
             SELECT id FROM geniacs_integrations WHERE CASE WHEN $1::bigint IS NULL THEN archived_at IS NULL ELSE id = $1 END)
         SELECT {} AS webhooks, {} AS webhooks_set_aside, {} AS conflicts, {} AS conflicts_open",
        count("geniacs_webhook_events", ""),
        count("geniacs_webhook_events", "AND t.state = 'set_aside'"),
        count("conflicts", ""),
        count("conflicts", "AND t.state = 'open'"),
    );
    diesel::sql_query(sql)
        .bind::<Nullable<BigInt>, _>(integration_id)
        .bind::<Date, _>(from)
        .bind::<Date, _>(to)
        .bind::<Text, _>(time_zone.unwrap_or("UTC"))
        .get_result(connection)
        .await
}
