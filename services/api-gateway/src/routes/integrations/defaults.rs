//! What a new integration starts with, as the specification lists it.

use crate::error::ApiError;
use crate::routes::mappings::default_mappings;
use crate::state::State;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::EntityType;
use domain::defaults::{DefaultSchedule, SCHEDULES};
use domain::schedule::{CatchUp, CronExpression, Overlap};
use serde_json::json;
use storage::Connection;
use storage::partners::mappings;
use storage::starts::schedules::{self, NewSchedule};

/// Makes the default schedules, and the default mappings where the settings want them.
pub(super) async fn insert_defaults(
    connection: &mut Connection,
    state: &State,
    integration_id: i64,
) -> Result<(), ApiError> {
    let now = schedules::now(connection).await?;
    let zone = state.settings.schedules.time_zone;
    let new: Result<Vec<_>, _> = SCHEDULES.iter().map(|s| default_schedule(s, integration_id, now, zone)).collect();
    schedules::insert(connection, new?).await?;

    if state.settings.mappings.defaults {
        let all = EntityType::ALL.iter().flat_map(|entity| default_mappings(integration_id, *entity)).collect();
        mappings::insert(connection, all).await?;
    }
    Ok(())
}

fn default_schedule(
    default: &DefaultSchedule,
    integration_id: i64,
    now: DateTime<Utc>,
    zone: Tz,
) -> Result<NewSchedule, ApiError> {
    let next = CronExpression::parse(default.cron_expression).and_then(|cron| cron.next_after(now, zone));
    Ok(NewSchedule {
        integration_id,
        name: default.name.to_owned(),
        entity_type: default.entity_type,
        sync_type: default.sync_type,
        cron_expression: default.cron_expression.to_owned(),
        is_active: true,
        next_run_at: next.map_err(|_| ApiError::Internal("a default schedule has no next tick"))?,
        configuration: json!({"sync_window": default.sync_window, "batch_size": default.batch_size}),
        time_zone: zone.name().to_owned(),
        overlap: Overlap::Skip,
        catch_up: CatchUp::One,
        jitter_seconds: 0,
    })
}
