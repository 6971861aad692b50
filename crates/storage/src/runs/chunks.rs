//! Chunks: claiming under a lease, keeping it, and giving the chunk back or ending it. Every write carries the fence
//! of its claim, so that a worker that lost its lease changes nothing.

use crate::prepared::Prepare;
pub use crate::runs::claim::{Turn, claim};
use crate::schema::sql_types;
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Bool, Double, Integer, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use domain::Counts;
use domain::sync::ChunkKind;
use std::time::Duration;

/// A chunk under this worker's lease.
#[derive(Debug, Clone, diesel::QueryableByName)]
pub struct Chunk {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// The sync it is part of.
    #[diesel(sql_type = BigInt)]
    pub sync_id: i64,
    /// Whose it is.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// What it is a piece of.
    #[diesel(sql_type = sql_types::ChunkKind)]
    pub kind: ChunkKind,
    /// The stretch begins after this position…
    #[diesel(sql_type = Nullable<BigInt>)]
    pub after_xid: Option<i64>,
    /// …(its id part)…
    #[diesel(sql_type = Nullable<BigInt>)]
    pub after_id: Option<i64>,
    /// …and ends with this one.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub upto_xid: Option<i64>,
    /// (Its id part.)
    #[diesel(sql_type = Nullable<BigInt>)]
    pub upto_id: Option<i64>,
    /// Or these records, instead of a stretch.
    #[diesel(sql_type = Nullable<Array<BigInt>>)]
    pub record_ids: Option<Vec<i64>>,
    /// Attempts that failed.
    #[diesel(sql_type = Integer)]
    pub attempt: i32,
    /// How often in a row it was put off because of trouble that passes by itself.
    #[diesel(sql_type = Integer)]
    pub setbacks: i32,
    /// The number of this claim.
    #[diesel(sql_type = Integer)]
    pub fence: i32,
    /// Whether an earlier request for its records had no known outcome.
    #[diesel(sql_type = Bool)]
    pub unconfirmed: bool,
    /// Whether its first request is the probe of an open breaker.
    #[diesel(sql_type = Bool)]
    pub probing: bool,
    /// Whether the integration's last request failed.
    #[diesel(sql_type = Bool)]
    pub failing: bool,
    /// Changes with every edit of the integration.
    #[diesel(sql_type = Integer)]
    pub integration_version: i32,
    /// The database's clock when the chunk was claimed.
    #[diesel(sql_type = Timestamptz)]
    pub database_now: DateTime<Utc>,
    /// By how many microseconds the partner's clock was known to be ahead of that, if it was.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub partner_ahead: Option<i64>,
    /// Trace context of the request that asked for the sync.
    #[diesel(sql_type = Nullable<Text>)]
    pub traceparent: Option<String>,
}

/// Extends a lease. False: it was lost.
pub async fn renew(connection: &mut Connection, chunk: &Chunk, lease_seconds: f64) -> Result<bool> {
    let renewed = diesel::sql_query(
        "UPDATE sync_chunks SET available_at = geniacs_now() + make_interval(secs => $3)
         WHERE id = $1 AND fence = $2 AND state = 'open'",
    )
    .bind::<BigInt, _>(chunk.id)
    .bind::<Integer, _>(chunk.fence)
    .bind::<Double, _>(lease_seconds)
    .prepared()
    .execute(connection)
    .await?;
    Ok(renewed == 1)
}

/// Whether nobody has claimed a chunk since this claim, and nobody dropped it; it stays so until the end of the transaction.
/// The caller holds the sync's lock.
pub async fn is_held(connection: &mut Connection, chunk: &Chunk) -> Result<bool> {
    let sql = "SELECT 1 FROM sync_chunks WHERE id = $1 AND fence = $2 AND state <> 'dropped' FOR NO KEY UPDATE";
    let held =
        diesel::sql_query(sql).bind::<BigInt, _>(chunk.id).bind::<Integer, _>(chunk.fence).execute(connection).await?;
    Ok(held == 1)
}

