//! Which tables there are, and in which schemas they lie: said here and nowhere else.
//!
//! Statements name tables without a schema. Each connection of the [`pool`](crate::pool) looks for them in the schemas
//! that stand here, so other schemas are one change here. A test compares the names with the catalogue.

use crate::entities::descriptor;
use domain::EntityType;

/// The schema of the system's own tables.
pub const OWN_SCHEMA: &str = "public";
/// The schema of the provider's tables.
pub const PROVIDER_SCHEMA: &str = "public";

/// The system's own tables.
pub const OWN: [&str; 42] = [
    "api_tokens",
    "audit_chain",
    "audit_log",
    "conflicts",
    "dead_letters",
    "failed_logins",
    "former_ids",
    "geniacs_data_sync",
    "geniacs_field_mappings",
    "geniacs_fields_seen",
    "geniacs_integrations",
    "geniacs_sync_logs",
    "geniacs_sync_schedules",
    "geniacs_webhook_events",
    "housekeeping_runs",
    "integration_limits",
    "interval_runs",
    "notice_deliveries",
    "notices",
    "notification_rules",
    "operation_items",
    "operations",
    "outbox",
    "record_history",
    "record_links",
    "record_tombstones",
    "reports",
    "retention_settings",
    "running_services",
    "schedule_ticks",
    "service_grants",
    "sync_chunks",
    "sync_option_positions",
    "sync_plan_items",
    "sync_positions",
    "sync_record_errors",
    "sync_sightings",
    "sync_stats_daily",
    "sync_stats_hourly",
    "sync_stats_quarters",
    "users",
    "waiting_references",
];

/// The provider's tables, one for each entity.
pub fn of_provider() -> impl Iterator<Item = &'static str> {
    EntityType::IN_ORDER.into_iter().map(|entity| descriptor(entity).table)
}

/// All tables: the provider's, and the system's own.
pub fn all() -> Vec<&'static str> {
    of_provider().chain(OWN).collect()
}

/// The statement by which a connection looks for tables in these schemas. What the database looks in otherwise stays behind
/// them: triggers of the provider's may need it.
pub(crate) fn look_along_schemas() -> String {
    format!(
        "SELECT set_config('search_path',
             '{OWN_SCHEMA}, {PROVIDER_SCHEMA}, ' || current_setting('search_path'), false)"
    )
}
