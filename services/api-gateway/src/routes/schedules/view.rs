//! A schedule as callers see it.

use chrono::{DateTime, Utc};
use domain::schedule::{CatchUp, Overlap};
use domain::{EntityType, SyncType};
use serde::Serialize;
use serde_json::Value;
use storage::schedules::Schedule;

/// A schedule as callers see it.
#[derive(Debug, Serialize)]
pub(super) struct ScheduleView {
    id: i64,
    integration_id: i64,
    name: String,
    entity_type: EntityType,
    sync_type: SyncType,
    cron_expression: String,
    is_active: bool,
    last_run_at: Option<DateTime<Utc>>,
    next_run_at: DateTime<Utc>,
    configuration: Value,
    time_zone: String,
    overlap: Overlap,
    catch_up: CatchUp,
    jitter_seconds: i32,
    version: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Schedule> for ScheduleView {
    fn from(row: Schedule) -> Self {
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
}
