//! What needs a person's attention, counted as far as it matters.

mod matters;

pub use matters::{Matter, matters};

use crate::starts::ticks::BUSY;
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
    /// Syncs in which some records failed lately.
    #[diesel(sql_type = BigInt)]
    pub partial_syncs: i64,
    /// Webhook events that were set aside.
    #[diesel(sql_type = BigInt)]
    pub events_set_aside: i64,
    /// Messages that a queue gave up and that were neither stored nor sent again.
    #[diesel(sql_type = BigInt)]
    pub dead_letters: i64,
    /// Active integrations whose work does not go on.
    #[diesel(sql_type = BigInt)]
    pub paused_integrations: i64,
    /// Schedules whose tick has not come although it was due a while ago.
    #[diesel(sql_type = BigInt)]
    pub overdue_schedules: i64,
}

/// Which integrations are looked at: `$1`, or all that are not archived.
const SHOWN: &str = "SELECT id, name, is_active AND sync_enabled AS is_enabled,
        coalesce(configuration ->> 'auto_sync', 'true') <> 'false' AS is_automatic
    FROM geniacs_integrations WHERE CASE WHEN $1::bigint IS NULL THEN archived_at IS NULL ELSE id = $1 END";

/// What is true of a dead letter `d` that somebody has to do something about.
const IS_LEFT_OVER: &str = "d.state IN ('set_aside', 'unreadable')";

/// What is true of limits `l` that hold their integration back for another reason than that its rate windows are used up: that
/// is how work is spread over time, and nothing to care for.
const IS_PAUSED: &str =
    "(l.paused_until > geniacs_now() OR l.opened_at IS NOT NULL OR l.credentials_refused_at IS NOT NULL)";

/// What is true of a schedule `s` of an integration `i` whose tick has not come: nothing runs that lets schedules tick, or it
/// fails at this one. A tick that is skipped or missed moves its schedule on; one that is caught up with waits for the run
/// before, and its schedule stays due.
fn is_overdue() -> String {
    format!(
        "s.is_active AND i.is_enabled AND i.is_automatic
         AND s.next_run_at < geniacs_now() - make_interval(mins => 5) - make_interval(secs => s.jitter_seconds)
         AND NOT (s.catch_up = 'all' AND s.overlap = 'skip' AND {BUSY})"
    )
}

/// Counts what needs attention, of one integration or of all that are not archived, up to `most` of each kind, and one more
/// where there are more. Syncs that failed, wholly or in part, count for `failed_for_seconds`.
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

    let ended = |status: &str| {
        format!(
            "geniacs_data_sync s WHERE s.integration_id = i.id AND s.status = '{status}'
                 AND s.created_at >= geniacs_now() - make_interval(secs => $2)"
        )
    };

    let sql = format!(
        "WITH shown AS MATERIALIZED ({SHOWN})
         SELECT {conflicts} AS open_conflicts, {failed} AS failed_syncs, {partial} AS partial_syncs,
             {events} AS events_set_aside,
             (SELECT count(*) FROM (
                 SELECT FROM dead_letters d WHERE {IS_LEFT_OVER}
                     AND ($1::bigint IS NULL OR d.integration_id = $1) LIMIT {bound}) n) AS dead_letters,
             {paused} AS paused_integrations, {overdue} AS overdue_schedules",
        conflicts = of_integrations("conflicts c WHERE c.integration_id = i.id AND c.state = 'open'"),
        failed = of_integrations(&ended("failed")),
        partial = of_integrations(&ended("partial")),
        events = of_integrations("geniacs_webhook_events e WHERE e.integration_id = i.id AND e.state = 'set_aside'"),
        paused = of_integrations(&format!(
            "integration_limits l WHERE l.integration_id = i.id AND i.is_enabled AND {IS_PAUSED}"
        )),
        overdue =
            of_integrations(&format!("geniacs_sync_schedules s WHERE s.integration_id = i.id AND {}", is_overdue())),
        bound = most + 1,
    );

    diesel::sql_query(sql)
        .bind::<Nullable<BigInt>, _>(integration_id)
        .bind::<Double, _>(failed_for_seconds)
        .get_result(connection)
        .await
}
