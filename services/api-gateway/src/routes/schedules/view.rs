//! A schedule as callers see it.

use super::body::Configuration;
use super::new::read_cron;
use crate::openapi::names;
use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use domain::schedule::{CatchUp, Overlap};
use domain::{EntityType, SyncType};
use serde::Serialize;
use serde_json::Value;
use service::settings::ScheduleSettings;
use storage::starts::schedules::Schedule;
use utoipa::ToSchema;

/// Ticks to come that are shown.
pub(super) const NEXT_RUNS: usize = 5;

/// A schedule as callers see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Schedule)]
pub(super) struct ScheduleView {
    id: i64,
    integration_id: i64,
    #[schema(example = "Customer Incremental Sync")]
    name: String,
    #[schema(value_type = names::EntityType)]
    entity_type: EntityType,
    #[schema(value_type = names::SyncType)]
    sync_type: SyncType,
    #[schema(example = "*/15 * * * *")]
    cron_expression: String,
    is_active: bool,
    last_run_at: Option<DateTime<Utc>>,
    next_run_at: DateTime<Utc>,
    /// Its next ticks; none while it is switched off.
    next_runs: Vec<DateTime<Utc>>,
    /// The same by the clock of its time zone.
    #[schema(example = json!(["2026-01-31T15:15:00+07:00"]))]
    next_runs_local: Vec<String>,
    #[schema(value_type = Configuration)]
    configuration: Value,
    #[schema(example = "Asia/Jakarta")]
    time_zone: String,
    #[schema(value_type = names::Overlap)]
    overlap: Overlap,
    #[schema(value_type = names::CatchUp)]
    catch_up: CatchUp,
    #[schema(minimum = 0)]
    jitter_seconds: i32,
    version: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl ScheduleView {
    /// How `row` is seen.
    pub(super) fn new(row: Schedule, settings: &ScheduleSettings) -> Self {
        let zone = row.time_zone.parse().unwrap_or(settings.time_zone);
        let next_runs = if row.is_active { next_runs(&row, zone, settings) } else { Vec::new() };

        Self {
            id: row.id,
            integration_id: row.integration_id,
            name: row.name,
            entity_type: row.entity_type,
            sync_type: row.sync_type,
            cron_expression: row.cron_expression,
            is_active: row.is_active,
            last_run_at: row.last_run_at,
            next_run_at: row.next_run_at,
            next_runs_local: local(&next_runs, zone),
            next_runs,
            configuration: row.configuration,
            time_zone: row.time_zone,
            overlap: row.overlap,
            catch_up: row.catch_up,
            jitter_seconds: row.jitter_seconds,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }

    /// Its version, for the ETag.
    pub(super) fn version(&self) -> i32 {
        self.version
    }
}

/// The next tick and those behind it.
fn next_runs(row: &Schedule, zone: Tz, settings: &ScheduleSettings) -> Vec<DateTime<Utc>> {
    let following = read_cron(&row.cron_expression, settings)
        .and_then(|cron| cron.upcoming(row.next_run_at, zone, NEXT_RUNS - 1))
        .unwrap_or_default();
    std::iter::once(row.next_run_at).chain(following).collect()
}

/// Moments by a zone's clock, with their offset.
pub(super) fn local(moments: &[DateTime<Utc>], zone: Tz) -> Vec<String> {
    let by_the_clock = |at: &DateTime<Utc>| at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, false);
    moments.iter().map(by_the_clock).collect()
}
