//! Credentials that a partner refused.

use crate::{Connection, Result};
use diesel::sql_types::{BigInt, Double, Integer};
use diesel_async::RunQueryDsl;

/// Holds back all work of an integration until its credentials change or a test passes; the first test is due in
/// `test_seconds`. Refused were those of `version` of the integration: where it was edited since, nothing happens.
/// Returns whether the credentials still are those.
pub async fn refuse_credentials(
    connection: &mut Connection,
    integration_id: i64,
    version: i32,
    test_seconds: f64,
) -> Result<bool> {
    let refused = diesel::sql_query(
        "INSERT INTO integration_limits AS l (integration_id, credentials_refused_at, next_test_at)
         SELECT i.id, geniacs_now(), geniacs_now() + make_interval(secs => $3) FROM geniacs_integrations i
         WHERE i.id = $1 AND i.version = $2
         ON CONFLICT (integration_id) DO UPDATE SET
             credentials_refused_at = coalesce(l.credentials_refused_at, excluded.credentials_refused_at),
             next_test_at = coalesce(l.next_test_at, excluded.next_test_at)",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Integer, _>(version)
    .bind::<Double, _>(test_seconds)
    .execute(connection)
    .await?;

    Ok(refused > 0)
}

/// Lets an integration whose credentials were refused go on. Returns whether they were.
pub async fn accept_credentials(connection: &mut Connection, integration_id: i64) -> Result<bool> {
    let accepted = diesel::sql_query(
        "UPDATE integration_limits SET credentials_refused_at = NULL, next_test_at = NULL
         WHERE integration_id = $1 AND credentials_refused_at IS NOT NULL",
    )
    .bind::<BigInt, _>(integration_id)
    .execute(connection)
    .await?;
    Ok(accepted > 0)
}

/// An integration whose refused credentials are to be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, diesel::QueryableByName)]
pub struct Test {
    /// Which.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
}

/// Claims the tests that are due: one worker makes each. The next one is due in `every_seconds`.
pub async fn due_tests(connection: &mut Connection, every_seconds: f64) -> Result<Vec<Test>> {
    diesel::sql_query(
        "UPDATE integration_limits l SET next_test_at = geniacs_now() + make_interval(secs => $1)
         WHERE l.integration_id IN (
             SELECT due.integration_id FROM integration_limits due JOIN geniacs_integrations i ON i.id = due.integration_id
             WHERE due.credentials_refused_at IS NOT NULL AND due.next_test_at <= geniacs_now()
               AND coalesce(greatest(due.paused_until, due.permits_from), '-infinity') <= geniacs_now()
               AND i.is_active AND i.sync_enabled AND i.archived_at IS NULL
             ORDER BY due.next_test_at LIMIT 10 FOR NO KEY UPDATE OF due SKIP LOCKED)
         RETURNING l.integration_id",
    )
    .bind::<Double, _>(every_seconds)
    .load(connection)
    .await
}
