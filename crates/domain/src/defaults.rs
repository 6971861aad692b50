//! The schedules that a new integration starts with, as the specification lists them.

use crate::{EntityType, SyncType};

/// A schedule of the specification.
#[derive(Debug, Clone, Copy)]
pub struct DefaultSchedule {
    /// Its name.
    pub name: &'static str,
    /// Which kind of record.
    pub entity_type: EntityType,
    /// The type of the syncs.
    pub sync_type: SyncType,
    /// When it ticks, in five fields.
    pub cron_expression: &'static str,
    /// How far back a run reaches at least.
    pub sync_window: &'static str,
    /// Records per chunk.
    pub batch_size: u32,
}

/// Every schedule that a new integration gets.
pub const SCHEDULES: [DefaultSchedule; 4] = [
    DefaultSchedule {
        name: "Customer Incremental Sync",
        entity_type: EntityType::Customers,
        sync_type: SyncType::Incremental,
        cron_expression: "*/15 * * * *",
        sync_window: "last_hour",
        batch_size: 100,
    },
    DefaultSchedule {
        name: "Subscription Incremental Sync",
        entity_type: EntityType::Subscriptions,
        sync_type: SyncType::Incremental,
        cron_expression: "*/30 * * * *",
        sync_window: "last_2_hours",
        batch_size: 50,
    },
    DefaultSchedule {
        name: "Payment Incremental Sync",
        entity_type: EntityType::Payments,
        sync_type: SyncType::Incremental,
        cron_expression: "0 */2 * * *",
        sync_window: "last_6_hours",
        batch_size: 100,
    },
    DefaultSchedule {
        name: "Monitoring Data Sync",
        entity_type: EntityType::MonitoringData,
        sync_type: SyncType::Incremental,
        cron_expression: "*/5 * * * *",
        sync_window: "last_30_minutes",
        batch_size: 200,
    },
];
