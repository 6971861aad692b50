//! A sync as callers see it.

use super::body::{Filters, Options};
use crate::openapi::names;
use chrono::{DateTime, Utc};
use domain::sync::{SyncKind, SyncOptions};
use domain::{Counts, SyncStatus};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use storage::runs::syncs::{Documents, RecordError, SyncRow};
use utoipa::ToSchema;

/// The answer to a trigger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TriggeredSync)]
pub(in crate::routes) struct TriggeredView {
    id: i64,
    integration_id: i64,
    #[schema(value_type = names::SyncType)]
    sync_type: String,
    #[schema(value_type = names::EntityType)]
    entity_type: String,
    #[schema(value_type = names::SyncDirection)]
    sync_direction: String,
    #[schema(value_type = names::SyncStatus)]
    status: String,
    estimated_records: Option<i64>,
    started_at: Option<DateTime<Utc>>,
    /// The sync that it retries.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_of: Option<i64>,
    /// The dry run whose plan it applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    plan_of: Option<i64>,
    /// The interrupted sync that it goes on from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    resume_of: Option<i64>,
}

impl TriggeredView {
    /// Its number.
    pub(in crate::routes) fn id(&self) -> i64 {
        self.id
    }

    pub(super) fn new(sync: SyncRow, estimated_records: Option<i64>) -> Self {
        Self {
            retry_of: id_under(&sync.data, "retry_of"),
            plan_of: id_under(&sync.data, "plan_of"),
            resume_of: id_under(&sync.data, "resume_of"),
            id: sync.id,
            integration_id: sync.integration_id,
            sync_type: sync.sync_type,
            entity_type: sync.entity_type,
            sync_direction: sync.sync_direction,
            status: sync.status,
            estimated_records,
            started_at: sync.started_at,
        }
    }
}

/// How a sync is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sync)]
pub(in crate::routes) struct StatusView {
    id: i64,
    integration_id: i64,
    #[schema(value_type = names::SyncType)]
    sync_type: String,
    #[schema(value_type = names::EntityType)]
    entity_type: String,
    #[schema(value_type = names::SyncDirection)]
    sync_direction: String,
    #[schema(value_type = names::SyncKind)]
    kind: String,
    /// Whether it only plans: nothing changes on either side.
    dry_run: bool,
    /// Whether it only compares both sides.
    check: bool,
    /// Who or what asked for it; null for one from before this was written down.
    started_by: Option<StartedByView>,
    schedule_id: Option<i64>,
    /// Of the ids that it names, a list shows the first 100.
    #[schema(value_type = Filters)]
    filters: Value,
    /// How many ids it names; null where it names none.
    named_ids: Option<i32>,
    #[schema(value_type = Options)]
    options: Value,
    #[schema(value_type = names::SyncStatus)]
    status: String,
    /// What it does now; null unless it runs.
    #[schema(value_type = Option<names::SyncPhase>)]
    phase: Option<String>,
    /// Records a second over the last 30 seconds; null unless it runs.
    rate: Option<f64>,
    /// What it waits for at the partner: it is shown as pending then.
    waiting_for: Option<String>,
    progress: ProgressView,
    started_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    /// Whole seconds.
    duration_seconds: Option<i64>,
    next_retry_at: Option<DateTime<Utc>>,
    retry_of: Option<i64>,
    plan_of: Option<i64>,
    resume_of: Option<i64>,
    stalled: bool,
    error_type: Option<String>,
    error_message: Option<String>,
    summary: SummaryView,
    created_at: DateTime<Utc>,
    /// What it was accepted with; null in a list.
    #[schema(value_type = Option<Object>)]
    data: Option<Value>,
    /// The first record that it mapped, masked; null in a list.
    #[schema(value_type = Option<Object>)]
    mapped_data: Option<Value>,
    /// Its last answer, masked, and its counts; null in a list.
    #[schema(value_type = Option<Object>)]
    response_data: Option<Value>,
    /// The first of them; a list has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    errors: Option<Vec<ErrorView>>,
}

/// Who or what asked for a sync, as it was called then.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = SyncStartedBy)]
pub(super) struct StartedByView {
    #[schema(value_type = names::Starter)]
    r#type: String,
    /// Of the user, the token or the schedule.
    id: Option<i64>,
    name: Option<String>,
}

/// How far a sync is. What is null is not known yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SyncProgress)]
pub(crate) struct ProgressView {
    total_records: Option<i64>,
    processed_records: i64,
    successful_records: i64,
    failed_records: i64,
    percentage: Option<i64>,
}

/// Records by outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SyncSummary)]
pub(crate) struct SummaryView {
    created: i64,
    updated: i64,
    unchanged: i64,
    skipped: i64,
    deleted: i64,
    conflicts: i64,
    failed: i64,
}

/// Why one record failed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordError)]
pub(super) struct ErrorView {
    record_id: Option<i64>,
    geniacs_id: Option<String>,
    #[schema(example = "validation_error")]
    error_type: String,
    /// The field that it is about, by its local name; null where no single field is to blame.
    #[schema(example = "email")]
    field: Option<String>,
    #[schema(example = "Validation failed for field email")]
    error_message: String,
    failed_at: DateTime<Utc>,
}

