//! The circuit breaker: after some failures one after another nothing is sent any more, but one probe now and then.

use super::Standing;
use super::standing::COLUMNS;
use crate::{Connection, Result};
use diesel::sql_types::{BigInt, Bool, Double, Integer};
use diesel_async::RunQueryDsl;

/// How a breaker opens and probes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Failures one after another that open it.
    pub failures: i32,
    /// Seconds before the first probe.
    pub wait_seconds: f64,
    /// What the wait doubles up to.
    pub longest_wait_seconds: f64,
}

/// The statement of [`failed`].
pub(crate) fn failed_sql() -> String {
    format!(include_str!("breaker.failed.sql"), COLUMNS = COLUMNS)
}

/// Counts a failure of the partner, and opens the breaker if it is one too many. A probe that failed doubles the wait.
/// `jitter` is the share of the wait that is really waited.
pub async fn failed(
    connection: &mut Connection,
    integration_id: i64,
    rule: &Rule,
    probing: bool,
    jitter: f64,
) -> Result<Standing> {
    diesel::sql_query(failed_sql())
        .bind::<BigInt, _>(integration_id)
        .bind::<Integer, _>(rule.failures)
        .bind::<Double, _>(rule.wait_seconds)
        .bind::<Double, _>(rule.longest_wait_seconds)
        .bind::<Bool, _>(probing)
        .bind::<Double, _>(jitter)
        .get_result(connection)
        .await
}

/// Closes the breaker: the partner answered. True: it was open.
pub async fn succeeded(connection: &mut Connection, integration_id: i64) -> Result<bool> {
    #[derive(diesel::QueryableByName)]
    struct WasOpen {
        #[diesel(sql_type = Bool)]
        was_open: bool,
    }

    let closed: Vec<WasOpen> = diesel::sql_query(
        "WITH former AS (SELECT integration_id, opened_at IS NOT NULL AS was_open FROM integration_limits
                         WHERE integration_id = $1 AND failures > 0 FOR NO KEY UPDATE)
         UPDATE integration_limits l SET failures = 0, opened_at = NULL, next_probe_at = NULL, probe_wait_seconds = NULL
         FROM former WHERE l.integration_id = former.integration_id RETURNING former.was_open",
    )
    .bind::<BigInt, _>(integration_id)
    .load(connection)
    .await?;

    Ok(closed.iter().any(|row| row.was_open))
}

/// Lets somebody else probe: whoever was to do it sent nothing.
pub async fn probe_was_not_used(connection: &mut Connection, integration_id: i64) -> Result<()> {
    diesel::sql_query(
        "UPDATE integration_limits SET next_probe_at = geniacs_now() WHERE integration_id = $1 AND opened_at IS NOT NULL",
    )
    .bind::<BigInt, _>(integration_id)
    .execute(connection)
    .await?;
    Ok(())
}