/// How a chunk goes back to be taken again.
#[derive(Debug, Clone, Default)]
pub struct Release<'a> {
    /// Seconds until somebody may take it.
    pub delay_seconds: f64,
    /// Whether this was an attempt that failed.
    pub counts_as_attempt: bool,
    /// Whether trouble that passes by itself came in between.
    pub is_setback: bool,
    /// Whether a request may have taken effect without our knowing.
    pub unconfirmed: bool,
    /// Why, for a person.
    pub error: Option<(&'a str, &'a str)>,
}

/// Gives a chunk back. False: the lease was lost, and somebody else has it.
pub async fn release(connection: &mut Connection, chunk: &Chunk, how: &Release<'_>) -> Result<bool> {
    let released = diesel::sql_query(
        "UPDATE sync_chunks SET worker = NULL, available_at = geniacs_now() + make_interval(secs => $3),
             attempt = attempt + $4, unconfirmed = unconfirmed OR $5, error_type = $6, error_message = $7,
             setbacks = CASE WHEN $8 THEN setbacks + 1 ELSE 0 END
         WHERE id = $1 AND fence = $2 AND state = 'open'",
    )
    .bind::<BigInt, _>(chunk.id)
    .bind::<Integer, _>(chunk.fence)
    .bind::<Double, _>(how.delay_seconds)
    .bind::<Integer, _>(i32::from(how.counts_as_attempt))
    .bind::<Bool, _>(how.unconfirmed)
    .bind::<Nullable<Text>, _>(how.error.map(|e| e.0))
    .bind::<Nullable<Text>, _>(how.error.map(|e| e.1))
    .bind::<Bool, _>(how.is_setback)
    .prepared()
    .execute(connection)
    .await?;

    Ok(released == 1)
}

/// Adds to a chunk's counts, and ends it if `done`. False: the lease was lost; roll back.
pub async fn count(connection: &mut Connection, chunk: &Chunk, counts: &Counts, done: bool) -> Result<bool> {
    let written = diesel::sql_query(
        "UPDATE sync_chunks SET records_read = records_read + $3, created = created + $4, updated = updated + $5,
             unchanged = unchanged + $6, skipped = skipped + $7, deleted = deleted + $8, conflicts = conflicts + $9,
             failed = failed + $10, state = CASE WHEN $11 THEN 'done'::chunk_state ELSE state END,
             completed_at = CASE WHEN $11 THEN geniacs_now() END,
             -- Progress: what failed before no longer counts.
             attempt = CASE WHEN $11 THEN attempt ELSE 0 END, setbacks = 0
         WHERE id = $1 AND fence = $2 AND state = 'open'",
    )
    .bind::<BigInt, _>(chunk.id)
    .bind::<Integer, _>(chunk.fence)
    .bind::<BigInt, _>(counts.read)
    .bind::<BigInt, _>(counts.created)
    .bind::<BigInt, _>(counts.updated)
    .bind::<BigInt, _>(counts.unchanged)
    .bind::<BigInt, _>(counts.skipped)
    .bind::<BigInt, _>(counts.deleted)
    .bind::<BigInt, _>(counts.conflicts)
    .bind::<BigInt, _>(counts.failed)
    .bind::<Bool, _>(done)
    .prepared()
    .execute(connection)
    .await?;

    Ok(written == 1)
}

/// What a run has done to records that both sides have.
#[derive(Debug, Clone, Copy, Default, diesel::QueryableByName)]
pub struct Affected {
    /// Records that lost a value.
    #[diesel(sql_type = BigInt)]
    pub cleared: i64,
    /// Records that changed.
    #[diesel(sql_type = BigInt)]
    pub changed: i64,
}

