//! Syncs that run and that nothing moves any more.

use crate::{Connection, Result};
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;

/// Whether a running sync `s` has no open chunk, or nobody works on it and its time is over or its end was asked for.
pub(crate) const NEEDS_A_STEP: &str =
    "(NOT EXISTS (SELECT FROM sync_chunks c WHERE c.sync_id = s.id AND c.state = 'open')
    OR (s.active_seconds >= (s.data #>> '{settings,max_seconds}')::float8
        AND NOT EXISTS (SELECT FROM sync_chunks c WHERE c.sync_id = s.id AND c.state = 'open'
                        AND (c.worker IS NOT NULL OR c.kind = 'plan')))
    OR (s.cancel_requested_at IS NOT NULL
        AND NOT EXISTS (SELECT FROM sync_chunks c WHERE c.sync_id = s.id AND c.state = 'open'
                        AND (c.kind = 'plan' OR c.worker IS NOT NULL AND c.available_at > geniacs_now()))))";

/// Gives a running sync that needs a step a chunk that moves it on: a plan chunk, which leaves a plan that is there as
/// it is. Returns whether it was needed. Run it inside a transaction.
pub async fn replan(connection: &mut Connection, sync_id: i64) -> Result<bool> {
    // Two statements: the lock first, so that the second one's snapshot sees what the lock's last holder did.
    let locked = diesel::sql_query(
        "SELECT 1 FROM geniacs_data_sync WHERE id = $1 AND status = 'processing' FOR NO KEY UPDATE SKIP LOCKED",
    )
    .bind::<BigInt, _>(sync_id)
    .execute(connection)
    .await?;
    if locked == 0 {
        return Ok(false);
    }

    let added = diesel::sql_query(format!(
        "INSERT INTO sync_chunks (sync_id, integration_id, kind, lane)
         SELECT id, integration_id, 'plan', lane FROM geniacs_data_sync s
         WHERE id = $1 AND status = 'processing' AND {NEEDS_A_STEP}"
    ))
    .bind::<BigInt, _>(sync_id)
    .execute(connection)
    .await?;

    Ok(added == 1)
}
