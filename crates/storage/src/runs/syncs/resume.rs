//! Going on where an interrupted sync stopped: its frozen plan, its walk, what was dropped of it, and what its
//! interruption made fail.

use crate::records::missing;
use crate::{Connection, Result};
use diesel::sql_types::{BigInt, Bool, Nullable};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;

/// An ended sync `s`, as far as a resume of it needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Interrupted {
    /// Whether something stopped the whole run before its end.
    #[diesel(sql_type = Bool)]
    pub stopped: bool,
    /// Whether it had a plan.
    #[diesel(sql_type = Bool)]
    pub begun: bool,
    /// Whether there is anything that it had not come to.
    #[diesel(sql_type = Bool)]
    pub has_rest: bool,
    /// How many records that is, if it is known.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub rest: Option<i64>,
    /// The sync that goes on from it already.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub resumed_by: Option<i64>,
}

/// Whether a listing was left before its end: of Geniacs' records, or of those that it did not show.
const LEFT_LISTING: &str =
    "(coalesce(s.walk ->> 'phase', CASE s.sync_direction WHEN 'from_geniacs' THEN 'pull' ELSE 'push' END)
        <> 'push' AND NOT coalesce((s.walk ->> 'complete')::boolean, false))";

/// Whether another phase may follow on the one that was left.
const LEFT_PHASES: &str = "coalesce(s.walk ->> 'phase' <> 'push' AND (s.sync_direction = 'bidirectional'
        OR (s.data #>> '{options,delete_missing}')::boolean), false)";

/// Records that failed because the run was stopped, or that another try may help.
const RETRYABLE: &str = "FROM sync_record_errors e WHERE e.sync_id = s.id AND e.retryable AND e.record_id IS NOT NULL";

/// The statement of [`interrupted`].
pub(crate) fn interrupted_sql() -> String {
    format!(
        include_str!("resume.interrupted.sql"),
        LEFT_LISTING = LEFT_LISTING,
        LEFT_PHASES = LEFT_PHASES,
        RETRYABLE = RETRYABLE
    )
}

/// Tells what a resume of an ended sync would find.
pub async fn interrupted(connection: &mut Connection, id: i64) -> Result<Option<Interrupted>> {
    // A run that asks for a person's word before it deletes has come to its end.
    let sql = interrupted_sql();
    diesel::sql_query(sql).bind::<BigInt, _>(id).get_result(connection).await.optional()
}

/// Gives a sync that has no plan yet what `of` left: the plan and the walk, the chunks that were dropped, what failed
/// with the interruption, the listing at its cursor. Returns whether there was something to take over. The caller holds
/// the sync's lock.
pub async fn take_over(connection: &mut Connection, id: i64, of: i64) -> Result<bool> {
    let Some(rest) = interrupted(connection, of).await?.filter(|of| of.begun) else { return Ok(false) };

    let taken = diesel::sql_query(
        "UPDATE geniacs_data_sync n SET walk = s.walk - 'begun_anew', walk_done = s.walk_done, total_records = $3, updated_at = geniacs_now(),
             -- A run may take as long as this one was accepted with.
             plan = jsonb_set(s.plan, '{settings,max_seconds}', coalesce(n.data #> '{settings,max_seconds}', s.plan #> '{settings,max_seconds}'))
         FROM geniacs_data_sync s WHERE n.id = $1 AND s.id = $2 AND n.plan IS NULL",
    )
    .bind::<BigInt, _>(id)
    .bind::<BigInt, _>(of)
    .bind::<Nullable<BigInt>, _>(rest.rest)
    .execute(connection)
    .await?;
    // A sync with a plan has begun, and must not get the chunks a second time.
    if taken == 0 {
        return Ok(false);
    }

    take_dropped(connection, id, of).await?;
    take_failed(connection, id, of).await?;
    take_listing(connection, id, of).await?;
    missing::hand_over_seen(connection, of, id).await?;
    Ok(true)
}

/// Push chunks that the interruption dropped; the records of one that somebody was at, or that had no known outcome, are
/// asked for first.
async fn take_dropped(connection: &mut Connection, id: i64, of: i64) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO sync_chunks (sync_id, integration_id, kind, lane, after_xid, after_id, upto_xid, upto_id, record_ids, unconfirmed)
         SELECT n.id, n.integration_id, c.kind, n.lane, c.after_xid, c.after_id, c.upto_xid, c.upto_id, c.record_ids,
             c.unconfirmed OR c.worker IS NOT NULL
         FROM geniacs_data_sync n, sync_chunks c
         WHERE n.id = $1 AND c.sync_id = $2 AND c.state = 'dropped' AND c.kind = 'push' ORDER BY c.id",
    )
    .bind::<BigInt, _>(id)
    .bind::<BigInt, _>(of)
    .execute(connection)
    .await?;
    Ok(())
}

async fn take_failed(connection: &mut Connection, id: i64, of: i64) -> Result<()> {
    let sql = format!(
        "WITH failed AS (
             SELECT e.record_id, (row_number() OVER (ORDER BY e.record_id) - 1) / greatest((s.plan #>> '{{settings,batch_size}}')::bigint, 1) AS piece
             FROM geniacs_data_sync s CROSS JOIN LATERAL (SELECT DISTINCT e.record_id {RETRYABLE}) e WHERE s.id = $2
         )
         INSERT INTO sync_chunks (sync_id, integration_id, kind, lane, record_ids, unconfirmed)
         SELECT n.id, n.integration_id, 'push', n.lane, p.record_ids, true FROM geniacs_data_sync n,
             (SELECT array_agg(record_id ORDER BY record_id) AS record_ids FROM failed GROUP BY piece ORDER BY piece) p
         WHERE n.id = $1"
    );

    diesel::sql_query(sql).bind::<BigInt, _>(id).bind::<BigInt, _>(of).execute(connection).await?;
    Ok(())
}

async fn take_listing(connection: &mut Connection, id: i64, of: i64) -> Result<()> {
    let sql = format!(
        "INSERT INTO sync_chunks (sync_id, integration_id, kind, lane)
         SELECT n.id, n.integration_id, 'pull', n.lane FROM geniacs_data_sync n, geniacs_data_sync s
         WHERE n.id = $1 AND s.id = $2 AND {LEFT_LISTING}"
    );
    diesel::sql_query(sql).bind::<BigInt, _>(id).bind::<BigInt, _>(of).execute(connection).await?;
    Ok(())
}
