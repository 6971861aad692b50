//! Schedules whose time has come, one at a time, for as many schedulers as there are.

use crate::schedules::Schedule;
use crate::schema::geniacs_sync_schedules::{self as table, dsl};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::prelude::{ExpressionMethods, QueryDsl};
use diesel::sql_types::{Array, BigInt, Bool, Timestamptz};
use diesel::{OptionalExtension, QueryableByName, SelectableHelper};
use diesel_async::RunQueryDsl;

/// A schedule that is due, locked together with its integration.
#[derive(Debug, Clone)]
pub struct DueSchedule {
    /// The schedule; its tick is `next_run_at`.
    pub schedule: Schedule,
    /// Whether a sync of its integration and entity runs or stands in line. One that waits for the time of its retry
    /// does not count: that can be a day away.
    pub busy: bool,
    /// The database's clock.
    pub now: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct Due {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Bool)]
    busy: bool,
    #[diesel(sql_type = Timestamptz)]
    now: DateTime<Utc>,
}

/// Locks the schedule that has been due longest, and its integration; never waits for a lock. Schedules that are
/// switched off, or whose integration is, are not due.
pub async fn lock_due(connection: &mut Connection, passed_over: &[i64]) -> Result<Option<DueSchedule>> {
    let due: Option<Due> = diesel::sql_query(
        "SELECT s.id, geniacs_now() AS now,
             EXISTS (SELECT FROM geniacs_data_sync r
                     WHERE r.integration_id = s.integration_id AND r.entity_type = s.entity_type
                       AND (r.status = 'processing'
                            OR (r.status = 'pending' AND coalesce(r.next_retry_at, '-infinity') <= geniacs_now()))) AS busy
         FROM geniacs_sync_schedules s JOIN geniacs_integrations i ON i.id = s.integration_id
         WHERE s.is_active AND s.next_run_at <= geniacs_now() AND s.id <> ALL ($1)
           -- The same jitter for every scheduler, another one for every tick.
           AND s.next_run_at + make_interval(secs => (hashint8(s.id + extract(epoch FROM s.next_run_at)::bigint) & 2147483647)
                                                     % (s.jitter_seconds + 1)) <= geniacs_now()
           AND i.is_active AND i.sync_enabled AND i.archived_at IS NULL
           AND coalesce(i.configuration->>'auto_sync', 'true') <> 'false'
         ORDER BY s.next_run_at, s.id LIMIT 1
         FOR NO KEY UPDATE OF i, s SKIP LOCKED",
    )
    .bind::<Array<BigInt>, _>(passed_over)
    .get_result(connection)
    .await
    .optional()?;
    let Some(Due { id, busy, now }) = due else { return Ok(None) };
    let schedule = table::table.filter(dsl::id.eq(id)).select(Schedule::as_select()).first(connection).await?;
    Ok(Some(DueSchedule { schedule, busy, now }))
}

/// Moves a locked schedule on to its next tick.
pub async fn advance(connection: &mut Connection, id: i64, next_run_at: DateTime<Utc>, has_run: bool) -> Result<()> {
    diesel::sql_query(
        "UPDATE geniacs_sync_schedules SET next_run_at = $2,
             last_run_at = CASE WHEN $3 THEN geniacs_now() ELSE last_run_at END WHERE id = $1",
    )
    .bind::<BigInt, _>(id)
    .bind::<Timestamptz, _>(next_run_at)
    .bind::<Bool, _>(has_run)
    .execute(connection)
    .await?;
    Ok(())
}
