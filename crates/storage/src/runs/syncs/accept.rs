//! From a request to a sync that runs or waits in line.

use super::SyncRow;
use crate::{Connection, Result, outbox};
use chrono::{DateTime, Utc};
use diesel::OptionalExtension;
use diesel::sql_types::{BigInt, Jsonb, Nullable, SmallInt, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use domain::EntityType;
use domain::integration::ConflictPolicy;
use domain::run_mode::{FailureFilter, Origin};
use domain::sync::{IfRunning, Lane, Starter, SyncRequest};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What a sync runs with, fixed when it is accepted; a schedule's configuration, the integration's and the settings,
/// strongest first, have been merged by then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSettings {
    /// Records per chunk and page.
    pub batch_size: u32,
    /// Seconds that one partner request may take.
    pub timeout_seconds: u32,
    /// Attempts of a chunk within a run, and of the whole run afterwards.
    pub max_attempts: u32,
    /// Whether an ended run tries its failed records again.
    pub retry_failed: bool,
    /// Active seconds of the run.
    pub max_seconds: u32,
    /// Seconds before now that an incremental reaches back at least.
    pub window_seconds: Option<i64>,
    /// Country whose phone numbers are written without a prefix.
    pub default_region: String,
    /// Zone of times that come without their offset from UTC.
    #[serde(default)]
    pub default_time_zone: Option<String>,
    /// The share of the linked records that `delete_missing` may delete without a person's word.
    #[serde(default = "usual_guard")]
    pub delete_guard_percent: u32,
    /// The share of the linked records that may lose a value without a person's word.
    #[serde(default = "usual_clear_guard")]
    pub clear_guard_percent: u32,
    /// The share of the linked records that may change without a person's word.
    #[serde(default = "usual_change_guard")]
    pub change_guard_percent: u32,
    /// Who wins when both sides changed one field, unless its mapping says otherwise.
    #[serde(default)]
    pub conflict_policy: ConflictPolicy,
    /// Whether a field that no mapping knows fails its record.
    #[serde(default)]
    pub schema_strict: bool,
}

const fn usual_guard() -> u32 {
    domain::integration::DELETE_GUARD_PERCENT
}

const fn usual_clear_guard() -> u32 {
    domain::integration::CLEAR_GUARD_PERCENT
}

const fn usual_change_guard() -> u32 {
    domain::integration::CHANGE_GUARD_PERCENT
}

/// Who or what asked for a sync, as it was called then. The `data` column keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartedBy {
    /// Of which kind.
    #[serde(rename = "type")]
    pub kind: Starter,
    /// Its number: of a user, a token or a schedule.
    pub id: Option<i64>,
    /// Its name.
    pub name: Option<String>,
}

impl StartedBy {
    /// Somebody, or something, with a name.
    pub fn named(kind: Starter, id: i64, name: &str) -> Self {
        Self { kind, id: Some(id), name: Some(name.to_owned()) }
    }

    /// The system itself.
    pub const fn system(kind: Starter) -> Self {
        Self { kind, id: None, name: None }
    }
}

/// A sync to be made.
#[derive(Debug)]
pub struct NewSync<'a> {
    /// What is asked for.
    pub request: &'a SyncRequest,
    /// With which settings.
    pub settings: &'a RunSettings,
    /// Which work comes before it.
    pub lane: Lane,
    /// Who or what asks for it.
    pub started_by: StartedBy,
    /// The schedule whose work it does.
    pub schedule_id: Option<i64>,
    /// The tick of that schedule, unless it was run by hand.
    pub tick: Option<DateTime<Utc>>,
    /// A repeat with the same key answers with the first sync.
    pub idempotency_key: Option<&'a str>,
    /// Trace context of the request.
    pub traceparent: Option<&'a str>,
    /// What it is made for: mostly the ended sync that it goes on from.
    pub origin: Option<Origin>,
    /// Which failures of the sync that it retries it takes.
    pub retry_only: Option<&'a FailureFilter>,
}

impl<'a> NewSync<'a> {
    /// One that somebody asks for and waits for.
    pub const fn asked_for(request: &'a SyncRequest, settings: &'a RunSettings, by: StartedBy) -> Self {
        Self {
            request,
            settings,
            lane: Lane::Now,
            started_by: by,
            schedule_id: None,
            tick: None,
            idempotency_key: None,
            traceparent: None,
            origin: None,
            retry_only: None,
        }
    }

