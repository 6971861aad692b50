//! Runs without progress. Whoever steps a run or ends a chunk of it touches its row; one that nobody has touched for long
//! is stalled, unless all that is open of it waits for its time or its integration is paused.

use crate::runs::{chunks, logs};
use crate::{Connection, Result, outbox};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Double};
use diesel_async::RunQueryDsl;

/// A run that was found without progress.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Stalled {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whose it is.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// Seconds without progress.
    #[diesel(sql_type = Double)]
    pub seconds: f64,
}

/// Marks runs without progress for `after_seconds`, says so in their logs, and gives each a chunk that steps it, with a
/// permit. A run is found once, until it moves again. Run it inside a transaction.
pub async fn mark(connection: &mut Connection, after_seconds: f64) -> Result<Vec<Stalled>> {
    let found: Vec<Stalled> =
        diesel::sql_query(include_str!("stalled.mark.sql")).bind::<Double, _>(after_seconds).load(connection).await?;

    for sync in &found {
        chunks::add_step(connection, sync.id, 0.0).await?;
        let message = format!("No progress for {:.0} s; the sync is moved on", sync.seconds);
        let entry = logs::Entry { level: "warning", message, ..logs::Entry::default() };
        logs::add(connection, sync.integration_id, Some(sync.id), &[entry]).await?;
        outbox::add_work_permit(connection).await?;
    }
    Ok(found)
}

/// How many runs are stalled now.
pub async fn count(connection: &mut Connection) -> Result<i64> {
    let sql = "SELECT count(*) AS n FROM geniacs_data_sync WHERE status = 'processing' AND stalled_since IS NOT NULL";
    Ok(diesel::sql_query(sql).get_result::<Number>(connection).await?.n)
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}
