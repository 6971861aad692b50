//! Integrations: partner accounts and what they are configured to do. An archived one is as good as gone here.

use crate::entities::descriptor;
use crate::runs::syncs;
use crate::runs::syncs::RunSettings;
use crate::schema::geniacs_integrations::{self as table, dsl};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::{
    AsChangeset, BoolExpressionMethods, ExpressionMethods, Insertable, OptionalExtension, QueryDsl, Queryable,
    Selectable,
};
use diesel::{PgTextExpressionMethods, SelectableHelper};
use diesel_async::RunQueryDsl;
use domain::EntityType;
use domain::integration::Configuration;
use domain::schedule::ScheduleConfiguration;

/// The name of the table, to which credentials are sealed.
pub const TABLE: &str = "geniacs_integrations";
/// The column of the sealed API key.
pub const API_KEY_COLUMN: &str = "api_key_encrypted";
/// The column of the sealed API secret.
pub const API_SECRET_COLUMN: &str = "api_secret_encrypted";
/// The column of the sealed webhook secret.
pub const WEBHOOK_SECRET_COLUMN: &str = "webhook_secret";
/// The unique index of names.
pub const NAME_CONSTRAINT: &str = "integrations_name_unique";

/// The most records that a chunk or page may have.
const MOST_RECORDS: u32 = 5_000;

/// An integration, its credentials still sealed.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = table, check_for_backend(Pg))]
pub struct Integration {
    /// Its number.
    pub id: i64,
    /// Unique among those that are not archived.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Where the partner API is, without a trailing slash.
    pub endpoint_url: String,
    /// The version that is expected there.
    pub api_version: String,
    /// Sealed for this row and [`API_KEY_COLUMN`].
    pub api_key_encrypted: String,
    /// Sealed for this row and [`API_SECRET_COLUMN`].
    pub api_secret_encrypted: String,
    /// Shown for copying into Geniacs, sent nowhere.
    pub webhook_url: Option<String>,
    /// Sealed for this row and [`WEBHOOK_SECRET_COLUMN`].
    pub webhook_secret: Option<String>,
    /// Sealed; valid until `webhook_secret_previous_until`.
    pub webhook_secret_previous: Option<String>,
    /// The end of the grace time after a rotation.
    pub webhook_secret_previous_until: Option<DateTime<Utc>>,
    /// Whether it is in use at all.
    pub is_active: bool,
    /// Whether syncs may run.
    pub sync_enabled: bool,
    /// When a sync last ended, to the second.
    pub last_sync_at: Option<DateTime<Utc>>,
    /// When a webhook last came, to the second.
    pub last_webhook_received_at: Option<DateTime<Utc>>,
    /// A [`Configuration`]; read it with [`Integration::settings`].
    pub configuration: serde_json::Value,
    /// A [`domain::integration::RateLimits`].
    pub rate_limits: serde_json::Value,
    /// Seconds that one partner request may take.
    pub timeout_seconds: i32,
    /// Attempts of a chunk within a run.
    pub retry_attempts: i32,
    /// Raised by edits only.
    pub version: i32,
    /// When it was archived, if it was.
    pub archived_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub updated_at: DateTime<Utc>,
}

impl Integration {
    /// Its configuration. One that this version cannot read counts as empty, so that the service's settings hold.
    pub fn settings(&self) -> Configuration {
        serde_json::from_value(self.configuration.clone()).unwrap_or_default()
    }

    /// What a run of an entity goes by: the schedule's configuration, the integration's columns, its configuration,
    /// `defaults`; strongest first.
    pub fn run_settings(
        &self,
        entity: EntityType,
        defaults: RunSettings,
        schedule: Option<&ScheduleConfiguration>,
    ) -> RunSettings {
        // Measurements are many and small.
        let times = if descriptor(entity).append_only { 10 } else { 1 };
        let usual = (defaults.batch_size * times).min(MOST_RECORDS);
        let own = self.settings();
        let column = |value: i32, default: u32| u32::try_from(value).unwrap_or(default);

        RunSettings {
            batch_size: schedule.and_then(|s| s.batch_size).unwrap_or(usual),
            timeout_seconds: column(self.timeout_seconds, defaults.timeout_seconds),
            max_attempts: column(self.retry_attempts, defaults.max_attempts),
            retry_failed: schedule.and_then(|s| s.retry_failed).or(own.retry_failed).unwrap_or(defaults.retry_failed),
            max_seconds: schedule.and_then(|s| s.max_execution_time).unwrap_or(defaults.max_seconds),
            window_seconds: schedule
                .and_then(|s| s.sync_window.as_ref())
                .map_or(defaults.window_seconds, |w| Some(w.duration().num_seconds())),
            default_region: own.default_region.unwrap_or(defaults.default_region),
            default_time_zone: own.default_time_zone.or(defaults.default_time_zone),
            delete_guard_percent: own.delete_guard_percent.unwrap_or(defaults.delete_guard_percent),
            clear_guard_percent: own.clear_guard_percent.unwrap_or(defaults.clear_guard_percent),
            change_guard_percent: own.change_guard_percent.unwrap_or(defaults.change_guard_percent),
            conflict_policy: own.conflict_policy.unwrap_or(defaults.conflict_policy),
            schema_strict: own.schema_strict.unwrap_or(defaults.schema_strict),
        }
    }
}

