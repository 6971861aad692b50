//! What needs a person's attention, counted as far as it matters.

use crate::{Connection, Result};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Double, Nullable};
use diesel_async::RunQueryDsl;

/// Things that need attention; each is counted up to the bound, and one more where there are more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Attention {
    /// Conflicts that nobody has decided.
    #[diesel(sql_type = BigInt)]
    pub open_conflicts: i64,
    /// Syncs that failed as a whole lately.
    #[diesel(sql_type = BigInt)]
    pub failed_syncs: i64,
    /// Webhook events that were set aside.
    #[diesel(sql_type = BigInt)]
    pub events_set_aside: i64,
    /// Messages that a queue gave up and that were neither stored nor sent again.
    #[diesel(sql_type = BigInt)]
    pub dead_letters: i64,
    /// Active integrations whose work does not go on.
    #[diesel(sql_type = BigInt)]
    pub paused_integrations: i64,
}

/// Counts what needs attention, of one integration or of all that are not archived, up to `most` of each kind, and one more
/// where there are more. Syncs that failed count for `failed_for_seconds`.
pub async fn attention(
    connection: &mut Connection,
    integration_id: Option<i64>,
    most: i64,
    failed_for_seconds: f64,
) -> Result<Attention> {
    // From the integrations to their rows: each list has an index that begins with the integration.
    let of_integrations = |rows: &str| {
        format!(
            "(SELECT count(*) FROM (SELECT FROM shown i CROSS JOIN LATERAL (SELECT FROM {rows} LIMIT {bound}) r LIMIT {bound}) n)",
            bound = most + 1
        )
    };
    let sql = format!(
        "WITH shown AS MATERIALIZED (
             SELECT id, is_active AND sync_enabled AS is_enabled FROM geniacs_integrations
             WHERE CASE WHEN $1::bigint IS NULL THEN archived_at IS NULL ELSE id = $1 END)
         SELECT {conflicts} AS open_conflicts, {failed} AS failed_syncs, {events} AS events_set_aside,
             (SELECT count(*) FROM (
                 SELECT FROM dead_letters d WHERE d.state IN ('set_aside', 'unreadable')
                     AND ($1::bigint IS NULL OR d.integration_id = $1) LIMIT {bound}) n) AS dead_letters,
             {paused} AS paused_integrations",
        conflicts = of_integrations("conflicts c WHERE c.integration_id = i.id AND c.state = 'open'"),
        failed = of_integrations(
            "geniacs_data_sync s WHERE s.integration_id = i.id AND s.status = 'failed'
                 AND s.created_at >= geniacs_now() - make_interval(secs => $2)"
        ),
        events = of_integrations("geniacs_webhook_events e WHERE e.integration_id = i.id AND e.state = 'set_aside'"),
        paused = of_integrations(
            "integration_limits l WHERE l.integration_id = i.id AND i.is_enabled AND (l.paused_until > geniacs_now()
                 OR l.opened_at IS NOT NULL OR l.credentials_refused_at IS NOT NULL)"
        ),
        bound = most + 1,
    );
    diesel::sql_query(sql)
        .bind::<Nullable<BigInt>, _>(integration_id)
        .bind::<Double, _>(failed_for_seconds)
        .get_result(connection)
        .await
}
