//! The weekly reports: what is counted for one, and the stored ones.

use crate::conditions::Conditions;
use crate::entities::descriptor;
use crate::listing::{Place, Reading, descending};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Double, Jsonb, Nullable, Text, Timestamptz};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;
use domain::EntityType;

/// Kinds of errors that are listed for an integration and entity.
const COMMONEST: i64 = 10;

/// The ended syncs of one integration and entity.
#[derive(Debug, Clone, QueryableByName)]
pub struct SyncsRow {
    /// Whose.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// Of which kind of record.
    #[diesel(sql_type = Text)]
    pub entity_type: String,
    /// Ended syncs.
    #[diesel(sql_type = BigInt)]
    pub total: i64,
    /// Without a failed record.
    #[diesel(sql_type = BigInt)]
    pub successful: i64,
    /// With failed records and others.
    #[diesel(sql_type = BigInt)]
    pub partial: i64,
    /// Without a record that succeeded.
    #[diesel(sql_type = BigInt)]
    pub failed: i64,
    /// Ended by a person.
    #[diesel(sql_type = BigInt)]
    pub cancelled: i64,
    /// Their counts summed up, as [`domain::Counts`].
    #[diesel(sql_type = Jsonb)]
    pub counts: serde_json::Value,
    /// 95 of 100 took no longer, in milliseconds.
    #[diesel(sql_type = Nullable<Double>)]
    pub p95_duration_ms: Option<f64>,
}

/// Counts the syncs that ended in a period.
pub async fn syncs(connection: &mut Connection, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<SyncsRow>> {
    let sum = |name: &str| format!("'{name}', coalesce(sum((response_data #>> '{{counts,{name}}}')::bigint), 0)");
    let names = ["read", "created", "updated", "unchanged", "skipped", "deleted", "conflicts", "failed"];

    diesel::sql_query(format!(
        "SELECT integration_id, entity_type::text AS entity_type, count(*) AS total,
             count(*) FILTER (WHERE status = 'success') AS successful, count(*) FILTER (WHERE status = 'partial') AS partial,
             count(*) FILTER (WHERE status = 'failed') AS failed, count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
             jsonb_build_object({sums}) AS counts,
             percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM completed_at - started_at)::float8 * 1000)
                 AS p95_duration_ms
         FROM geniacs_data_sync WHERE completed_at >= $1 AND completed_at < $2 GROUP BY integration_id, entity_type",
        sums = names.map(sum).join(", "),
    ))
    .bind::<Timestamptz, _>(from)
    .bind::<Timestamptz, _>(to)
    .load(connection)
    .await
}

/// How often a kind of error occurred.
#[derive(Debug, Clone, QueryableByName)]
pub struct ErrorsRow {
    /// Whose.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// Of which kind of record.
    #[diesel(sql_type = Text)]
    pub entity_type: String,
    /// Its stable name.
    #[diesel(sql_type = Text)]
    pub error_type: String,
    /// How often.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

/// The commonest errors of the syncs that ended in a period, of single records and of whole runs, the commonest first.
/// Only their types: messages may name what belongs to a customer.
pub async fn errors(connection: &mut Connection, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<ErrorsRow>> {
    diesel::sql_query(format!(
        "WITH ended AS MATERIALIZED (SELECT id, integration_id, entity_type, error_type FROM geniacs_data_sync
                        WHERE completed_at >= $1 AND completed_at < $2),
         met AS (SELECT s.integration_id, s.entity_type, e.error_type FROM ended s JOIN sync_record_errors e ON e.sync_id = s.id
                 UNION ALL
                 SELECT integration_id, entity_type, error_type FROM ended WHERE error_type IS NOT NULL),
         counted AS (SELECT integration_id, entity_type, error_type, count(*) AS count, row_number() OVER (
                         PARTITION BY integration_id, entity_type ORDER BY count(*) DESC, error_type) AS place
                     FROM met GROUP BY integration_id, entity_type, error_type)
         SELECT integration_id, entity_type::text AS entity_type, error_type::text AS error_type, count
         FROM counted WHERE place <= {COMMONEST} ORDER BY integration_id, entity_type, place"
    ))
    .bind::<Timestamptz, _>(from)
    .bind::<Timestamptz, _>(to)
    .load(connection)
    .await
}

/// Webhook events by the kind of record that they speak of.
#[derive(Debug, Clone, QueryableByName)]
pub struct WebhooksRow {
    /// Whose.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// None: of a type that is not known.
    #[diesel(sql_type = Nullable<Text>)]
    pub entity_type: Option<String>,
    /// That came.
    #[diesel(sql_type = BigInt)]
    pub received: i64,
    /// Applied.
    #[diesel(sql_type = BigInt)]
    pub processed: i64,
    /// Older than what was known.
    #[diesel(sql_type = BigInt)]
    pub superseded: i64,
    /// Set aside for a person.
    #[diesel(sql_type = BigInt)]
    pub set_aside: i64,
    /// Still to be applied.
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
}

/// Counts the events that came in a period.
pub async fn webhooks(connection: &mut Connection, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<WebhooksRow>> {
    diesel::sql_query(
        "SELECT integration_id, entity_type::text AS entity_type, count(*) AS received,
             count(*) FILTER (WHERE state = 'processed') AS processed,
             count(*) FILTER (WHERE state = 'superseded') AS superseded,
             count(*) FILTER (WHERE state = 'set_aside') AS set_aside,
             count(*) FILTER (WHERE state IN ('received', 'failed')) AS waiting
         FROM geniacs_webhook_events WHERE created_at >= $1 AND created_at < $2 GROUP BY integration_id, entity_type",
    )
    .bind::<Timestamptz, _>(from)
    .bind::<Timestamptz, _>(to)
    .load(connection)
    .await
}

/// An integration that a report speaks of.
#[derive(Debug, Clone, QueryableByName)]
pub struct IntegrationRow {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Its name.
    #[diesel(sql_type = Text)]
    pub name: String,
}

/// Every integration that is not archived.
pub async fn integrations(connection: &mut Connection) -> Result<Vec<IntegrationRow>> {
    diesel::sql_query("SELECT id, name FROM geniacs_integrations WHERE archived_at IS NULL ORDER BY id")
        .load(connection)
        .await
}

/// How far the two sides are apart at this moment, as far as that can be told without asking the partner.
#[derive(Debug, Clone, QueryableByName)]
pub struct DriftRow {
    /// Records here that have no link to a record there; none where nothing is linked.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub unlinked: Option<i64>,
    /// Links whose last request had no known outcome.
    #[diesel(sql_type = BigInt)]
    pub unconfirmed: i64,
    /// Records changed since the last push; none before the first one.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub unsent: Option<i64>,
}

/// Measures the drift of one integration and entity.
pub async fn drift(connection: &mut Connection, integration_id: i64, entity: EntityType) -> Result<DriftRow> {
    let descriptor = descriptor(entity);
    let table = descriptor.table;
    let unlinked = if descriptor.append_only {
        "NULL::bigint".to_owned()
    } else {
        format!(
            "(SELECT count(*) FROM {table} t WHERE t.deleted_at IS NULL AND NOT EXISTS (
                 SELECT FROM record_links l WHERE l.local_id = t.id AND l.integration_id = $1
                   AND l.entity_type = $2::entity_type AND l.geniacs_id IS NOT NULL))"
        )
    };

