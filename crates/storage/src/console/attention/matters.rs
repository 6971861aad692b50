//! What needs a person's attention, thing by thing.

use super::{IS_LEFT_OVER, IS_PAUSED, SHOWN, is_overdue};
use crate::runs::syncs::status::{HELD_BY, HELD_UNTIL, NEWEST_ENDED};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;

/// Something that needs attention.
#[derive(Debug, Clone, QueryableByName)]
pub struct Matter {
    /// `integration_paused`, `schedule_overdue`, `sync_failed`, `sync_partial`, `dead_letters`, `events_set_aside` or
    /// `conflicts_waiting`.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// Whose; none: nobody knows.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub integration_id: Option<i64>,
    /// Its name.
    #[diesel(sql_type = Nullable<Text>)]
    pub integration_name: Option<String>,
    /// A [`domain::EntityType`].
    #[diesel(sql_type = Nullable<Text>)]
    pub entity_type: Option<String>,
    /// A [`domain::SyncDirection`].
    #[diesel(sql_type = Nullable<Text>)]
    pub sync_direction: Option<String>,
    /// The sync.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub sync_id: Option<i64>,
    /// The schedule.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub schedule_id: Option<i64>,
    /// How many things it is about, up to the bound and one more where there are more.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub things: Option<i64>,
    /// Since when.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub since: Option<DateTime<Utc>>,
    /// Until when an integration is paused; none: until somebody does something.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub until: Option<DateTime<Utc>>,
    /// A stable name of why.
    #[diesel(sql_type = Nullable<Text>)]
    pub reason: Option<String>,
}

/// Integrations that are looked at: the newest.
const MOST_INTEGRATIONS: i64 = 100;

/// What needs attention, of one integration or of all that are not archived, the worst first and of equals the oldest, `limit`
/// at most. Things of one kind are counted up to `most`, and one more where there are more.
pub async fn matters(
    connection: &mut Connection,
    integration_id: Option<i64>,
    most: i64,
    limit: i64,
) -> Result<Vec<Matter>> {
    let sql = format!(
        "WITH shown AS MATERIALIZED ({SHOWN} ORDER BY id DESC LIMIT {MOST_INTEGRATIONS}),
         matters (kind, integration_id, entity_type, sync_direction, sync_id, schedule_id, things, since, until, reason) AS (
             {paused} UNION ALL {overdue} UNION ALL {failed} UNION ALL {letters} UNION ALL {events} UNION ALL {conflicts})
         SELECT m.kind, m.integration_id, i.name AS integration_name, m.entity_type::text AS entity_type,
             m.sync_direction::text AS sync_direction, m.sync_id, m.schedule_id, m.things, m.since, m.until, m.reason
         FROM matters m LEFT JOIN shown i ON i.id = m.integration_id
         ORDER BY {RANK}, m.since NULLS LAST, m.integration_id, m.schedule_id, m.sync_id LIMIT {limit}",
        paused = paused(),
        overdue = overdue(),
        failed = failed(),
        letters = letters(most),
        events = waiting(
            "events_set_aside",
            "geniacs_webhook_events e WHERE e.integration_id = i.id AND e.state = 'set_aside' ORDER BY e.created_at, e.id",
            most
        ),
        conflicts = waiting(
            "conflicts_waiting",
            // As the index of those that are not resolved has it.
            "conflicts c WHERE c.integration_id = i.id AND c.state <> 'resolved' AND c.state = 'open'
                 ORDER BY c.created_at, c.id",
            most
        ),
    );

    diesel::sql_query(sql).bind::<Nullable<BigInt>, _>(integration_id).load(connection).await
}

/// Worst first: what stops everything until somebody acts, what stops much, what is left undone, what is a question, and what
/// passes by itself.
const RANK: &str = "CASE m.kind WHEN 'schedule_overdue' THEN 2 WHEN 'sync_failed' THEN 4 WHEN 'dead_letters' THEN 5
    WHEN 'events_set_aside' THEN 6 WHEN 'sync_partial' THEN 7 WHEN 'conflicts_waiting' THEN 8
    ELSE CASE m.reason WHEN 'credentials_refused' THEN 1 WHEN 'breaker_open' THEN 3 ELSE 9 END END";

fn paused() -> String {
    format!(
        "SELECT 'integration_paused', i.id, NULL::entity_type, NULL::sync_direction, NULL::bigint, NULL::bigint, NULL::bigint,
             CASE {HELD_BY} WHEN 'credentials_refused' THEN l.credentials_refused_at WHEN 'breaker_open' THEN l.opened_at
                 ELSE l.paused_since END,
             {HELD_UNTIL}, {HELD_BY}
         FROM shown i JOIN integration_limits l ON l.integration_id = i.id WHERE i.is_enabled AND {IS_PAUSED}"
    )
}

fn overdue() -> String {
    format!(
        "SELECT 'schedule_overdue', i.id, s.entity_type, NULL, NULL, s.id, NULL, s.next_run_at, NULL, NULL
         FROM shown i JOIN geniacs_sync_schedules s ON s.integration_id = i.id WHERE {}",
        is_overdue()
    )
}

/// The newest run of each entity and direction that has come to an end, where it failed, wholly or in part.
fn failed() -> String {
    format!(
        "SELECT CASE last.status WHEN 'failed' THEN 'sync_failed' ELSE 'sync_partial' END, i.id, e.entity_type, d.sync_direction,
             last.id, last.schedule_id, CASE last.status WHEN 'partial' THEN (last.response_data #>> '{{counts,failed}}')::bigint END,
             last.completed_at, NULL, last.error_type
         FROM shown i CROSS JOIN unnest(enum_range(NULL::entity_type)) AS e (entity_type)
         CROSS JOIN unnest(enum_range(NULL::sync_direction)) AS d (sync_direction)
         CROSS JOIN LATERAL ({NEWEST_ENDED}) last WHERE last.status IN ('failed', 'partial')"
    )
}

/// Letters of each integration, and those of which nobody knows whose they are.
fn letters(most: i64) -> String {
    let of = |whose: &str| format!("dead_letters d WHERE {whose} AND {IS_LEFT_OVER} ORDER BY d.id");
    let nobodys = counted(&of("$1::bigint IS NULL AND d.integration_id IS NULL"), most);
    format!(
        "{} UNION ALL SELECT 'dead_letters', NULL, NULL, NULL, NULL, NULL, n.things, n.since, NULL, NULL
         FROM ({nobodys}) n WHERE n.things > 0",
        waiting("dead_letters", &of("d.integration_id = i.id"), most)
    )
}

/// One matter for each integration that has such rows, oldest first.
fn waiting(kind: &str, rows: &str, most: i64) -> String {
    format!(
        "SELECT '{kind}', i.id, NULL, NULL, NULL, NULL, n.things, n.since, NULL, NULL
         FROM shown i CROSS JOIN LATERAL ({}) n WHERE n.things > 0",
        counted(rows, most)
    )
}

fn counted(rows: &str, most: i64) -> String {
    format!(
        "SELECT count(*) AS things, min(f.created_at) AS since FROM (SELECT created_at FROM {rows} LIMIT {}) f",
        most + 1
    )
}
