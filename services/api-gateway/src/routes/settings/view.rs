//! How long rows are kept, as callers see it.

use crate::openapi::names;
use chrono::{DateTime, Utc};
use domain::retention::{AUDIT_DAYS, Kept, LOG_DAYS, MONITORING_MONTHS, SYNCS_DAYS, WEBHOOK_EVENTS_DAYS};
use serde::Serialize;
use service::settings::RetentionSettings;
use storage::upkeep::retention_settings::RetentionRow;
use utoipa::ToSchema;

/// How long rows are kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Retention)]
pub(super) struct RetentionView {
    log_days: i64,
    webhook_events_days: i64,
    syncs_days: i64,
    monitoring_months: i64,
    /// 0: for ever.
    audit_days: i64,
    sources: SourcesView,
    version: i32,
    updated_at: DateTime<Utc>,
}

/// Who says so: `default`, `setting` (the file or the environment) or `stored` (an edit here).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RetentionSources)]
struct SourcesView {
    #[schema(value_type = names::RetentionSource)]
    log_days: &'static str,
    #[schema(value_type = names::RetentionSource)]
    webhook_events_days: &'static str,
    #[schema(value_type = names::RetentionSource)]
    syncs_days: &'static str,
    #[schema(value_type = names::RetentionSource)]
    monitoring_months: &'static str,
    #[schema(value_type = names::RetentionSource)]
    audit_days: &'static str,
}

impl RetentionView {
    pub(super) fn new(row: &RetentionRow, settings: &RetentionSettings) -> Self {
        let decided = &row.decided;
        let or = |decided: Option<i32>, setting: u32| decided.map_or(i64::from(setting), i64::from);
        let source = |kept: Kept, decided: Option<i32>| match decided {
            Some(_) => "stored",
            // Also where the file or the environment names the same value as the default.
            None if settings.given.contains(&kept.name) => "setting",
            None => "default",
        };

        Self {
            log_days: or(decided.log_days, settings.log_days),
            webhook_events_days: or(decided.webhook_events_days, settings.webhook_events_days),
            syncs_days: or(decided.syncs_days, settings.syncs_days),
            monitoring_months: or(decided.monitoring_months, settings.monitoring_months),
            audit_days: or(decided.audit_days, settings.audit_days),
            sources: SourcesView {
                log_days: source(LOG_DAYS, decided.log_days),
                webhook_events_days: source(WEBHOOK_EVENTS_DAYS, decided.webhook_events_days),
                syncs_days: source(SYNCS_DAYS, decided.syncs_days),
                monitoring_months: source(MONITORING_MONTHS, decided.monitoring_months),
                audit_days: source(AUDIT_DAYS, decided.audit_days),
            },
            version: row.version,
            updated_at: row.updated_at,
        }
    }

    /// Its version, for the ETag.
    pub(super) fn version(&self) -> i32 {
        self.version
    }
}
