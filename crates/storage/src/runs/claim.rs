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
const BY_TURNS: &str = "
    SELECT c.id, l.probing AND c.kind <> 'plan' AS probing, l.failing
    FROM (VALUES (0, false), (0, true), (1, false), (1, true), (2, false), (2, true)) part (lane, wrapped)
    -- Asked once: where nothing is ready, no integration is looked at.
    JOIN (SELECT WHERE EXISTS (SELECT FROM sync_chunks c WHERE c.state = 'open' AND c.available_at <= geniacs_now())) ready
        ON true
    CROSS JOIN LATERAL (
        WITH RECURSIVE open (integration_id) AS (
            (SELECT c.integration_id FROM sync_chunks c
             WHERE c.state = 'open' AND c.lane = part.lane
               AND c.integration_id > CASE WHEN part.wrapped THEN 0 ELSE $3 END
               AND c.integration_id <= CASE WHEN part.wrapped THEN $3 ELSE 9223372036854775807 END
             ORDER BY c.integration_id LIMIT 1)
            UNION ALL
            SELECT n.integration_id FROM open o CROSS JOIN LATERAL (
                SELECT c.integration_id FROM sync_chunks c
                WHERE c.state = 'open' AND c.lane = part.lane AND c.integration_id > o.integration_id
                  AND c.integration_id <= CASE WHEN part.wrapped THEN $3 ELSE 9223372036854775807 END
                ORDER BY c.integration_id LIMIT 1) n
        ) SELECT open.integration_id FROM open
    ) o
    CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(l.next_probe_at IS NOT NULL), false) AS probing,
               coalesce(bool_or(l.failures > 0), false) AS failing,
               coalesce(bool_or(l.held_until > geniacs_now()), false) AS held
        FROM integration_limits l WHERE l.integration_id = o.integration_id
    ) l
    LEFT JOIN LATERAL (
        SELECT true AS ours FROM integration_limits p
        WHERE l.probing AND p.integration_id = o.integration_id AND p.next_probe_at <= geniacs_now()
        FOR NO KEY UPDATE SKIP LOCKED
    ) probe ON true
    CROSS JOIN LATERAL (
        SELECT c.id, c.kind FROM sync_chunks c
        WHERE NOT l.held AND (NOT l.probing OR probe.ours)
          AND c.state = 'open' AND c.lane = part.lane AND c.integration_id = o.integration_id
          AND c.available_at <= geniacs_now()
        ORDER BY c.available_at, c.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
    ) c
    LIMIT 1";

/// The longest waiting chunk. It leaves probes to the others.
const OLDEST: &str = "
    SELECT c.id, false AS probing, coalesce(l.failures, 0) > 0 AS failing
    FROM sync_chunks c LEFT JOIN integration_limits l ON l.integration_id = c.integration_id
    WHERE c.state = 'open' AND c.available_at <= geniacs_now() AND $3 IS NULL
      AND l.next_probe_at IS NULL AND coalesce(l.held_until, '-infinity') <= geniacs_now()
    ORDER BY c.available_at, c.id LIMIT 1 FOR NO KEY UPDATE OF c SKIP LOCKED";

/// Takes the best chunk that is ready or whose lease has run out. Nobody is waited for: what others are taking is passed
/// over.
pub async fn claim(connection: &mut Connection, worker: Uuid, lease_seconds: f64, turn: Turn) -> Result<Option<Chunk>> {
    let (best, after) = match turn {
        Turn::After(integration_id) => (BY_TURNS, Some(integration_id)),
        Turn::Oldest => (OLDEST, None),
    };
    diesel::sql_query(format!(
        "WITH best AS ({best}),
         probe AS (
             -- A probe that nobody hears of again is left to others after as long as its request may take.
             UPDATE integration_limits l SET next_probe_at = geniacs_now() + make_interval(secs => i.timeout_seconds + 10)
             FROM best JOIN sync_chunks c ON c.id = best.id JOIN geniacs_integrations i ON i.id = c.integration_id
             WHERE best.probing AND l.integration_id = c.integration_id
         )
         UPDATE sync_chunks c SET worker = $1, fence = c.fence + 1,
             available_at = geniacs_now() + make_interval(secs => $2),
             -- A worker still named here is one whose lease ran out: nobody knows what its last request did.
             unconfirmed = c.unconfirmed OR c.worker IS NOT NULL
         FROM best WHERE c.id = best.id
         RETURNING c.id, c.sync_id, c.integration_id, c.kind, c.after_xid, c.after_id, c.upto_xid, c.upto_id,
             c.record_ids, c.attempt, c.setbacks, c.fence, c.unconfirmed, best.probing, best.failing,
             (SELECT i.version FROM geniacs_integrations i WHERE i.id = c.integration_id) AS integration_version,
             geniacs_now() AS database_now,
             (SELECT {KNOWN_AHEAD} FROM integration_limits l WHERE l.integration_id = c.integration_id) AS partner_ahead,
             (SELECT s.traceparent FROM geniacs_data_sync s WHERE s.id = c.sync_id) AS traceparent"
    ))
    .bind::<SqlUuid, _>(worker)
    .bind::<Double, _>(lease_seconds)
    .bind::<Nullable<BigInt>, _>(after)
    .prepared()
    .get_result(connection)
    .await
    .optional()
}