    /// One that is made by the system itself because of a change, here or at the other side.
    pub const fn woken(request: &'a SyncRequest, settings: &'a RunSettings, by: Starter) -> Self {
        Self::asked_for(request, settings, StartedBy::system(by))
    }

    /// One whose interval is over.
    pub fn of_interval(request: &'a SyncRequest, settings: &'a RunSettings) -> Self {
        let lane = Lane::of_schedule(request);
        Self { lane, ..Self::woken(request, settings, Starter::Interval) }
    }

    /// One of a schedule's tick.
    pub fn of_tick(
        request: &'a SyncRequest,
        settings: &'a RunSettings,
        (schedule_id, name): (i64, &str),
        tick: DateTime<Utc>,
    ) -> Self {
        let by = StartedBy::named(Starter::Schedule, schedule_id, name);
        let lane = Lane::of_schedule(request);
        Self { lane, schedule_id: Some(schedule_id), tick: Some(tick), ..Self::asked_for(request, settings, by) }
    }
}

/// What became of a request.
#[derive(Debug)]
pub enum Accepted {
    /// A new sync; `processing`, or `pending` behind another. Carries the outbox row to publish after the commit.
    New(SyncRow, Option<outbox::OutboxId>),
    /// The sync that the same idempotency key made before.
    Repeated(SyncRow),
}

/// Why there is no sync.
#[derive(Debug)]
pub enum Refused {
    /// The integration is not there, or archived.
    NoIntegration,
    /// The sync with this id is under way, and the request does not want to wait.
    Busy(i64),
    /// The tick has its sync already.
    TickTaken,
}

/// Makes a sync and starts it if it may run now. Run it inside a transaction; publish the outbox row after its commit.
pub async fn accept(connection: &mut Connection, new: &NewSync<'_>) -> Result<std::result::Result<Accepted, Refused>> {
    let request = new.request;
    // Under this lock, no other request or tick adds a sync of the integration.
    if !lock_integration(connection, request.integration_id).await? {
        return Ok(Err(Refused::NoIntegration));
    }

    // A repeated request gets its own sync back; the check below would find that one running and refuse the request.
    if let Some(key) = new.idempotency_key
        && let Some(sync) = super::status::find_by_key(connection, request.integration_id, key).await?
    {
        return Ok(Ok(Accepted::Repeated(sync)));
    }

    if request.options.if_running == IfRunning::Reject
        && let Some(busy) = running(connection, request.integration_id, request.entity_type).await?
    {
        return Ok(Err(Refused::Busy(busy)));
    }

    // A tick makes one sync: whoever comes second finds its schedule and time taken.
    let Some(id) = insert(connection, new).await? else { return Ok(Err(Refused::TickTaken)) };
    let started = start_next(connection, request.integration_id, request.entity_type).await?;
    let Some(sync) = super::find(connection, id).await? else { return Err(diesel::result::Error::NotFound) };

    Ok(Ok(Accepted::New(sync, started)))
}

/// Whether so many syncs of an integration wait that no further one should be made. With the integration's lock, it stays
/// true until the transaction ends.
pub async fn has_most_pending(connection: &mut Connection, integration_id: i64, most: u32) -> Result<bool> {
    // Counts no further than it has to.
    let sql = "SELECT count(*) AS id FROM (SELECT FROM geniacs_data_sync
        WHERE integration_id = $1 AND status = 'pending' LIMIT $2) waiting";
    let waiting: Id = diesel::sql_query(sql)
        .bind::<BigInt, _>(integration_id)
        .bind::<BigInt, _>(i64::from(most))
        .get_result(connection)
        .await?;
    Ok(waiting.id >= i64::from(most))
}

async fn lock_integration(connection: &mut Connection, id: i64) -> Result<bool> {
    let sql = "SELECT id FROM geniacs_integrations WHERE id = $1 AND archived_at IS NULL FOR NO KEY UPDATE";
    Ok(diesel::sql_query(sql).bind::<BigInt, _>(id).get_result::<Id>(connection).await.optional()?.is_some())
}

