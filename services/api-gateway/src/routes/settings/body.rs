//! Bodies, as documents describe them; the handlers read them.
#![expect(dead_code, reason = "bodies are read field by field; these types say what they may hold")]

use utoipa::ToSchema;

/// How long rows are to be kept. Null gives a field back to the services' settings.
#[derive(ToSchema)]
pub(super) struct RetentionChange {
    #[schema(minimum = 1, maximum = 3_650, example = 30)]
    log_days: Option<i32>,
    #[schema(minimum = 1, maximum = 3_650, example = 90)]
    webhook_events_days: Option<i32>,
    #[schema(minimum = 1, maximum = 3_650, example = 180)]
    syncs_days: Option<i32>,
    #[schema(minimum = 1, maximum = 120, example = 13)]
    monitoring_months: Option<i32>,
    /// 0: for ever.
    #[schema(minimum = 0, maximum = 36_500, example = 0)]
    audit_days: Option<i32>,
}
