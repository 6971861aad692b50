//! How long rows are kept.

use super::values::Values;
use super::{Setting, SettingsError, Source};
use domain::retention as kept;

const LOG_DAYS: Setting = Setting::new("log_retention_days", "30", "days that sync logs are kept (1–3650)");
const WEBHOOK_EVENTS_DAYS: Setting =
    Setting::new("retention.webhook_events_days", "90", "days that processed webhook events are kept (1–3650)");
const SYNCS_DAYS: Setting = Setting::new("retention.syncs_days", "180", "days that ended syncs are kept (1–3650)");
const MONITORING_MONTHS: Setting =
    Setting::new("retention.monitoring_months", "13", "months that monitoring data is kept (1–120)");
const AUDIT_DAYS: Setting =
    Setting::new("retention.audit_days", "0", "days that the audit log is kept, 0 for ever (0–36500)");

pub(super) const SETTINGS: &[Setting] = &[LOG_DAYS, WEBHOOK_EVENTS_DAYS, SYNCS_DAYS, MONITORING_MONTHS, AUDIT_DAYS];

/// How long rows are kept.
#[derive(Debug, Clone)]
pub struct RetentionSettings {
    /// Sync logs: 30 days.
    pub log_days: u32,
    /// Processed webhook events: 90 days.
    pub webhook_events_days: u32,
    /// Ended syncs: 180 days.
    pub syncs_days: u32,
    /// Monitoring data: 13 months.
    pub monitoring_months: u32,
    /// The audit log: 0, for ever.
    pub audit_days: u32,
    /// The names of those that the file or the environment gives; the others are defaults.
    pub given: Vec<&'static str>,
}

impl RetentionSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        let all = [
            (&LOG_DAYS, kept::LOG_DAYS),
            (&WEBHOOK_EVENTS_DAYS, kept::WEBHOOK_EVENTS_DAYS),
            (&SYNCS_DAYS, kept::SYNCS_DAYS),
            (&MONITORING_MONTHS, kept::MONITORING_MONTHS),
            (&AUDIT_DAYS, kept::AUDIT_DAYS),
        ];

        let [log_days, webhook_events_days, syncs_days, monitoring_months, audit_days] =
            all.map(|(setting, kept)| values.number(setting, kept.range()));

        let is_given = |(setting, _): &&(&Setting, kept::Kept)| values.source(setting) != Source::Default;

        Ok(Self {
            log_days: log_days?,
            webhook_events_days: webhook_events_days?,
            syncs_days: syncs_days?,
            monitoring_months: monitoring_months?,
            audit_days: audit_days?,
            given: all.iter().filter(is_given).map(|(_, kept)| kept.name).collect(),
        })
    }
}
