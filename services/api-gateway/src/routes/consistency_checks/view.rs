//! A consistency check as callers see it.

use crate::openapi::names;
use chrono::{DateTime, Utc};
use domain::{PlanAction, SyncDirection, SyncStatus};
use serde::Serialize;
use serde_json::{Value, json};
use storage::runs::plan_items::{Compared, PlanItem};
use storage::runs::syncs::SyncRow;
use utoipa::ToSchema;

/// A check.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConsistencyCheck)]
pub(super) struct CheckView {
    /// The number of the check, of its sync, and of its plan.
    id: i64,
    integration_id: i64,
    #[schema(value_type = names::EntityType)]
    entity_type: String,
    /// A sync's status: the comparison is whole once it is `success`.
    #[schema(value_type = names::SyncStatus)]
    status: String,
    started_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    error_type: Option<String>,
    error_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) totals: Option<Totals>,
    /// Absent where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) differences: Vec<DifferenceView>,
    repair: Option<RepairView>,
}

/// How to make both sides say the same.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Repair)]
struct RepairView {
    /// The stored plan: what differs, record by record, settled by the integration's conflict policy. To be posted to,
    /// without a body; records that have moved on since are left out.
    #[schema(example = "/api/geniacs/sync/7/apply")]
    apply: String,
    /// Or the body of `POST /sync/trigger`: a new sync of all records. Choose its `sync_direction`.
    #[schema(value_type = TriggerView)]
    trigger: Value,
}

/// Records by how both sides compare.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CheckTotals)]
pub(super) struct Totals {
    compared: i64,
    equal: i64,
    missing_here: i64,
    missing_there: i64,
    differing: i64,
    /// Those that could not be compared.
    failed: i64,
}

/// One record that differs. One whose fields are to be carried over in both directions stands here once for each.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Difference)]
pub(super) struct DifferenceView {
    record_id: Option<i64>,
    geniacs_id: Option<String>,
    #[schema(value_type = names::DifferenceKind)]
    kind: &'static str,
    fields: Vec<FieldView>,
    reason: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DifferentField)]
struct FieldView {
    #[schema(value_type = String, example = "name")]
    field: Value,
    #[schema(value_type = String, example = "customer_name")]
    geniacs_field: Value,
    #[schema(example = "Siti")]
    here: Value,
    #[schema(example = "Siti Rahayu")]
    there: Value,
}

/// A sync as one asks for it.
#[derive(ToSchema)]
#[schema(as = RepairRequest)]
#[expect(dead_code, reason = "it describes what is put together as JSON")]
struct TriggerView {
    integration_id: i64,
    #[schema(value_type = names::EntityType)]
    entity_type: String,
    #[schema(value_type = names::SyncType)]
    sync_type: String,
    #[schema(value_type = names::SyncDirection)]
    sync_direction: String,
}

/// What is to be compared.
#[derive(ToSchema)]
#[schema(as = ConsistencyCheckRequest)]
#[expect(dead_code, reason = "it describes the body, which is read field by field")]
pub(super) struct CheckBody {
    integration_id: i64,
    #[schema(value_type = names::EntityType)]
    entity_type: String,
}

impl CheckView {
    pub(super) fn of(sync: &SyncRow) -> Self {
        Self {
            id: sync.id,
            integration_id: sync.integration_id,
            entity_type: sync.entity_type.clone(),
            status: sync.status.clone(),
            started_at: sync.started_at,
            completed_at: sync.completed_at,
            error_type: sync.error_type.clone(),
            error_message: sync.error_message.clone(),
            totals: None,
            differences: Vec::new(),
            repair: (sync.status == SyncStatus::Success.as_str()).then(|| RepairView::of(sync)),
        }
    }
}

impl RepairView {
    fn of(sync: &SyncRow) -> Self {
        Self {
            apply: format!("/api/geniacs/sync/{}/apply", sync.id),
            trigger: json!({
                "integration_id": sync.integration_id,
                "entity_type": sync.entity_type,
                "sync_type": sync.sync_type,
                "sync_direction": sync.sync_direction,
            }),
        }
    }
}

impl From<Compared> for Totals {
    fn from(compared: Compared) -> Self {
        let Compared { records, missing_here, missing_there, differing, failed } = compared;
        // While a check is under way, its parts are counted at different moments.
        let equal = (records - missing_here - missing_there - differing - failed).max(0);
        Self { compared: records, equal, missing_here, missing_there, differing, failed }
    }
}

impl From<PlanItem> for DifferenceView {
    fn from(item: PlanItem) -> Self {
        let writes_there = item.direction == SyncDirection::ToGeniacs.as_str();
        let kind = match (item.action.parse(), writes_there) {
            (Ok(PlanAction::Create), false) | (Ok(PlanAction::Delete), true) => "missing_here",
            (Ok(PlanAction::Create), true) | (Ok(PlanAction::Delete), false) => "missing_there",
            (Ok(PlanAction::Fail), _) => "failed",
            _ => "differs",
        };

        let field = |change: &Value| {
            let (old, new) = (change["old"].clone(), change["new"].clone());
            // A plan tells what the side that is written has, and what it would have.
            let (here, there) = if writes_there { (new, old) } else { (old, new) };
            FieldView { field: change["field"].clone(), geniacs_field: change["geniacs_field"].clone(), here, there }
        };

        Self {
            record_id: item.local_id,
            geniacs_id: item.geniacs_id,
            kind,
            fields: item.changes.as_array().into_iter().flatten().map(field).collect(),
            reason: item.reason,
        }
    }
}
