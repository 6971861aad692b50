//! `GET /api/geniacs/sync/{id}/preview`

use super::{WHAT, ended};
use crate::answer::Stretch;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::{Counts, PlanAction};
use futures_util::FutureExt as _;
use serde::Serialize;
use serde_json::{Value, json};
use storage::Connection;
use storage::listing::Place;
use storage::runs::plan_items::{self, PlanItem};
use storage::runs::syncs::{self, SyncRow};
use utoipa::ToSchema;

/// What a dry run would do: totals by action, and its records one stretch after the other.
pub(crate) async fn preview_sync(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let mut query = Query::of(&request);
    let asked = PlanRequest { id, action: query.name("action"), place: query.place_by_id(), limit: query.limit() };
    query.finish()?;

    let (place, limit) = (asked.place, asked.limit);
    let (sync, applied_by, items) = state.database.run(move |c| asked.read(c).boxed()).await?;

    let preview = PreviewView::new(&sync, applied_by);
    let Stretch { items, prev_cursor, next_cursor } =
        answer::cut(items, (&place, limit), |item| item.id.to_string(), ItemView::from);
    let preview = PreviewView { items, ..preview };
    Ok(answer::data(json!({"preview": preview, "prev_cursor": prev_cursor, "next_cursor": next_cursor})))
}

pub(crate) fn describe_preview_sync() -> Operation {
    let answer = Answer::one::<PreviewView>("preview").and_cursors();
    Operation::new("preview_sync", "Shows what a dry run would do", answer)
        .query(Parameter::name::<names::PlanAction>("action", "Only records of which the plan says this"))
        .stretched()
        .conflicts("the sync is no dry run (`not_a_dry_run`)")
}

struct PlanRequest {
    id: i64,
    action: Option<PlanAction>,
    place: Place<i64>,
    limit: i64,
}

impl PlanRequest {
    async fn read(self, connection: &mut Connection) -> Result<(SyncRow, Option<i64>, Vec<PlanItem>), ApiError> {
        let sync = syncs::find(connection, self.id).await?.ok_or(ApiError::NotFound(WHAT))?;
        if !ended::ended_options(&sync)?.dry_run {
            let message = format!("sync {} is no dry run; its errors and logs tell what it did", self.id);
            return Err(ApiError::Conflict("not_a_dry_run", message));
        }

        let applied_by = plan_items::applied_by(connection, self.id).await?;
        // One more than asked for tells whether there is a next stretch.
        let items = plan_items::list(connection, self.id, self.action, self.place, self.limit + 1).await?;
        Ok((sync, applied_by, items))
    }
}

/// A plan as callers see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Plan)]
struct PreviewView {
    sync_id: i64,
    #[schema(value_type = names::SyncDirection)]
    sync_direction: String,
    /// Of the dry run; its plan is whole once that is `success`.
    #[schema(value_type = names::SyncStatus)]
    status: String,
    totals: PlanTotals,
    /// The sync that applies it, or has applied it.
    applied_by: Option<i64>,
    items: Vec<ItemView>,
}

/// Records by what would be done with them. A bidirectional plan counts a record once for each side.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanTotals)]
struct PlanTotals {
    create: i64,
    update: i64,
    delete: i64,
    unchanged: i64,
    skip: i64,
    conflict: i64,
    fail: i64,
}

/// What would be done with one record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlannedRecord)]
struct ItemView {
    record_id: Option<i64>,
    geniacs_id: Option<String>,
    /// `to_geniacs`: Geniacs would be written; `from_geniacs`: the local record.
    #[schema(value_type = names::SyncDirection)]
    direction: String,
    #[schema(value_type = names::PlanAction)]
    action: String,
    /// As the side that is written would have them.
    #[schema(value_type = Vec<ChangeView>)]
    changes: Value,
    reason: Option<String>,
}

/// One field of a plan.
#[derive(ToSchema)]
#[schema(as = PlannedChange)]
#[expect(dead_code, reason = "it describes what stands in the plan as JSON")]
struct ChangeView {
    #[schema(example = "name")]
    field: String,
    #[schema(example = "customer_name")]
    geniacs_field: String,
    /// Null where there is none.
    #[schema(example = "Siti")]
    old: Value,
    /// Null where there is none.
    #[schema(example = "Siti Rahayu")]
    new: Value,
}

impl PreviewView {
    fn new(sync: &SyncRow, applied_by: Option<i64>) -> Self {
        let counts = Counts::from(sync.counts);
        Self {
            sync_id: sync.id,
            sync_direction: sync.sync_direction.clone(),
            status: sync.status.clone(),
            totals: PlanTotals {
                create: counts.created,
                update: counts.updated,
                delete: counts.deleted,
                unchanged: counts.unchanged,
                skip: counts.skipped,
                conflict: counts.conflicts,
                fail: counts.failed,
            },
            applied_by,
            items: Vec::new(),
        }
    }
}

impl From<PlanItem> for ItemView {
    fn from(item: PlanItem) -> Self {
        Self {
            record_id: item.local_id,
            geniacs_id: item.geniacs_id,
            direction: item.direction,
            action: item.action,
            changes: item.changes,
            reason: item.reason,
        }
    }
}
