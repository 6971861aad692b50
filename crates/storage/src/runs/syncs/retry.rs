//! Retrying an ended sync: which records a retry takes, and in which order.

use crate::conditions::Conditions;
use crate::{Connection, Result};
use diesel::sql_types::{Array, BigInt, Bool, Jsonb, Nullable, Text};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;
use domain::run_mode::{FailedRecords, FailureFilter};

/// Retries of retries that are looked back through.
const MOST_STEPS: usize = 100;

/// The conditions of these failures, each a row `e`.
fn conditions(failed: &FailedRecords) -> Conditions {
    let FailedRecords { sync_id, only } = failed;
    let mut conditions = Conditions::default();
    conditions.only_if("e.sync_id = {}", Some(*sync_id));
    conditions.only_if("e.error_type = {}", only.error_type.as_deref());
    conditions.only_if("e.field = {}", only.field.as_deref());

    if !only.record_ids.is_empty() || !only.geniacs_ids.is_empty() {
        let local = conditions.bind(only.record_ids.as_slice());
        let geniacs = conditions.bind(only.geniacs_ids.as_slice());
        conditions.only(format!("(e.record_id = ANY ({local}) OR e.geniacs_id = ANY ({geniacs}))"));
    }
    conditions
}

/// How a sync ended, as far as a retry of it needs to know.
#[derive(QueryableByName)]
struct Ended {
    /// Whether something stopped the whole run, so that records were left that nobody has tried.
    #[diesel(sql_type = Bool)]
    stopped: bool,
    #[diesel(sql_type = Bool)]
    planned: bool,
    /// The sync whose failures it took by name.
    #[diesel(sql_type = Nullable<BigInt>)]
    took: Option<i64>,
    /// The sync that it was asked to retry.
    #[diesel(sql_type = Nullable<BigInt>)]
    retry_of: Option<i64>,
    /// Which of those failures it took, or was asked to take: a [`FailureFilter`].
    #[diesel(sql_type = Nullable<Jsonb>)]
    retry_only: Option<serde_json::Value>,
    #[diesel(sql_type = Bool)]
    has_failures: bool,
}

/// The sync whose failed records a retry of `id` takes, and which of them; none where the run is to be made anew, with its
/// filters: it was stopped as a whole, or no failure names its record.
pub async fn failures_of(connection: &mut Connection, id: i64, only: &FailureFilter) -> Result<Option<FailedRecords>> {
    let (mut sync_id, mut only) = (id, only.clone());
    for _ in 0..MOST_STEPS {
        let Some(ended) = ended(connection, sync_id).await? else { return Ok(None) };
        if !ended.stopped {
            return Ok(ended.has_failures.then_some(FailedRecords { sync_id, only }));
        }

        // Of a run that was stopped, those that failed before may be asked for by name.
        if !only.is_everything() && ended.has_failures {
            return Ok(Some(FailedRecords { sync_id, only }));
        }

        let earlier = ended.retry_only.and_then(|cause| serde_json::from_value(cause).ok()).unwrap_or_default();
        only = only.and(earlier);
        if ended.planned {
            return Ok(ended.took.map(|took| FailedRecords { sync_id: took, only }));
        }

        // Stopped before it had a plan: what it would have taken.
        let Some(earlier) = ended.retry_of else { return Ok(None) };
        sync_id = earlier;
    }
    Ok(None)
}

async fn ended(connection: &mut Connection, id: i64) -> Result<Option<Ended>> {
    diesel::sql_query(
        "SELECT s.error_type IS NOT NULL OR s.status = 'cancelled' AS stopped, s.plan IS NOT NULL AS planned,
             (s.plan ->> 'retry_of')::bigint AS took, (s.data ->> 'retry_of')::bigint AS retry_of,
             CASE WHEN s.plan IS NULL THEN s.data -> 'retry_only' ELSE s.plan -> 'retry_only' END AS retry_only,
             EXISTS (SELECT FROM sync_record_errors e WHERE e.sync_id = s.id AND CASE s.sync_direction
                     WHEN 'to_geniacs' THEN e.record_id IS NOT NULL WHEN 'from_geniacs' THEN e.geniacs_id IS NOT NULL
                     ELSE coalesce(e.record_id::text, e.geniacs_id) IS NOT NULL END) AS has_failures
         FROM geniacs_data_sync s WHERE s.id = $1",
    )
    .bind::<BigInt, _>(id)
    .get_result(connection)
    .await
    .optional()
}