/// Notes what a chunk does to records that both sides have, and tells what all chunks of its sync do, as far as that is
/// known. Chunks of one sync run at once, so that each says it before it is done.
pub async fn note_affected(connection: &mut Connection, chunk: &Chunk, affected: Affected) -> Result<Affected> {
    diesel::sql_query("UPDATE sync_chunks SET cleared = $2, changed = $3 WHERE id = $1")
        .bind::<BigInt, _>(chunk.id)
        .bind::<BigInt, _>(affected.cleared)
        .bind::<BigInt, _>(affected.changed)
        .prepared()
        .execute(connection)
        .await?;

    diesel::sql_query(
        "SELECT coalesce(sum(cleared), 0)::bigint AS cleared, coalesce(sum(changed), 0)::bigint AS changed
         FROM sync_chunks WHERE sync_id = $1",
    )
    .bind::<BigInt, _>(chunk.sync_id)
    .prepared()
    .get_result(connection)
    .await
}

/// What a chunk has been noted to do.
pub async fn affected(connection: &mut Connection, chunk: &Chunk) -> Result<Affected> {
    diesel::sql_query("SELECT cleared, changed FROM sync_chunks WHERE id = $1")
        .bind::<BigInt, _>(chunk.id)
        .prepared()
        .get_result(connection)
        .await
}

/// Whether the partner has taken records from another chunk of a run lately.
pub async fn others_were_taken(connection: &mut Connection, sync_id: i64, within: Duration) -> Result<bool> {
    let row: Count = diesel::sql_query(
        "SELECT count(*) AS n FROM (
             SELECT FROM sync_chunks c
             WHERE c.sync_id = $1 AND c.state = 'done' AND c.kind = 'push' AND c.created + c.updated + c.deleted > 0
               AND c.completed_at > geniacs_now() - make_interval(secs => $2)
             LIMIT 1) taken",
    )
    .bind::<BigInt, _>(sync_id)
    .bind::<Double, _>(within.as_secs_f64())
    .prepared()
    .get_result(connection)
    .await?;
    Ok(row.n > 0)
}

/// A stretch of records between two positions, the first excluded and the last included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// (Change position, id) before the first record.
    pub after: (i64, i64),
    /// (Change position, id) of the last record.
    pub upto: (i64, i64),
}

/// Adds push chunks for stretches of a sync.
pub async fn add_stretches(connection: &mut Connection, sync_id: i64, stretches: &[Stretch]) -> Result<()> {
    let column = |f: fn(&Stretch) -> i64| stretches.iter().map(f).collect::<Vec<_>>();

    diesel::sql_query(
        "INSERT INTO sync_chunks (sync_id, integration_id, kind, lane, after_xid, after_id, upto_xid, upto_id)
         SELECT s.id, s.integration_id, 'push', s.lane, u.* FROM geniacs_data_sync s, unnest($2, $3, $4, $5) u WHERE s.id = $1",
    )
    .bind::<BigInt, _>(sync_id)
    .bind::<Array<BigInt>, _>(column(|s| s.after.0))
    .bind::<Array<BigInt>, _>(column(|s| s.after.1))
    .bind::<Array<BigInt>, _>(column(|s| s.upto.0))
    .bind::<Array<BigInt>, _>(column(|s| s.upto.1))
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}

/// A push chunk for named records.
#[derive(Debug, Clone, Default)]
pub struct NamedRecords<'a> {
    /// Local ids.
    pub record_ids: &'a [i64],
    /// Attempts that failed for these records.
    pub attempt: i32,
    /// Seconds until somebody may take it.
    pub delay_seconds: f64,
    /// Whether an earlier request for them had no known outcome.
    pub unconfirmed: bool,
    /// Whether their run has counted them as failed before.
    pub failed_before: bool,
    /// The chunk that they are left of, if they are: then it says so.
    pub left_of: Option<i64>,
}

