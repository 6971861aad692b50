//! Retrying an ended sync: which records a retry takes, and in which order.

use crate::{Connection, Result};
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;

/// Retries of retries that are looked back through.
const MOST_STEPS: usize = 100;

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
    #[diesel(sql_type = Bool)]
    has_failures: bool,
}

/// The sync whose failed records a retry of `id` takes; none where the run is to be made anew, with its filters: it was
/// stopped as a whole, or no failure names its record.
pub async fn failures_of(connection: &mut Connection, id: i64) -> Result<Option<i64>> {
    let mut id = id;
    for _ in 0..MOST_STEPS {
        let Some(ended) = ended(connection, id).await? else { return Ok(None) };
        if !ended.stopped {
            return Ok(ended.has_failures.then_some(id));
        }
        if ended.planned {
            return Ok(ended.took);
        }
        // Stopped before it had a plan: what it would have taken.
        let Some(earlier) = ended.retry_of else { return Ok(None) };
        id = earlier;
    }
    Ok(None)
}

async fn ended(connection: &mut Connection, id: i64) -> Result<Option<Ended>> {
    diesel::sql_query(
        "SELECT s.error_type IS NOT NULL OR s.status = 'cancelled' AS stopped, s.plan IS NOT NULL AS planned,
             (s.plan ->> 'retry_of')::bigint AS took, (s.data ->> 'retry_of')::bigint AS retry_of,
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
pub async fn count_failed(connection: &mut Connection, id: i64, push: bool) -> Result<i64> {
    let key = if push { "record_id" } else { "geniacs_id" };
    let row: Number = diesel::sql_query(format!(
        "SELECT count(DISTINCT {key}) AS n FROM sync_record_errors WHERE sync_id = $1 AND {key} IS NOT NULL"
    ))
    .bind::<BigInt, _>(id)
    .get_result(connection)
    .await?;
    Ok(row.n)
}

/// Records that an ended sync names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Those that failed in it.
    Failed(i64),
    /// Those with which its plan has something to do at Geniacs.
    Planned(i64),
}

impl Named {
    const fn sync_id(self) -> i64 {
        match self {
            Self::Failed(id) | Self::Planned(id) => id,
        }
    }

    /// Selects their local ids: of the sync `$2`, above `$3`, the first `$4`.
    const fn select(self) -> &'static str {
        match self {
            Self::Failed(_) => {
                "SELECT DISTINCT record_id FROM sync_record_errors WHERE sync_id = $2 AND record_id > $3
                 ORDER BY record_id LIMIT $4"
            }
            Self::Planned(_) => {
                "SELECT DISTINCT local_id AS record_id FROM sync_plan_items
                 WHERE sync_id = $2 AND direction = 'to_geniacs' AND local_id > $3 AND action IN ('create', 'update', 'delete')
                 ORDER BY record_id LIMIT $4"
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
    named: Named,
    after: i64,
    size: i64,
    limit: i64,
) -> Result<CutNamed> {
    diesel::sql_query(format!(
        "WITH named AS ({}), numbered AS (
             SELECT record_id, (row_number() OVER (ORDER BY record_id) - 1) / $5 AS piece FROM named
         ), added AS (
             INSERT INTO sync_chunks (sync_id, integration_id, kind, lane, record_ids)
             SELECT s.id, s.integration_id, 'push', s.lane, p.record_ids FROM geniacs_data_sync s,
                 (SELECT array_agg(record_id ORDER BY record_id) AS record_ids FROM numbered GROUP BY piece ORDER BY piece) p
             WHERE s.id = $1 RETURNING 1
         )
         SELECT (SELECT count(*) FROM added) AS chunks, count(*) AS records, max(record_id) AS last FROM named",
        named.select()
    ))
    .bind::<BigInt, _>(sync_id)
    .bind::<BigInt, _>(named.sync_id())
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(limit)
    .bind::<BigInt, _>(size)
    .get_result(connection)
    .await
}

/// The Geniacs ids of up to `limit` records that failed in a pull, in order, above `after`.
pub async fn failed_geniacs_ids(
    connection: &mut Connection,
    failures_of: i64,
    after: &str,
    limit: i64,
) -> Result<Vec<String>> {
    let row: Ids = diesel::sql_query(
        "SELECT coalesce(array_agg(geniacs_id ORDER BY geniacs_id), '{}') AS ids FROM (
             SELECT DISTINCT geniacs_id FROM sync_record_errors WHERE sync_id = $1 AND geniacs_id > $2 ORDER BY geniacs_id LIMIT $3
         ) failed",
    )
    .bind::<BigInt, _>(failures_of)
    .bind::<Text, _>(after)
    .bind::<BigInt, _>(limit)
    .get_result(connection)
    .await?;
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
