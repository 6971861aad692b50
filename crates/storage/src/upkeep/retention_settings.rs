//! How long rows are kept, where a person decided it. One row; what it leaves open is as the settings say.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Integer, Nullable, Timestamptz};
use diesel_async::RunQueryDsl;

/// What was decided. None: as the settings say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, QueryableByName)]
pub struct Decided {
    /// Sync logs and the history of records.
    #[diesel(sql_type = Nullable<Integer>)]
    pub log_days: Option<i32>,
    /// Webhook events that have ended.
    #[diesel(sql_type = Nullable<Integer>)]
    pub webhook_events_days: Option<i32>,
    /// Syncs that have ended.
    #[diesel(sql_type = Nullable<Integer>)]
    pub syncs_days: Option<i32>,
    /// Monitoring data.
    #[diesel(sql_type = Nullable<Integer>)]
    pub monitoring_months: Option<i32>,
    /// The audit log; 0 is for ever.
    #[diesel(sql_type = Nullable<Integer>)]
    pub audit_days: Option<i32>,
}

/// The stored row.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct RetentionRow {
    /// What was decided.
    #[diesel(embed)]
    pub decided: Decided,
    /// Raised by every edit.
    #[diesel(sql_type = Integer)]
    pub version: i32,
    /// When it was last edited.
    #[diesel(sql_type = Timestamptz)]
    pub updated_at: DateTime<Utc>,
}

const COLUMNS: &str = "log_days, webhook_events_days, syncs_days, monitoring_months, audit_days, version, updated_at";

/// What holds now.
pub async fn read(connection: &mut Connection) -> Result<RetentionRow> {
    diesel::sql_query(format!("SELECT {COLUMNS} FROM retention_settings")).get_result(connection).await
}

/// What holds now, locked until the transaction ends.
pub async fn lock(connection: &mut Connection) -> Result<RetentionRow> {
    diesel::sql_query(format!("SELECT {COLUMNS} FROM retention_settings FOR NO KEY UPDATE"))
        .get_result(connection)
        .await
}

/// Decides anew, and raises the version.
pub async fn decide(connection: &mut Connection, decided: &Decided) -> Result<RetentionRow> {
    diesel::sql_query(format!(
        "UPDATE retention_settings SET log_days = $1, webhook_events_days = $2, syncs_days = $3, monitoring_months = $4,
             audit_days = $5, version = version + 1, updated_at = geniacs_now() RETURNING {COLUMNS}"
    ))
    .bind::<Nullable<Integer>, _>(decided.log_days)
    .bind::<Nullable<Integer>, _>(decided.webhook_events_days)
    .bind::<Nullable<Integer>, _>(decided.syncs_days)
    .bind::<Nullable<Integer>, _>(decided.monitoring_months)
    .bind::<Nullable<Integer>, _>(decided.audit_days)
    .get_result(connection)
    .await
}