/// An integration to be made. Its id comes from [`next_id`], because the credentials are sealed for it.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = table, treat_none_as_null = true)]
pub struct NewIntegration {
    /// From [`next_id`].
    pub id: i64,
    /// See [`Integration`], as for everything below.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Where the partner API is.
    pub endpoint_url: String,
    /// The version that is expected there.
    pub api_version: String,
    /// Sealed.
    pub api_key_encrypted: String,
    /// Sealed.
    pub api_secret_encrypted: String,
    /// Shown for copying.
    pub webhook_url: Option<String>,
    /// Sealed.
    pub webhook_secret: Option<String>,
    /// Whether it is in use at all.
    pub is_active: bool,
    /// Whether syncs may run.
    pub sync_enabled: bool,
    /// A [`Configuration`].
    pub configuration: serde_json::Value,
    /// A [`domain::integration::RateLimits`].
    pub rate_limits: serde_json::Value,
    /// Seconds that one partner request may take.
    pub timeout_seconds: i32,
    /// Attempts of a chunk within a run.
    pub retry_attempts: i32,
}

/// Which integrations a list holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Only those in use, or only those that are not.
    pub is_active: Option<bool>,
    /// Only those whose syncs may run, or only those whose may not.
    pub sync_enabled: Option<bool>,
    /// Only those that are archived, instead of the others.
    pub is_archived: bool,
}

fn matching(filter: Filter) -> table::BoxedQuery<'static, Pg> {
    let mut query = table::table.filter(dsl::archived_at.is_not_null().eq(filter.is_archived)).into_boxed();
    if let Some(is_active) = filter.is_active {
        query = query.filter(dsl::is_active.eq(is_active));
    }
    if let Some(sync_enabled) = filter.sync_enabled {
        query = query.filter(dsl::sync_enabled.eq(sync_enabled));
    }
    query
}

/// Integrations whose name holds a text, in any case; the newest of those that are not archived.
pub async fn named(connection: &mut Connection, text: &str, limit: i64) -> Result<Vec<Integration>> {
    matching(Filter::default())
        .filter(dsl::name.ilike(crate::listing::containing(text)))
        .order(dsl::id.desc())
        .limit(limit)
        .select(Integration::as_select())
        .load(connection)
        .await
}

/// The id of the next integration.
pub async fn next_id(connection: &mut Connection) -> Result<i64> {
    #[derive(diesel::QueryableByName)]
    struct Id {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        id: i64,
    }
    let sql = "SELECT nextval(pg_get_serial_sequence('geniacs_integrations', 'id')) AS id";
    diesel::sql_query(sql).get_result::<Id>(connection).await.map(|row| row.id)
}

/// Makes an integration. A name that is taken is a unique violation of [`NAME_CONSTRAINT`].
pub async fn insert(connection: &mut Connection, new: &NewIntegration) -> Result<Integration> {
    diesel::insert_into(table::table).values(new).returning(Integration::as_returning()).get_result(connection).await
}

/// Changes everything that a request may say of an integration, and raises its version.
pub async fn update(connection: &mut Connection, new: NewIntegration) -> Result<Integration> {
    diesel::update(table::table.filter(dsl::id.eq(new.id)))
        .set((new, dsl::version.eq(dsl::version + 1)))
        .returning(Integration::as_returning())
        .get_result(connection)
        .await
}