/// Adds a push chunk for named records of a sync.
pub async fn add_named(connection: &mut Connection, sync_id: i64, records: &NamedRecords<'_>) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO sync_chunks (sync_id, integration_id, kind, lane, record_ids, attempt, available_at, unconfirmed, failed_before)
         SELECT id, integration_id, 'push', lane, $2, $3, geniacs_now() + make_interval(secs => $4), $5,
             $6 OR coalesce((SELECT c.failed_before FROM sync_chunks c WHERE c.id = $7), false)
         FROM geniacs_data_sync WHERE id = $1",
    )
    .bind::<BigInt, _>(sync_id)
    .bind::<Array<BigInt>, _>(records.record_ids)
    .bind::<Integer, _>(records.attempt)
    .bind::<Double, _>(records.delay_seconds)
    .bind::<Bool, _>(records.unconfirmed)
    .bind::<Bool, _>(records.failed_before)
    .bind::<Nullable<BigInt>, _>(records.left_of)
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds the one chunk that walks a pull.
pub async fn add_pull(connection: &mut Connection, sync_id: i64) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO sync_chunks (sync_id, integration_id, kind, lane)
         SELECT id, integration_id, 'pull', lane FROM geniacs_data_sync WHERE id = $1",
    )
    .bind::<BigInt, _>(sync_id)
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds a chunk that makes the sync's next step in `delay_seconds`.
pub async fn add_step(connection: &mut Connection, sync_id: i64, delay_seconds: f64) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO sync_chunks (sync_id, integration_id, kind, lane, available_at)
         SELECT s.id, s.integration_id, 'plan', s.lane, geniacs_now() + make_interval(secs => $2)
         FROM geniacs_data_sync s WHERE s.id = $1
             AND NOT EXISTS (SELECT FROM sync_chunks c WHERE c.sync_id = s.id AND c.state = 'open' AND c.kind = 'plan')",
    )
    .bind::<BigInt, _>(sync_id)
    .bind::<Double, _>(delay_seconds)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes a sync's failures that another try may help out of its counts, and returns their local ids in order.
pub async fn take_retryable(connection: &mut Connection, sync_id: i64) -> Result<Vec<i64>> {
    let rows: Vec<RecordId> = diesel::sql_query(include_str!("chunks.take_retryable.sql"))
        .bind::<BigInt, _>(sync_id)
        .prepared()
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(|r| r.id).collect())
}

#[derive(diesel::QueryableByName)]
struct RecordId {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Chunks that somebody could take and that nobody has taken for a while.
pub async fn overdue(connection: &mut Connection, for_seconds: f64, limit: i64) -> Result<i64> {
    let row: Count = diesel::sql_query(
        "SELECT count(*) AS n FROM (SELECT 1 FROM sync_chunks c
             WHERE c.state = 'open' AND c.available_at <= geniacs_now() - make_interval(secs => $1)
               AND NOT EXISTS (SELECT FROM integration_limits l
                               WHERE l.integration_id = c.integration_id AND l.held_until > geniacs_now())
             LIMIT $2) waiting",
    )
    .bind::<Double, _>(for_seconds)
    .bind::<BigInt, _>(limit)
    .prepared()
    .get_result(connection)
    .await?;
    Ok(row.n)
}

/// Running syncs that need a step although no chunk of theirs ends: without an open chunk, because a crash came between
/// the end of their last one and the next step, or beyond their time while all that is left waits.
pub async fn orphaned_syncs(connection: &mut Connection) -> Result<Vec<i64>> {
    let rows: Vec<RecordId> = diesel::sql_query(format!(
        "SELECT s.id FROM geniacs_data_sync s WHERE s.status = 'processing'
           AND s.updated_at < geniacs_now() - interval '5 seconds'
           AND {}
           AND NOT EXISTS (SELECT FROM sync_chunks c WHERE c.sync_id = s.id
                           AND c.completed_at > geniacs_now() - interval '5 seconds')
         ORDER BY s.id LIMIT 100",
        crate::runs::rescue::NEEDS_A_STEP
    ))
    .prepared()
    .load(connection)
    .await?;
    Ok(rows.into_iter().map(|r| r.id).collect())
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}
