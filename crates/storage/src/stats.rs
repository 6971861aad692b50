//! Numbers of ended syncs by day.

use crate::{Connection, Result};
use chrono::NaiveDate;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Text};
use diesel_async::RunQueryDsl;

/// Counts a sync that has just ended, in the transaction that ended it.
pub(crate) async fn count_ended(connection: &mut Connection, sync_id: i64, records: i64) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO sync_stats_daily AS d (integration_id, day, entity_type, sync_type, total, successful, failed, partial,
             cancelled, duration_ms, records)
         SELECT integration_id, (completed_at AT TIME ZONE 'UTC')::date, entity_type, sync_type, 1,
             (status = 'success')::int, (status = 'failed')::int, (status = 'partial')::int, (status = 'cancelled')::int,
             coalesce(extract(epoch FROM completed_at - started_at) * 1000, 0)::bigint, $2
         FROM geniacs_data_sync WHERE id = $1
         ON CONFLICT (integration_id, day, entity_type, sync_type) DO UPDATE SET total = d.total + 1,
             successful = d.successful + excluded.successful, failed = d.failed + excluded.failed,
             partial = d.partial + excluded.partial, cancelled = d.cancelled + excluded.cancelled,
             duration_ms = d.duration_ms + excluded.duration_ms, records = d.records + excluded.records",
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

/// Syncs of one day, or of one entity, or of one type, counted: one of the first three is there.
#[derive(Debug, Clone, diesel::QueryableByName)]
pub struct GroupRow {
    /// The day in UTC on which they ended; for those that have not, the day on which they were asked for.
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
}

/// Syncs by day, by entity and by type, from one day to another, both included: of one integration, or of all that are
/// not archived. Days come in their order. Ended ones come from the daily counts; only those under way are counted.
pub async fn groups(
    connection: &mut Connection,
    integration_id: Option<i64>,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<GroupRow>> {
    diesel::sql_query(
        "WITH shown AS (SELECT id FROM geniacs_integrations WHERE CASE WHEN $1::bigint IS NULL THEN archived_at IS NULL ELSE id = $1 END),
         counted AS (
             SELECT d.day, d.entity_type, d.sync_type, d.successful, d.failed, d.partial, d.cancelled, 0::bigint AS pending,
                 d.duration_ms, d.records
             FROM shown JOIN sync_stats_daily d ON d.integration_id = shown.id WHERE d.day BETWEEN $2 AND $3
             UNION ALL
             SELECT (s.created_at AT TIME ZONE 'UTC')::date, s.entity_type, s.sync_type, 0, 0, 0, 0, 1, 0, 0
             FROM shown JOIN geniacs_data_sync s ON s.integration_id = shown.id
             WHERE s.status IN ('pending', 'processing') AND (s.created_at AT TIME ZONE 'UTC')::date BETWEEN $2 AND $3
         )
         SELECT day, entity_type::text AS entity_type, sync_type::text AS sync_type, sum(successful)::bigint AS successful,
             sum(failed)::bigint AS failed, sum(partial)::bigint AS partial, sum(cancelled)::bigint AS cancelled,
             sum(pending)::bigint AS pending, sum(duration_ms)::bigint AS duration_ms, sum(records)::bigint AS records
         FROM counted GROUP BY GROUPING SETS ((day), (entity_type), (sync_type)) ORDER BY day, entity_type, sync_type",
    )
    .bind::<Nullable<BigInt>, _>(integration_id)
    .bind::<Date, _>(from)
    .bind::<Date, _>(to)
    .load(connection)
    .await
}
