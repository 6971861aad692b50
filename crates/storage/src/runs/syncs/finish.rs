//! The end of a run: its status, what is counted, who is next.

use super::status::{CountsRow, sums};
use crate::console::stats;
use crate::{Connection, Result};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Double, Jsonb, Nullable, Text};
use diesel_async::RunQueryDsl;
use domain::{Counts, SyncStatus};

/// How a sync ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// A final status.
    pub status: SyncStatus,
    /// A stable name of the cause, if something stopped the whole run.
    pub error_type: Option<String>,
    /// The cause, for a person.
    pub error_message: Option<String>,
    /// What the partner answered last, masked, if the caller knows; otherwise the last answer in the sync's log.
    pub last_answer: Option<serde_json::Value>,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Records by outcome.
    pub counts: Counts,
    /// Failed records that another try may help.
    pub retryable: i64,
}

#[derive(QueryableByName)]
struct TotalsRow {
    #[diesel(embed)]
    counts: CountsRow,
    #[diesel(sql_type = BigInt)]
    retryable: i64,
}

/// The sums of a sync's chunks. The caller holds the sync's lock.
pub async fn totals(connection: &mut Connection, id: i64) -> Result<Totals> {
    let row: TotalsRow = diesel::sql_query(format!(
        "SELECT {}, (SELECT count(*) FROM sync_record_errors e WHERE e.sync_id = $1 AND e.retryable) AS retryable
         FROM sync_chunks c WHERE c.sync_id = $1",
        sums()
    ))
    .bind::<BigInt, _>(id)
    .get_result(connection)
    .await?;
    Ok(Totals { counts: row.counts.into(), retryable: row.retryable })
}

/// Ends a sync for good, counts it, and drops what it had not done. Returns whether it had not ended before.
pub async fn finish(connection: &mut Connection, id: i64, ending: &Ending, counts: &Counts) -> Result<bool> {
    let ended = diesel::sql_query(
        "UPDATE geniacs_data_sync SET status = $2::sync_status, error_type = $3, error_message = $4,
             completed_at = geniacs_now(), next_retry_at = NULL,
             response_data = jsonb_build_object('counts', $5, 'last_answer', coalesce($6,
                 (SELECT l.response_data FROM geniacs_sync_logs l
                  WHERE l.sync_id = $1 AND l.response_data IS NOT NULL ORDER BY l.id DESC LIMIT 1)))
         WHERE id = $1 AND status IN ('pending', 'processing')",
    )
    .bind::<BigInt, _>(id)
    .bind::<Text, _>(ending.status.as_str())
    .bind::<Nullable<Text>, _>(&ending.error_type)
    .bind::<Nullable<Text>, _>(&ending.error_message)
    .bind::<Jsonb, _>(serde_json::json!(counts))
    .bind::<Nullable<Jsonb>, _>(&ending.last_answer)
    .execute(connection)
    .await?;
    // Somebody else has ended the sync, and has counted it.
    if ended == 0 {
        return Ok(false);
    }

    diesel::sql_query("UPDATE sync_chunks SET state = 'dropped' WHERE sync_id = $1 AND state = 'open'")
        .bind::<BigInt, _>(id)
        .execute(connection)
        .await?;

    stats::count_ended(connection, id, counts.read).await?;

    diesel::sql_query(
        "UPDATE geniacs_integrations i SET last_sync_at = geniacs_now() FROM geniacs_data_sync s
         WHERE s.id = $1 AND i.id = s.integration_id
           AND (i.last_sync_at IS NULL OR i.last_sync_at < geniacs_now() - interval '1 second')",
    )
    .bind::<BigInt, _>(id)
    .execute(connection)
    .await?;

    Ok(true)
}

/// Makes the total of a run that has come to its own end what it has looked at: nothing is left of it.
pub async fn complete_total(connection: &mut Connection, id: i64, looked_at: i64) -> Result<()> {
    diesel::sql_query("UPDATE geniacs_data_sync SET total_records = $2 WHERE id = $1")
        .bind::<BigInt, _>(id)
        .bind::<BigInt, _>(looked_at)
        .execute(connection)
        .await?;
    Ok(())
}

/// Puts a run whose failed records are worth another try back in line, in `delay_seconds`.
pub async fn move_to_retry(connection: &mut Connection, id: i64, delay_seconds: f64) -> Result<()> {
    diesel::sql_query(
        "UPDATE geniacs_data_sync SET status = 'pending', retry_count = retry_count + 1, stalled_since = NULL,
             next_retry_at = geniacs_now() + make_interval(secs => $2)
         WHERE id = $1 AND status = 'processing' AND cancel_requested_at IS NULL",
    )
    .bind::<BigInt, _>(id)
    .bind::<Double, _>(delay_seconds)
    .execute(connection)
    .await?;
    Ok(())
}
