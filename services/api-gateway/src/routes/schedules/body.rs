//! The configuration of a schedule, as documents describe it; `new` describes the rest of a body where it reads it.
#![expect(dead_code, reason = "it is read as the domain's type; this one says what it may hold")]

use crate::openapi::names;
use crate::routes::sync::body::{Filters, Options};
use utoipa::ToSchema;

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