/// How many records a retry takes from the failures of a sync: by local id in a push, by Geniacs id in a pull.
pub async fn count_failed(connection: &mut Connection, failed: &FailedRecords, push: bool) -> Result<i64> {
    let key = if push { "record_id" } else { "geniacs_id" };
    let conditions = conditions(failed);
    let sql = format!(
        "SELECT count(DISTINCT e.{key}) AS n FROM sync_record_errors e WHERE {} AND e.{key} IS NOT NULL",
        conditions.sql()
    );
    let row: Number = conditions.bound(sql).get_result(connection).await?;
    Ok(row.n)
}

/// Records that an ended sync names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named<'a> {
    /// Those that failed in it.
    Failed(&'a FailedRecords),
    /// Those with which its plan has something to do at Geniacs.
    Planned(i64),
}

impl Named<'_> {
    /// Selects their local ids, above `after`, the first `limit`; and the values of that statement so far.
    fn select(self, after: i64, limit: i64) -> (Conditions, String) {
        match self {
            Self::Failed(failed) => {
                let mut conditions = conditions(failed);
                conditions.only_if("e.record_id > {}", Some(after));
                let sql = format!(
                    "SELECT DISTINCT e.record_id FROM sync_record_errors e WHERE {} ORDER BY e.record_id LIMIT {limit}",
                    conditions.sql()
                );
                (conditions, sql)
            }
            Self::Planned(id) => {
                let mut conditions = Conditions::default();
                conditions.only_if("sync_id = {}", Some(id));
                conditions.only_if("local_id > {}", Some(after));
                let sql = format!(
                    "SELECT DISTINCT local_id AS record_id FROM sync_plan_items
                     WHERE {} AND direction = 'to_geniacs' AND action IN ('create', 'update', 'delete')
                     ORDER BY record_id LIMIT {limit}",
                    conditions.sql()
                );
                (conditions, sql)
            }
        }
    }
}

/// Chunks that were cut from what another sync names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct CutNamed {
    /// How many chunks.
    #[diesel(sql_type = BigInt)]
    pub chunks: i64,
    /// How many records in them.
    #[diesel(sql_type = BigInt)]
    pub records: i64,
    /// The last of them; none if there was none.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub last: Option<i64>,
}

/// Adds push chunks of `size` for up to `limit` named records, by local id above `after`.
pub async fn cut_named(
    connection: &mut Connection,
    sync_id: i64,
    named: Named<'_>,
    after: i64,
    size: i64,
    limit: i64,
) -> Result<CutNamed> {
    let (mut conditions, named) = named.select(after, limit);
    let (sync_id, size) = (conditions.bind(sync_id), conditions.bind(size));

    let sql = format!(
        "WITH named AS ({named}), numbered AS (
             SELECT record_id, (row_number() OVER (ORDER BY record_id) - 1) / {size} AS piece FROM named
         ), added AS (
             INSERT INTO sync_chunks (sync_id, integration_id, kind, lane, record_ids)
             SELECT s.id, s.integration_id, 'push', s.lane, p.record_ids FROM geniacs_data_sync s,
                 (SELECT array_agg(record_id ORDER BY record_id) AS record_ids FROM numbered GROUP BY piece ORDER BY piece) p
             WHERE s.id = {sync_id} RETURNING 1
         )
         SELECT (SELECT count(*) FROM added) AS chunks, count(*) AS records, max(record_id) AS last FROM named"
    );

    conditions.bound(sql).get_result(connection).await
}

/// The Geniacs ids of up to `limit` records that failed in a pull, in order, above `after`.
pub async fn failed_geniacs_ids(
    connection: &mut Connection,
    failed: &FailedRecords,
    after: &str,
    limit: i64,
) -> Result<Vec<String>> {
    let mut conditions = conditions(failed);
    conditions.only_if("e.geniacs_id > {}", Some(after));

    let sql = format!(
        "SELECT coalesce(array_agg(geniacs_id ORDER BY geniacs_id), '{{}}') AS ids FROM (
             SELECT DISTINCT e.geniacs_id FROM sync_record_errors e WHERE {} ORDER BY e.geniacs_id LIMIT {limit}
         ) failed",
        conditions.sql()
    );

    let row: Ids = conditions.bound(sql).get_result(connection).await?;
    Ok(row.ids)
}

/// The sync under way that retries `id` already.
pub async fn retry_under_way(connection: &mut Connection, integration_id: i64, id: i64) -> Result<Option<i64>> {
    let row: Option<Number> = diesel::sql_query(
        "SELECT id AS n FROM geniacs_data_sync WHERE integration_id = $1 AND status IN ('pending', 'processing')
           AND (data ->> 'retry_of')::bigint = $2 ORDER BY id LIMIT 1",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<BigInt, _>(id)
    .get_result(connection)
    .await
    .optional()?;
    Ok(row.map(|row| row.n))
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Ids {
    #[diesel(sql_type = Array<Text>)]
    ids: Vec<String>,
}
