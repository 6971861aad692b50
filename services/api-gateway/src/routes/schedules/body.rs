//! Bodies, as documents describe them; `new` reads them.
#![expect(dead_code, reason = "bodies are read field by field; these types say what they may hold")]

use crate::openapi::names;
use crate::routes::sync::body::{Filters, Options};
use utoipa::ToSchema;

/// A new schedule.
#[derive(ToSchema)]
#[schema(as = NewSchedule)]
pub(super) struct ScheduleBody {
    integration_id: i64,
    #[schema(min_length = 1, max_length = 255, example = "Nightly customers")]
    name: String,
    #[schema(value_type = names::EntityType)]
    entity_type: String,
    /// Five fields.
    #[schema(min_length = 1, max_length = 100, example = "0 2 * * *")]
    cron_expression: String,
    /// IANA; the service's own unless told.
    #[schema(min_length = 1, max_length = 64)]
    time_zone: Option<String>,
    /// `incremental` unless told.
    #[schema(value_type = Option<names::SyncType>)]
    sync_type: Option<String>,
    /// Whether it ticks; true unless told.
    is_active: Option<bool>,
    /// `skip` unless told.
    #[schema(value_type = Option<names::Overlap>)]
    overlap: Option<String>,
    /// `one` unless told.
    #[schema(value_type = Option<names::CatchUp>)]
    catch_up: Option<String>,
    /// Puts each tick off by a random time up to this; less than the time between two ticks.
    #[schema(minimum = 0, maximum = 3_600)]
    jitter_seconds: Option<i32>,
    configuration: Option<Configuration>,
}

/// What of a schedule is to be changed.
#[derive(ToSchema)]
pub(super) struct ScheduleChange {
    /// Only as it is.
    integration_id: Option<i64>,
    #[schema(min_length = 1, max_length = 255)]
    name: Option<String>,
    #[schema(value_type = Option<names::EntityType>)]
    entity_type: Option<String>,
    /// Five fields.
    #[schema(min_length = 1, max_length = 100, example = "0 2 * * *")]
    cron_expression: Option<String>,
    /// IANA; the service's own unless told.
    #[schema(min_length = 1, max_length = 64)]
    time_zone: Option<String>,
    /// `incremental` unless told.
    #[schema(value_type = Option<names::SyncType>)]
    sync_type: Option<String>,
    /// Whether it ticks; true unless told.
    is_active: Option<bool>,
    /// `skip` unless told.
    #[schema(value_type = Option<names::Overlap>)]
    overlap: Option<String>,
    /// `one` unless told.
    #[schema(value_type = Option<names::CatchUp>)]
    catch_up: Option<String>,
    /// Puts each tick off by a random time up to this; less than the time between two ticks.
    #[schema(minimum = 0, maximum = 3_600)]
    jitter_seconds: Option<i32>,
    configuration: Option<Configuration>,
}

/// What the runs of a schedule are told. What is absent falls back to the integration and the service's settings.
#[derive(ToSchema)]
#[schema(as = ScheduleConfiguration)]
pub(super) struct Configuration {
    /// How far back a run reaches at least: `last_` with a number of minutes, hours or days.
    #[schema(example = "last_2_hours", nullable = false)]
    sync_window: Option<String>,
    /// Records that are worked on at once.
    #[schema(minimum = 1, maximum = 5_000, nullable = false)]
    batch_size: Option<u32>,
    /// Active seconds of one run.
    #[schema(minimum = 1, maximum = 86_400, nullable = false)]
    max_execution_time: Option<u32>,
    /// Whether an ended run tries its failed records again.
    #[schema(nullable = false)]
    retry_failed: Option<bool>,
    /// `to_geniacs` unless told.
    #[schema(value_type = Option<names::SyncDirection>, nullable = false)]
    sync_direction: Option<String>,
    #[schema(nullable = false)]
    filters: Option<Filters>,
    #[schema(nullable = false)]
    options: Option<Options>,
}