/// Lets nothing be verified with the webhook secret before the current one any more.
pub async fn forget_previous_webhook_secret(connection: &mut Connection, id: i64) -> Result<()> {
    diesel::update(table::table.filter(dsl::id.eq(id)))
        .set((
            dsl::webhook_secret_previous.eq(None::<String>),
            dsl::webhook_secret_previous_until.eq(None::<DateTime<Utc>>),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

/// Puts a webhook secret in the place of the current one, which stays valid for `grace_seconds` as `previous`: both
/// sealed for their columns.
pub async fn rotate_webhook_secret(
    connection: &mut Connection,
    id: i64,
    sealed: &str,
    previous: Option<&str>,
    grace_seconds: f64,
) -> Result<Integration> {
    diesel::sql_query(
        "UPDATE geniacs_integrations SET webhook_secret = $2, webhook_secret_previous = $3, version = version + 1,
             webhook_secret_previous_until = geniacs_now() + make_interval(secs => $4) WHERE id = $1",
    )
    .bind::<diesel::sql_types::BigInt, _>(id)
    .bind::<diesel::sql_types::Text, _>(sealed)
    .bind::<diesel::sql_types::Nullable<diesel::sql_types::Text>, _>(previous)
    .bind::<diesel::sql_types::Double, _>(grace_seconds)
    .execute(connection)
    .await?;

    table::table.filter(dsl::id.eq(id)).select(Integration::as_select()).first(connection).await
}

/// Puts an API key, an API secret or both, sealed for their columns, in the place of the current ones. Returns the new
/// version.
pub async fn replace_credentials(
    connection: &mut Connection,
    id: i64,
    api_key: Option<&str>,
    api_secret: Option<&str>,
) -> Result<i32> {
    let key = api_key.map(|sealed| dsl::api_key_encrypted.eq(sealed));
    let secret = api_secret.map(|sealed| dsl::api_secret_encrypted.eq(sealed));
    diesel::update(table::table.filter(dsl::id.eq(id)))
        .set((key, secret, dsl::version.eq(dsl::version + 1)))
        .returning(dsl::version)
        .get_result(connection)
        .await
}

/// Archives an integration: hidden, its credentials wiped, its schedules off. Its webhook secret stays, so that what
/// comes later can be verified, stored and set aside.
pub async fn archive(connection: &mut Connection, id: i64) -> Result<()> {
    diesel::sql_query(
        "UPDATE geniacs_integrations SET archived_at = geniacs_now(), is_active = false, sync_enabled = false,
             api_key_encrypted = '', api_secret_encrypted = '', version = version + 1 WHERE id = $1",
    )
    .bind::<diesel::sql_types::BigInt, _>(id)
    .execute(connection)
    .await?;

    for sql in [
        "UPDATE geniacs_sync_schedules SET is_active = false WHERE integration_id = $1 AND is_active",
        "DELETE FROM waiting_references WHERE integration_id = $1",
    ] {
        diesel::sql_query(sql).bind::<diesel::sql_types::BigInt, _>(id).execute(connection).await?;
    }

    syncs::cancel_all_of(connection, id).await
}

/// An archived integration, locked until the transaction ends.
pub async fn lock_archived(connection: &mut Connection, id: i64) -> Result<Option<Integration>> {
    let query = table::table.filter(dsl::id.eq(id)).filter(dsl::archived_at.is_not_null());
    query.select(Integration::as_select()).for_no_key_update().first(connection).await.optional()
}

/// Takes an integration out of the archive, switched off, with a name and with credentials sealed for their columns. A name
/// that is taken is a unique violation of [`NAME_CONSTRAINT`].
pub async fn restore(
    connection: &mut Connection,
    id: i64,
    name: &str,
    api_key: &str,
    api_secret: &str,
) -> Result<Integration> {
    diesel::update(table::table.filter(dsl::id.eq(id)))
        .set((
            dsl::archived_at.eq(None::<DateTime<Utc>>),
            dsl::name.eq(name),
            dsl::api_key_encrypted.eq(api_key),
            dsl::api_secret_encrypted.eq(api_secret),
            dsl::version.eq(dsl::version + 1),
        ))
        .returning(Integration::as_returning())
        .get_result(connection)
        .await
}

/// One integration with its sealed credentials.
pub async fn find(connection: &mut Connection, id: i64) -> Result<Option<Integration>> {
    let query = table::table.filter(dsl::id.eq(id)).filter(dsl::archived_at.is_null());
    query.select(Integration::as_select()).first(connection).await.optional()
}

/// One integration, locked until the transaction ends: what is decided by it stays true.
pub async fn lock(connection: &mut Connection, id: i64) -> Result<Option<Integration>> {
    let query = table::table.filter(dsl::id.eq(id)).filter(dsl::archived_at.is_null());
    query.select(Integration::as_select()).for_no_key_update().first(connection).await.optional()
}

/// A page of a list, newest first.
pub async fn page(connection: &mut Connection, filter: Filter, offset: i64, limit: i64) -> Result<Vec<Integration>> {
    let query = matching(filter).order(dsl::id.desc()).offset(offset).limit(limit);
    query.select(Integration::as_select()).load(connection).await
}

/// How many integrations a list holds.
pub async fn count(connection: &mut Connection, filter: Filter) -> Result<i64> {
    matching(filter).count().get_result(connection).await
}

/// Integrations in use that have a webhook secret, in the order of their ids.
pub async fn active_with_webhook_secret(connection: &mut Connection) -> Result<Vec<Integration>> {
    let query = table::table
        .filter(dsl::is_active.and(dsl::archived_at.is_null()))
        .filter(dsl::webhook_secret.is_not_null())
        .order(dsl::id);
    query.select(Integration::as_select()).load(connection).await
}
