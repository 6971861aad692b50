//! A report as callers see it.

use super::content::Content;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use storage::console::reports::Report;
use utoipa::ToSchema;

/// A report as callers see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Report)]
pub(super) struct ReportView {
    id: i64,
    period_start: DateTime<Utc>,
    period_end: DateTime<Utc>,
    #[schema(example = "Asia/Jakarta")]
    time_zone: String,
    created_at: DateTime<Utc>,
    #[schema(value_type = Content)]
    content: Value,
}

impl From<Report> for ReportView {
    fn from(row: Report) -> Self {
        let Report { id, period_start, period_end, time_zone, content, created_at } = row;
        Self { id, period_start, period_end, time_zone, created_at, content }
    }
}