async fn running(connection: &mut Connection, integration_id: i64, entity: EntityType) -> Result<Option<i64>> {
    let sql = "SELECT id FROM geniacs_data_sync WHERE integration_id = $1 AND entity_type = $2::entity_type
        AND status IN ('processing', 'pending') ORDER BY status = 'processing' DESC, id LIMIT 1";
    let row: Option<Id> = diesel::sql_query(sql)
        .bind::<BigInt, _>(integration_id)
        .bind::<Text, _>(entity.as_str())
        .get_result(connection)
        .await
        .optional()?;
    Ok(row.map(|r| r.id))
}

async fn insert(connection: &mut Connection, new: &NewSync<'_>) -> Result<Option<i64>> {
    let request = new.request;
    let only_record = match request.filters.ids.as_slice() {
        [domain::sync::RecordKey::Local(id)] => Some(*id),
        _ => None,
    };

    let mut data = json!({"filters": request.filters, "options": request.options, "settings": new.settings, "started_by": new.started_by});
    if let Some(origin) = new.origin {
        data[origin.name()] = origin.value();
    }
    if let Some(only) = new.retry_only.filter(|only| !only.is_everything()) {
        data["retry_only"] = json!(only);
    }

    let row: Option<Id> = diesel::sql_query(
        "INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, entity_id, sync_direction, data, lane,
             schedule_id, scheduled_for, idempotency_key, traceparent)
         VALUES ($1, $2::sync_type, $3::entity_type, $4, $5::sync_direction, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (schedule_id, scheduled_for) DO NOTHING RETURNING id",
    )
    .bind::<BigInt, _>(request.integration_id)
    .bind::<Text, _>(request.sync_type.as_str())
    .bind::<Text, _>(request.entity_type.as_str())
    .bind::<Nullable<BigInt>, _>(only_record)
    .bind::<Text, _>(request.direction.as_str())
    .bind::<Jsonb, _>(data)
    .bind::<SmallInt, _>(new.lane.number())
    .bind::<Nullable<BigInt>, _>(new.schedule_id)
    .bind::<Nullable<Timestamptz>, _>(new.tick)
    .bind::<Nullable<Text>, _>(new.idempotency_key)
    .bind::<Nullable<Text>, _>(new.traceparent)
    .get_result(connection)
    .await
    .optional()?;

    Ok(row.map(|r| r.id))
}

/// Starts the first waiting sync of an integration and entity, unless one runs or the integration is held back. The
/// caller holds the integration's lock, or the lock of the sync that just ended.
pub async fn start_next(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
) -> Result<Option<outbox::OutboxId>> {
    let started: Option<Id> = diesel::sql_query(include_str!("accept.start_next.sql"))
        .bind::<BigInt, _>(integration_id)
        .bind::<Text, _>(entity.as_str())
        .get_result(connection)
        .await
        .optional()?;

    match started {
        Some(_) => outbox::add_work_permit(connection).await.map(Some),
        None => Ok(None),
    }
}

/// Integrations and entities with a sync whose turn may have come: a retry that is due, a pause that ended, a sync
/// left waiting by a crash.
pub async fn start_due(connection: &mut Connection) -> Result<Vec<(i64, EntityType)>> {
    let rows: Vec<Waiting> = diesel::sql_query(
        "SELECT DISTINCT s.integration_id, s.entity_type::text AS entity_type FROM geniacs_data_sync s
         WHERE s.status = 'pending' AND coalesce(s.next_retry_at, '-infinity') <= geniacs_now()
           AND NOT EXISTS (SELECT FROM geniacs_data_sync r WHERE r.integration_id = s.integration_id
                           AND r.entity_type = s.entity_type AND r.status = 'processing')
           AND NOT EXISTS (SELECT FROM integration_limits l WHERE l.integration_id = s.integration_id
                           AND l.held_until > geniacs_now())
         LIMIT 100",
    )
    .load(connection)
    .await?;
    Ok(rows.into_iter().filter_map(|r| Some((r.integration_id, r.entity_type.parse().ok()?))).collect())
}

#[derive(diesel::QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

#[derive(diesel::QueryableByName)]
struct Waiting {
    #[diesel(sql_type = BigInt)]
    integration_id: i64,
    #[diesel(sql_type = Text)]
    entity_type: String,
}
