//! Questions of the demo to the system's own tables.

use anyhow::bail;
use std::time::{Duration, Instant};
use tokio::time::sleep;
use tokio_postgres::Client;

const PACE: Duration = Duration::from_millis(20);
/// A transaction that was open for so long would hold up every incremental.
const PATIENCE: Duration = Duration::from_secs(30);

/// Counts of stored events, by outcome.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Events {
    pub(crate) stored: u64,
    /// Applied, superseded or set aside.
    pub(crate) ended: u64,
    pub(crate) created: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    pub(crate) set_aside: u64,
}

/// Waits until every change so far lies below the horizon of an incremental: until no transaction is open that began
/// before now.
pub(crate) async fn wait_until_settled(client: &Client) -> anyhow::Result<()> {
    let now: i64 = client.query_one("SELECT pg_current_xact_id()::text::bigint", &[]).await?.get(0);

    let started = Instant::now();
    loop {
        let sql = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint";
        let oldest: i64 = client.query_one(sql, &[]).await?.get(0);

        if oldest > now {
            return Ok(());
        }

        if started.elapsed() > PATIENCE {
            bail!("a transaction on this database server has been open for 30 s, and incrementals wait for it; end it");
        }
        sleep(PACE).await;
    }
}

/// The number of the newest stored event.
pub(crate) async fn last_event(client: &Client) -> anyhow::Result<i64> {
    Ok(client.query_one("SELECT coalesce(max(id), 0) FROM geniacs_webhook_events", &[]).await?.get(0))
}

/// Counts an integration's events after the one numbered `after`, by outcome.
pub(crate) async fn count_events(client: &Client, integration_id: i64, after: i64) -> anyhow::Result<Events> {
    let sql = "SELECT count(*), count(*) FILTER (WHERE state NOT IN ('received', 'failed')),
             count(*) FILTER (WHERE outcome = 'created'), count(*) FILTER (WHERE outcome = 'updated'),
             count(*) FILTER (WHERE outcome IN ('unchanged', 'superseded')), count(*) FILTER (WHERE state = 'set_aside')
         FROM geniacs_webhook_events WHERE integration_id = $1 AND id > $2";

    let row = client.query_one(sql, &[&integration_id, &after]).await?;
    let count = |column: usize| u64::try_from(row.get::<_, i64>(column)).unwrap_or(0);

    Ok(Events {
        stored: count(0),
        ended: count(1),
        created: count(2),
        updated: count(3),
        unchanged: count(4),
        set_aside: count(5),
    })
}
