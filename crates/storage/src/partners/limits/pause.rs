//! Pauses that a partner asks for.

use crate::{Connection, Result};
use diesel::sql_types::{BigInt, Double, Text};
use diesel_async::RunQueryDsl;

/// Holds back all work of an integration for a while, because its partner asked for it. A longer pause stays.
pub async fn pause(connection: &mut Connection, integration_id: i64, seconds: f64, reason: &str) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO integration_limits AS l (integration_id, paused_since, paused_until, pause_reason)
         VALUES ($1, geniacs_now(), geniacs_now() + make_interval(secs => $2), $3)
         ON CONFLICT (integration_id) DO UPDATE SET paused_until = excluded.paused_until, pause_reason = excluded.pause_reason,
             paused_since = CASE WHEN l.paused_until > geniacs_now() THEN l.paused_since ELSE excluded.paused_since END
         WHERE coalesce(l.paused_until, '-infinity') < excluded.paused_until",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Double, _>(seconds)
    .bind::<Text, _>(reason)
    .execute(connection)
    .await?;
    Ok(())
}