impl StatusView {
    /// One sync with its first failures.
    pub(super) fn new(sync: SyncRow, documents: Documents, errors: Vec<RecordError>) -> Self {
        Self {
            data: Some(sync.data.clone()),
            mapped_data: documents.mapped_data,
            response_data: documents.response_data,
            errors: Some(errors.into_iter().map(ErrorView::from).collect()),
            ..Self::listed(sync)
        }
    }

    /// One of many.
    pub(in crate::routes) fn listed(sync: SyncRow) -> Self {
        let counts = Counts::from(sync.counts);
        let options = object_under(&sync.data, "options");

        Self {
            check: sync.kind == SyncKind::Check.as_str(),
            kind: sync.kind,
            dry_run: options.get("dry_run").and_then(Value::as_bool).unwrap_or_default(),
            started_by: sync.data.get("started_by").and_then(|by| StartedByView::deserialize(by).ok()),
            schedule_id: sync.schedule_id,
            filters: object_under(&sync.data, "filters"),
            named_ids: sync.named_ids,
            options: all_options(options),
            phase: sync.phase.filter(|_| sync.waiting_for.is_none()),
            rate: sync.rate.filter(|_| sync.waiting_for.is_none()).map(rounded_rate),
            data: None,
            mapped_data: None,
            response_data: None,
            progress: ProgressView::new(sync.total_records, &counts),
            #[expect(clippy::cast_possible_truncation, reason = "seconds since the start of a sync fit by far")]
            duration_seconds: sync.duration_seconds.map(|seconds| seconds.round() as i64),
            summary: SummaryView::from(counts),
            errors: None,
            retry_of: id_under(&sync.data, "retry_of"),
            plan_of: id_under(&sync.data, "plan_of"),
            resume_of: id_under(&sync.data, "resume_of"),
            created_at: sync.created_at,
            id: sync.id,
            integration_id: sync.integration_id,
            sync_type: sync.sync_type,
            entity_type: sync.entity_type,
            sync_direction: sync.sync_direction,
            status: if sync.waiting_for.is_some() { SyncStatus::Pending.to_string() } else { sync.status },
            waiting_for: sync.waiting_for,
            started_at: sync.started_at,
            completed_at: sync.completed_at,
            next_retry_at: sync.next_retry_at,
            stalled: sync.stalled,
            error_type: sync.error_type,
            error_message: sync.error_message,
        }
    }
}

/// The sync that one goes on from, from what it was accepted with.
fn id_under(data: &Value, name: &str) -> Option<i64> {
    data.get(name).and_then(Value::as_i64)
}

/// Filters or options, as they were asked for.
fn object_under(data: &Value, name: &str) -> Value {
    data.get(name).filter(|part| part.is_object()).cloned().unwrap_or_else(|| json!({}))
}

/// Options with those that were left to their defaults.
fn all_options(given: Value) -> Value {
    SyncOptions::deserialize(&given).map_or(given, |options| json!(options))
}

/// A rate with one decimal.
pub(crate) fn rounded_rate(rate: f64) -> f64 {
    (rate * 10.0).round() / 10.0
}

impl ProgressView {
    pub(crate) fn new(total: Option<i64>, counts: &Counts) -> Self {
        // What changed since it was counted may add to it.
        let total = total.map(|total| total.max(counts.read));
        // Rounded down, so that 100 means all.
        let percentage = total.map(|total| match total {
            0 => 100,
            total => (counts.read.saturating_mul(100) / total).clamp(0, 100),
        });

        Self {
            total_records: total,
            processed_records: counts.read,
            successful_records: counts.read - counts.failed,
            failed_records: counts.failed,
            percentage,
        }
    }
}

impl From<Counts> for SummaryView {
    fn from(counts: Counts) -> Self {
        Self {
            created: counts.created,
            updated: counts.updated,
            unchanged: counts.unchanged,
            skipped: counts.skipped,
            deleted: counts.deleted,
            conflicts: counts.conflicts,
            failed: counts.failed,
        }
    }
}

impl From<RecordError> for ErrorView {
    fn from(error: RecordError) -> Self {
        Self {
            record_id: error.record_id,
            geniacs_id: error.geniacs_id,
            error_type: error.error_type,
            field: error.field,
            error_message: error.error_message,
            failed_at: error.failed_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_percentage_is_unknown_without_a_total_and_100_only_at_the_end() {
        let percentage = |total, read| ProgressView::new(total, &Counts { read, ..Counts::default() }).percentage;
        assert_eq!(percentage(None, 5), None);
        assert_eq!(percentage(Some(0), 0), Some(100));
        assert_eq!(percentage(Some(1_000), 999), Some(99));
        assert_eq!(percentage(Some(25), 25), Some(100));
        assert_eq!(percentage(Some(10), 12), Some(100));
    }
}
