//! A report as callers see it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use storage::reports::Report;

/// A report as callers see it.
#[derive(Debug, Serialize)]
pub(super) struct ReportView {
    id: i64,
    period_start: DateTime<Utc>,
    period_end: DateTime<Utc>,
    time_zone: String,
    created_at: DateTime<Utc>,
    /// See [`domain::report::Content`].
    content: Value,
}

impl From<Report> for ReportView {
    fn from(row: Report) -> Self {
        let Report { id, period_start, period_end, time_zone, content, created_at } = row;
        Self { id, period_start, period_end, time_zone, created_at, content }
    }
}
