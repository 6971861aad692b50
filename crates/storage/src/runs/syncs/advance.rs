//! The part of a sync's row that its walk needs.

use crate::prepared::Prepare;
use crate::schema::sql_types;
use crate::{Connection, Result};
use diesel::OptionalExtension;
use diesel::sql_types::{BigInt, Bool, Double, Integer, Jsonb, Nullable, SmallInt, Text};
use diesel_async::RunQueryDsl;
use domain::{EntityType, SyncDirection, SyncStatus, SyncType};

/// A sync as its walk sees it.
#[derive(Debug, Clone, diesel::QueryableByName)]
pub struct SyncHead {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whose it is.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// What it walks.
    #[diesel(sql_type = sql_types::SyncType)]
    pub sync_type: SyncType,
    /// Of which kind its records are.
    #[diesel(sql_type = sql_types::EntityType)]
    pub entity: EntityType,
    /// Which side is read and which is written.
    #[diesel(sql_type = sql_types::SyncDirection)]
    pub direction: SyncDirection,
    /// Where it is in its life.
    #[diesel(sql_type = sql_types::SyncStatus)]
    pub status: SyncStatus,
    /// Filters, options and settings as accepted.
    #[diesel(sql_type = Jsonb)]
    pub data: serde_json::Value,
    /// The frozen plan, once there is one.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub plan: Option<serde_json::Value>,
    /// Where the walk stands.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub walk: Option<serde_json::Value>,
    /// Whether everything has been cut into chunks.
    #[diesel(sql_type = Bool)]
    pub walk_done: bool,
    /// Whether its end was asked for.
    #[diesel(sql_type = Bool)]
    pub cancel_requested: bool,
    /// Runs before this one.
    #[diesel(sql_type = Integer)]
    pub retry_count: i32,
    /// Order of claims.
    #[diesel(sql_type = SmallInt)]
    pub lane: i16,
    /// Trace context of the request.
    #[diesel(sql_type = Nullable<Text>)]
    pub traceparent: Option<String>,
    /// Chunks that are not done.
    #[diesel(sql_type = BigInt)]
    pub open_chunks: i64,
    /// Seconds that it has been at work.
    #[diesel(sql_type = Double)]
    pub active_seconds: f64,
}

const HEAD: &str = "SELECT s.id, s.integration_id, s.sync_type, s.entity_type AS entity,
    s.sync_direction AS direction, s.status, s.data, s.plan, s.walk, s.walk_done,
    s.cancel_requested_at IS NOT NULL AS cancel_requested, s.retry_count, s.lane, s.traceparent, s.active_seconds,
    (SELECT count(*) FROM sync_chunks c WHERE c.sync_id = s.id AND c.state = 'open') AS open_chunks
    FROM geniacs_data_sync s WHERE s.id = $1";

/// Active seconds of a sync `s` until now, from its plan on. Something happens to a sync at work every few seconds; a
/// longer silence is waiting.
const ACTIVE: &str = "(s.active_seconds + least(extract(epoch FROM geniacs_now() - s.updated_at)::float8, 15.0))";

/// Locks a sync until the end of the transaction, counts its active time, and notes that it moves. Whoever moves its walk or ends it holds
/// this lock, and reads it only afterwards, so that what the lock's last holder did is seen.
pub async fn lock(connection: &mut Connection, id: i64) -> Result<()> {
    diesel::sql_query(format!(
        "UPDATE geniacs_data_sync s SET updated_at = geniacs_now(), stalled_since = NULL,
             active_seconds = CASE WHEN s.status = 'processing' AND s.plan IS NOT NULL THEN {ACTIVE} ELSE s.active_seconds END
         WHERE id = $1"
    ))
    .bind::<BigInt, _>(id)
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}

/// Locks a sync until the end of the transaction, for a step that is no progress by itself.
pub async fn hold(connection: &mut Connection, id: i64) -> Result<()> {
    let sql = "SELECT 1 FROM geniacs_data_sync WHERE id = $1 FOR NO KEY UPDATE";
    diesel::sql_query(sql).bind::<BigInt, _>(id).execute(connection).await?;
    Ok(())
}

/// Reads a sync as its walk sees it.
pub async fn head(connection: &mut Connection, id: i64) -> Result<Option<SyncHead>> {
    diesel::sql_query(HEAD).bind::<BigInt, _>(id).prepared().get_result(connection).await.optional()
}

/// Reads a sync without what it works by, for one whose plan, walk or request cannot be read back.
pub async fn bare_head(connection: &mut Connection, id: i64) -> Result<Option<SyncHead>> {
    let bare =
        HEAD.replace("s.data, s.plan, s.walk,", "'{}'::jsonb AS data, NULL::jsonb AS plan, NULL::jsonb AS walk,");
    diesel::sql_query(bare).bind::<BigInt, _>(id).get_result(connection).await.optional()
}

/// Whether a sync has more than `enough` open chunks, or any at all once its walk is done, so that a step would change
/// nothing. Asked after a chunk's commit and without the sync's lock: whoever commits last sees what all the others did.
/// Every 5 s a step is due all the same, for the sync's time.
pub async fn is_busy(connection: &mut Connection, id: i64, enough: i64) -> Result<bool> {
    let busy = diesel::sql_query(
        "SELECT 1 FROM geniacs_data_sync s WHERE s.id = $1 AND s.status = 'processing' AND s.cancel_requested_at IS NULL
             AND s.updated_at > geniacs_now() - interval '5 seconds'
             AND (SELECT count(*) FROM sync_chunks c WHERE c.sync_id = s.id AND c.state = 'open')
                 > CASE WHEN s.walk_done THEN 0 ELSE $2 END",
    )
    .bind::<BigInt, _>(id)
    .bind::<BigInt, _>(enough)
    .prepared()
    .execute(connection)
    .await?;
    Ok(busy == 1)
}

/// Stores the plan of a sync and the beginning of a phase's walk; `cut` says whether nothing of it is to be cut. The
/// caller holds the sync's lock.
pub async fn begin_phase(
    connection: &mut Connection,
    id: i64,
    plan: &serde_json::Value,
    walk: &serde_json::Value,
    cut: bool,
    total_records: Option<i64>,
) -> Result<()> {
    diesel::sql_query(
        "UPDATE geniacs_data_sync SET plan = $2, walk = $3, walk_done = $4, total_records = $5, updated_at = geniacs_now()
         WHERE id = $1",
    )
    .bind::<BigInt, _>(id)
    .bind::<Jsonb, _>(plan)
    .bind::<Jsonb, _>(walk)
    .bind::<Bool, _>(cut)
    .bind::<Nullable<BigInt>, _>(total_records)
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}

/// Stores where the walk stands now.
pub async fn save_walk(connection: &mut Connection, id: i64, walk: &serde_json::Value, done: bool) -> Result<()> {
    diesel::sql_query(
        "UPDATE geniacs_data_sync SET walk = $2, walk_done = $3, updated_at = geniacs_now() WHERE id = $1",
    )
    .bind::<BigInt, _>(id)
    .bind::<Jsonb, _>(walk)
    .bind::<Bool, _>(done)
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}

/// Drops a sync's chunks that nobody works on.
pub async fn drop_waiting_chunks(connection: &mut Connection, id: i64) -> Result<()> {
    let sql = "UPDATE sync_chunks SET state = 'dropped' WHERE sync_id = $1 AND state = 'open' AND worker IS NULL";
    diesel::sql_query(sql).bind::<BigInt, _>(id).prepared().execute(connection).await?;
    Ok(())
}