    diesel::sql_query(format!(
        "SELECT {unlinked} AS unlinked,
             (SELECT count(*) FROM record_links WHERE integration_id = $1 AND entity_type = $2::entity_type AND unconfirmed)
                 AS unconfirmed,
             (SELECT (SELECT count(*) FROM {table} t WHERE t.changed_xid >= p.changed_xid::text::xid8)
              FROM sync_positions p WHERE p.integration_id = $1 AND p.entity_type = $2::entity_type
                AND p.direction = 'to_geniacs' AND p.changed_xid IS NOT NULL) AS unsent"
    ))
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .get_result(connection)
    .await
}

/// Counting may take longer than other work.
pub async fn allow_minutes(connection: &mut Connection) -> Result<()> {
    diesel::sql_query("SET LOCAL statement_timeout = '10min'").execute(connection).await?;
    Ok(())
}

/// A stored report.
#[derive(Debug, Clone, QueryableByName)]
pub struct Report {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// The beginning of its week.
    #[diesel(sql_type = Timestamptz)]
    pub period_start: DateTime<Utc>,
    /// The end of its week, not within.
    #[diesel(sql_type = Timestamptz)]
    pub period_end: DateTime<Utc>,
    /// Whose weeks they are.
    #[diesel(sql_type = Text)]
    pub time_zone: String,
    /// A [`domain::report::Content`].
    #[diesel(sql_type = Jsonb)]
    pub content: serde_json::Value,
    /// When it was made.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// Stores a report, and returns its number. One of the same period stays as it is.
pub async fn insert(
    connection: &mut Connection,
    period: (DateTime<Utc>, DateTime<Utc>),
    time_zone: &str,
    content: &serde_json::Value,
) -> Result<Option<i64>> {
    #[derive(QueryableByName)]
    struct Made {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }

    let made: Option<Made> = diesel::sql_query(
        "INSERT INTO reports (period_start, period_end, time_zone, content) VALUES ($1, $2, $3, $4)
         ON CONFLICT (period_start, period_end) DO NOTHING RETURNING id",
    )
    .bind::<Timestamptz, _>(period.0)
    .bind::<Timestamptz, _>(period.1)
    .bind::<Text, _>(time_zone)
    .bind::<Jsonb, _>(content)
    .get_result(connection)
    .await
    .optional()?;

    Ok(made.map(|made| made.id))
}

const REPORT: &str = "SELECT id, period_start, period_end, time_zone, content, created_at FROM reports";

/// A stretch of the reports, which are listed newest first.
pub async fn list(connection: &mut Connection, place: Place<i64>, limit: i64) -> Result<Vec<Report>> {
    let Reading { sign, order } = descending(&place);
    let mut conditions = Conditions::default();
    conditions.only_if(&format!("id {sign} {{}}"), place.row());
    let sql = format!("{REPORT} WHERE {} ORDER BY id {order} LIMIT {limit}", conditions.sql());
    conditions.bound(sql).load(connection).await
}

/// One report.
pub async fn find(connection: &mut Connection, id: i64) -> Result<Option<Report>> {
    diesel::sql_query(format!("{REPORT} WHERE id = $1")).bind::<BigInt, _>(id).get_result(connection).await.optional()
}
