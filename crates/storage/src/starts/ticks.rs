//! Schedules whose time has come, one at a time, for as many schedulers as there are; and what became of every tick.

use crate::conditions::Conditions;
use crate::listing::{Place, Reading, descending};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;
use domain::schedule::TickOutcome;

/// Whether a sync of the integration and entity of `s` runs or stands in line. One that waits for the time of its retry
/// does not count: that can be a day away.
pub(crate) const BUSY: &str = "EXISTS (SELECT FROM geniacs_data_sync r
    WHERE r.integration_id = s.integration_id AND r.entity_type = s.entity_type
      AND (r.status = 'processing'
           OR (r.status = 'pending' AND coalesce(r.next_retry_at, '-infinity') <= geniacs_now())))";

/// A schedule that is due, locked together with its integration.
#[derive(Debug, Clone)]
pub struct DueSchedule {
    /// Its number. Its tick is its `next_run_at`.
    pub schedule_id: i64,
    /// The tick's time with its jitter.
    pub due_at: DateTime<Utc>,
    /// Whether a sync of its integration and entity runs or stands in line.
    pub busy: bool,
    /// Why none of its integration's schedules may start anything now.
    pub blocked: Option<Blocked>,
    /// The database's clock.
    pub now: DateTime<Utc>,
}

/// Why an integration's schedules start nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocked {
    /// The integration is switched off.
    Inactive,
    /// Its syncs are switched off.
    SyncDisabled,
    /// Its `auto_sync` is false.
    AutoSyncOff,
}

#[derive(QueryableByName)]
struct Due {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Timestamptz)]
    with_jitter: DateTime<Utc>,
    #[diesel(sql_type = Bool)]
    busy: bool,
    #[diesel(sql_type = Nullable<Text>)]
    blocked: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    now: DateTime<Utc>,
}

impl Due {
    fn blocked(&self) -> Option<Blocked> {
        match self.blocked.as_deref()? {
            "inactive" => Some(Blocked::Inactive),
            "sync_disabled" => Some(Blocked::SyncDisabled),
            _ => Some(Blocked::AutoSyncOff),
        }
    }
}

/// The statement of [`lock_due`].
pub(crate) fn lock_due_sql() -> String {
    format!(include_str!("ticks.lock_due.sql"), BUSY = BUSY)
}

/// Locks the schedule that has been due longest, and its integration; never waits for a lock. Schedules that are
/// switched off, or whose integration is archived, are not due.
pub async fn lock_due(connection: &mut Connection, passed_over: &[i64]) -> Result<Option<DueSchedule>> {
    let due: Option<Due> = diesel::sql_query(lock_due_sql())
        .bind::<Array<BigInt>, _>(passed_over)
        .get_result(connection)
        .await
        .optional()?;
    let Some(due) = due else { return Ok(None) };
    let blocked = due.blocked();
    Ok(Some(DueSchedule { schedule_id: due.id, due_at: due.with_jitter, busy: due.busy, blocked, now: due.now }))
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

/// Writes down that a due tick came to nothing, and moves the schedule's next one so many hours from now.
pub async fn put_off(connection: &mut Connection, id: i64, hours: i64, reason: &str) -> Result<()> {
    diesel::sql_query(
        "WITH late AS (SELECT id, next_run_at FROM geniacs_sync_schedules
                       WHERE id = $1 AND next_run_at <= geniacs_now() FOR NO KEY UPDATE),
              noted AS (INSERT INTO schedule_ticks (schedule_id, scheduled_for, outcome, reason)
                        SELECT id, next_run_at, 'skipped', left($3, 500) FROM late
                        ON CONFLICT (schedule_id, scheduled_for) DO NOTHING)
         UPDATE geniacs_sync_schedules s SET next_run_at = geniacs_now() + make_interval(hours => $2::int)
         FROM late WHERE s.id = late.id",
    )
    .bind::<BigInt, _>(id)
    .bind::<BigInt, _>(hours)
    .bind::<Text, _>(reason)
    .execute(connection)
    .await?;
    Ok(())
}

/// What became of a tick.
#[derive(Debug, Clone)]
pub struct NewTick {
    /// Its nominal time, without jitter.
    pub scheduled_for: DateTime<Utc>,
    /// What became of it.
    pub outcome: TickOutcome,
    /// Its sync.
    pub sync_id: Option<i64>,
    /// For a person.
    pub reason: Option<String>,
}

/// Writes down what became of ticks. A tick that is written down already stays as it is.
pub async fn record(connection: &mut Connection, schedule_id: i64, ticks: &[NewTick]) -> Result<()> {
    let times: Vec<_> = ticks.iter().map(|tick| tick.scheduled_for).collect();
    let outcomes: Vec<_> = ticks.iter().map(|tick| tick.outcome.as_str()).collect();
    let syncs: Vec<_> = ticks.iter().map(|tick| tick.sync_id).collect();
    let reasons: Vec<_> = ticks.iter().map(|tick| tick.reason.as_deref()).collect();

    diesel::sql_query(
        "INSERT INTO schedule_ticks (schedule_id, scheduled_for, outcome, sync_id, reason)
         SELECT $1, t.at, t.outcome::tick_outcome, t.sync_id, left(t.reason, 500)
         FROM unnest($2, $3, $4, $5) AS t (at, outcome, sync_id, reason)
         ON CONFLICT (schedule_id, scheduled_for) DO NOTHING",
    )
    .bind::<BigInt, _>(schedule_id)
    .bind::<Array<Timestamptz>, _>(times)
    .bind::<Array<Text>, _>(outcomes)
    .bind::<Array<Nullable<BigInt>>, _>(syncs)
    .bind::<Array<Nullable<Text>>, _>(reasons)
    .execute(connection)
    .await?;
    Ok(())
}

/// A tick as it is listed.
#[derive(Debug, Clone, QueryableByName)]
pub struct TickRow {
    /// Its nominal time.
    #[diesel(sql_type = Timestamptz)]
    pub scheduled_for: DateTime<Utc>,
    /// A [`TickOutcome`].
    #[diesel(sql_type = Text)]
    pub outcome: String,
    /// Its sync, while that is kept.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub sync_id: Option<i64>,
    /// A [`domain::SyncStatus`].
    #[diesel(sql_type = Nullable<Text>)]
    pub sync_status: Option<String>,
    /// Why there is no sync, or what else the run stands for.
    #[diesel(sql_type = Nullable<Text>)]
    pub reason: Option<String>,
    /// When that was decided.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// A stretch of a schedule's ticks, which are listed newest first.
pub async fn list(
    connection: &mut Connection,
    schedule_id: i64,
    place: Place<DateTime<Utc>>,
    limit: i64,
) -> Result<Vec<TickRow>> {
    let Reading { sign, order } = descending(&place);
    let mut conditions = Conditions::default();
    conditions.only_if("t.schedule_id = {}", Some(schedule_id));
    conditions.only_if(&format!("t.scheduled_for {sign} {{}}"), place.row());

    let sql = format!(
        "SELECT t.scheduled_for, t.outcome::text AS outcome, t.sync_id, s.status::text AS sync_status, t.reason, t.created_at
         FROM schedule_ticks t LEFT JOIN geniacs_data_sync s ON s.id = t.sync_id
         WHERE {} ORDER BY t.scheduled_for {order} LIMIT {limit}",
        conditions.sql()
    );
    conditions.bound(sql).load(connection).await
}
