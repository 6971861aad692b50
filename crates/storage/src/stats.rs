//! Numbers of ended syncs by day.

use crate::{Connection, Result};
use diesel::sql_types::{Array, BigInt};
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
