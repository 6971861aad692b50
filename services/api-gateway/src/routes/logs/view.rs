//! A log entry as callers see it.

use crate::openapi::names;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use storage::console::log_entries::LogEntry;
use utoipa::ToSchema;

/// A log entry as callers see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogEntry)]
pub(in crate::routes) struct LogView {
    id: i64,
    integration_id: i64,
    sync_id: Option<i64>,
    #[schema(value_type = names::LogLevel)]
    log_level: String,
    #[schema(example = "Validation failed for field email with value: •••")]
    message: String,
    context: Option<Value>,
    request_data: Option<Value>,
    response_data: Option<Value>,
    duration_ms: Option<i32>,
    status_code: Option<i32>,
    created_at: DateTime<Utc>,
}

impl From<LogEntry> for LogView {
    fn from(row: LogEntry) -> Self {
        Self {
            id: row.id,
            integration_id: row.integration_id,
            sync_id: row.sync_id,
            log_level: row.log_level,
            message: row.message,
            context: row.context,
            request_data: row.request_data,
            response_data: row.response_data,
            duration_ms: row.duration_ms,
            status_code: row.status_code,
            created_at: row.created_at,
        }
    }
}
