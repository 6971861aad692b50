//! Claiming a chunk: one statement, which takes turns between integrations and lets one worker at a time probe a partner
//! whose breaker is open.

use crate::partners::limits::KNOWN_AHEAD;
use crate::prepared::Prepare;
use crate::runs::chunks::Chunk;
use crate::{Connection, Result};
use diesel::OptionalExtension;
use diesel::sql_types::{BigInt, Double, Nullable, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Which chunk is the best one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// By lane; within a lane that of the integration after this one, in the order of their ids and then from the
    /// lowest on; of an integration the longest waiting.
    After(i64),
    /// The longest waiting of all, whatever its lane.
    Oldest,
}

/// The best chunk by turns. Integrations with an open chunk are found one after the other by index (a loose scan, which
/// SQL writes as a recursion) and only as far as needed. Every part refers to the one before and cannot be joined in
/// another order; `LIMIT 1` ends it.
pub(crate) const BY_TURNS: &str = include_str!("claim.by_turns.sql");

/// The longest waiting chunk. It leaves probes to the others.
pub(crate) const OLDEST: &str = "
    SELECT c.id, false AS probing, coalesce(l.failures, 0) > 0 AS failing
    FROM sync_chunks c LEFT JOIN integration_limits l ON l.integration_id = c.integration_id
    WHERE c.state = 'open' AND c.available_at <= geniacs_now() AND $3::bigint IS NULL
      AND l.next_probe_at IS NULL AND coalesce(l.held_until, '-infinity') <= geniacs_now()
    ORDER BY c.available_at, c.id LIMIT 1 FOR NO KEY UPDATE OF c SKIP LOCKED";

/// The statement of [`claim`].
pub(crate) fn claim_sql(best: &str) -> String {
    format!(include_str!("claim.claim.sql"), best = best, KNOWN_AHEAD = KNOWN_AHEAD)
}

/// Takes the best chunk that is ready or whose lease has run out. Nobody is waited for: what others are taking is passed
/// over.
pub async fn claim(connection: &mut Connection, worker: Uuid, lease_seconds: f64, turn: Turn) -> Result<Option<Chunk>> {
    let (best, after) = match turn {
        Turn::After(integration_id) => (BY_TURNS, Some(integration_id)),
        Turn::Oldest => (OLDEST, None),
    };

    diesel::sql_query(claim_sql(best))
        .bind::<SqlUuid, _>(worker)
        .bind::<Double, _>(lease_seconds)
        .bind::<Nullable<BigInt>, _>(after)
        .prepared()
        .get_result(connection)
        .await
        .optional()
}
