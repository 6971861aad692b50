//! Schedules: when syncs start by themselves. The database's clock decides what is due.

use crate::pg_enum::Named;
use crate::schema::geniacs_sync_schedules::{self as table, dsl};
use crate::schema::{geniacs_integrations, geniacs_now};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::SelectableHelper;
use diesel::pg::Pg;
use diesel::prelude::{AsChangeset, ExpressionMethods, Insertable, OptionalExtension, QueryDsl, Queryable, Selectable};
use diesel_async::RunQueryDsl;
use domain::schedule::{CatchUp, Overlap, ScheduleConfiguration};
use domain::{EntityType, SyncType};

/// A schedule.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = table, check_for_backend(Pg))]
pub struct Schedule {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub integration_id: i64,
    /// Its name.
    pub name: String,
    /// Which kind of record.
    pub entity_type: EntityType,
    /// What its runs walk.
    pub sync_type: SyncType,
    /// A [`domain::schedule::CronExpression`].
    pub cron_expression: String,
    /// Whether it ticks.
    pub is_active: bool,
    /// When it last ticked.
    pub last_run_at: Option<DateTime<Utc>>,
    /// When it ticks next.
    pub next_run_at: DateTime<Utc>,
    /// A [`ScheduleConfiguration`]; read it with [`Schedule::settings`].
    pub configuration: serde_json::Value,
    /// The IANA zone of the expression's wall clock.
    pub time_zone: String,
    /// What a tick does while the run before is under way.
    pub overlap: Overlap,
    /// What happens to ticks that nobody was there for.
    pub catch_up: CatchUp,
    /// Spreads ticks over this many seconds.
    pub jitter_seconds: i32,
    /// Raised by edits only.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub updated_at: DateTime<Utc>,
}

impl Schedule {
    /// Its configuration. One that this version cannot read counts as empty.
    pub fn settings(&self) -> ScheduleConfiguration {
        serde_json::from_value(self.configuration.clone()).unwrap_or_default()
    }
}

/// A schedule to be made or changed, checked already.
#[derive(Debug, Clone, Insertable, AsChangeset)]
#[diesel(table_name = table)]
pub struct NewSchedule {
    /// Whose it is.
    pub integration_id: i64,
    /// Its name.
    pub name: String,
    /// Which kind of record.
    #[diesel(serialize_as = Named<EntityType>)]
    pub entity_type: EntityType,
    /// What its runs walk.
    #[diesel(serialize_as = Named<SyncType>)]
    pub sync_type: SyncType,
    /// A [`domain::schedule::CronExpression`].
    pub cron_expression: String,
    /// Whether it ticks.
    pub is_active: bool,
    /// When it ticks first.
    pub next_run_at: DateTime<Utc>,
    /// A [`ScheduleConfiguration`].
    pub configuration: serde_json::Value,
    /// The IANA zone of the expression's wall clock.
    pub time_zone: String,
    /// What a tick does while the run before is under way.
    #[diesel(serialize_as = Named<Overlap>)]
    pub overlap: Overlap,
    /// What happens to ticks that nobody was there for.
    #[diesel(serialize_as = Named<CatchUp>)]
    pub catch_up: CatchUp,
    /// Spreads ticks over this many seconds, 0–3600.
    pub jitter_seconds: i32,
}

/// Which schedules a list holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Only this integration's.
    pub integration_id: Option<i64>,
    /// Only this entity's.
    pub entity_type: Option<EntityType>,
    /// Only those that tick, or only those that do not.
    pub is_active: Option<bool>,
}

/// Schedules of integrations that are not archived.
fn visible() -> table::BoxedQuery<'static, Pg> {
    let integrations = geniacs_integrations::table
        .filter(geniacs_integrations::archived_at.is_null())
        .select(geniacs_integrations::id);
    table::table.filter(dsl::integration_id.eq_any(integrations)).into_boxed()
}

fn matching(filter: Filter) -> table::BoxedQuery<'static, Pg> {
    let mut query = visible();
    if let Some(integration_id) = filter.integration_id {
        query = query.filter(dsl::integration_id.eq(integration_id));
    }
    if let Some(entity_type) = filter.entity_type {
        query = query.filter(dsl::entity_type.eq(Named(entity_type)));
    }
    if let Some(is_active) = filter.is_active {
        query = query.filter(dsl::is_active.eq(is_active));
    }
    query
}

/// The database's time, which schedules go by.
pub async fn now(connection: &mut Connection) -> Result<DateTime<Utc>> {
    diesel::select(geniacs_now()).get_result(connection).await
}

/// Makes schedules.
pub async fn insert(connection: &mut Connection, new: Vec<NewSchedule>) -> Result<Vec<Schedule>> {
    diesel::insert_into(table::table).values(new).returning(Schedule::as_returning()).get_results(connection).await
}

/// A page of a list, newest first.
pub async fn page(connection: &mut Connection, filter: Filter, offset: i64, limit: i64) -> Result<Vec<Schedule>> {
    let query = matching(filter).order(dsl::id.desc()).offset(offset).limit(limit);
    query.select(Schedule::as_select()).load(connection).await
}

/// How many schedules a list holds.
pub async fn count(connection: &mut Connection, filter: Filter) -> Result<i64> {
    matching(filter).count().get_result(connection).await
}

/// One schedule.
pub async fn find(connection: &mut Connection, id: i64) -> Result<Option<Schedule>> {
    visible().filter(dsl::id.eq(id)).select(Schedule::as_select()).first(connection).await.optional()
}

/// One schedule that is known to be there.
pub async fn read(connection: &mut Connection, id: i64) -> Result<Schedule> {
    table::table.filter(dsl::id.eq(id)).select(Schedule::as_select()).first(connection).await
}

/// One schedule, locked until the transaction ends, behind its integration.
pub async fn lock(connection: &mut Connection, id: i64) -> Result<Option<Schedule>> {
    let Some(found) = find(connection, id).await? else { return Ok(None) };
    if crate::partners::integrations::lock(connection, found.integration_id).await?.is_none() {
        return Ok(None);
    }
    let query = table::table.filter(dsl::id.eq(id)).select(Schedule::as_select());
    query.for_no_key_update().first(connection).await.optional()
}

/// Changes a schedule and raises its version.
pub async fn update(connection: &mut Connection, id: i64, new: NewSchedule) -> Result<Schedule> {
    diesel::update(table::table.filter(dsl::id.eq(id)))
        .set((new, dsl::version.eq(dsl::version + 1)))
        .returning(Schedule::as_returning())
        .get_result(connection)
        .await
}

/// Deletes a schedule with its ticks. Its syncs stay, and forget it.
pub async fn delete(connection: &mut Connection, id: i64) -> Result<usize> {
    diesel::delete(table::table.filter(dsl::id.eq(id))).execute(connection).await
}
