//! Numbers of ended syncs by day.

use crate::{Connection, Result};
use chrono::NaiveDate;
use diesel::sql_types::{Array, BigInt, Date, Double, Nullable, Text};
use diesel_async::RunQueryDsl;

/// Counts a sync that has just ended, in the transaction that ended it.
pub(crate) async fn count_ended(connection: &mut Connection, sync_id: i64, records: i64) -> Result<()> {
    diesel::sql_query(include_str!("stats.count_ended.sql"))
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

/// The statement of [`groups`]. A day of UTC has its own count; one of another zone is put together from hours. Where a day
/// begins within an hour of UTC, that hour is put together from its quarters, unless it was counted before there were any.
pub(crate) fn groups_sql(by_time_zone: bool) -> String {
    let ended = if by_time_zone {
        include_str!("stats.ended_by_time_zone.sql")
    } else {
        "SELECT d.day, d.entity_type, d.sync_type, d.successful, d.failed, d.partial, d.cancelled, 0::bigint AS pending,
             d.duration_ms, d.records, d.failed_records
         FROM shown JOIN sync_stats_daily d ON d.integration_id = shown.id WHERE d.day BETWEEN $2 AND $3"
    };
    format!(include_str!("stats.groups.sql"), ended = ended)
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
    diesel::sql_query(groups_sql(time_zone.is_some()))
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

/// The statement of [`durations`].
pub(crate) fn durations_sql() -> String {
    format!(include_str!("stats.durations.sql"), MOST_DURATIONS = MOST_DURATIONS)
}

/// How long syncs took that were asked for from one day to another, by the days on which they ended.
pub async fn durations(
    connection: &mut Connection,
    integration_id: Option<i64>,
    from: NaiveDate,
    to: NaiveDate,
    time_zone: Option<&str>,
) -> Result<Vec<DurationRow>> {
    diesel::sql_query(durations_sql())
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
