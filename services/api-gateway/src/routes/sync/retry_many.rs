//! `POST /api/geniacs/syncs/retry`

use super::accept::Work;
use super::retry::check_ended;
use super::{WHAT, ended};
use crate::access::Caller;
use crate::error::ApiError;
use crate::input::{Fields, JsonBody, rule};
use crate::openapi::{Operation, names};
use crate::operations::{Confirmed, Frozen, accept, confirmed, read_window};
use crate::routes::operations::{self, OperationView};
use crate::state::State;
use crate::trace;
use actix_web::HttpResponse;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use domain::{Reason, SyncStatus};
use futures_util::FutureExt as _;
use serde_json::json;
use std::sync::Arc;
use storage::operations::Narrowed;
use storage::outbox::OutboxId;
use storage::syncs::{self, Origin};
use storage::{Connection, entities};
use utoipa::ToSchema;

/// Which syncs are to be retried.
#[derive(ToSchema)]
#[schema(as = RetryManyRequest)]
#[expect(dead_code, reason = "it describes the body, which is read field by field")]
struct RetryBody {
    filter: RetryFilter,
    /// How many syncs the filter is known to find.
    #[schema(minimum = 1)]
    confirm_count: i32,
}

/// Which syncs: those that failed, wholly or in part, unless told.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read field by field")]
struct RetryFilter {
    integration_id: Option<i64>,
    #[schema(value_type = Option<names::EntityType>)]
    entity_type: Option<String>,
    #[schema(value_type = Option<names::SyncStatus>)]
    status: Option<String>,
    /// Only what is not older.
    from: Option<DateTime<Utc>>,
    /// Only what is not newer.
    to: Option<DateTime<Utc>>,
}

/// Retries every sync that a filter finds now, by an operation.
pub(crate) async fn retry_many(
    state: Data<State>,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let ((narrowed, statuses), confirmed) = read(body)?;
    let frozen = Frozen::Syncs(narrowed, statuses);
    let accepted = state.database.transaction(move |c| accept(c, caller, frozen, confirmed).boxed()).await?;
    Ok(operations::accepted(&state, accepted))
}

pub(crate) fn operation() -> Operation {
    Operation::new("retry_syncs", "Runs again what failed in many syncs", OperationView::answer())
        .about("Exactly those syncs that `filter` finds now: those that failed, wholly or in part, unless `status` says otherwise.")
        .body_like::<RetryBody>(json!({"filter": {"integration_id": 1, "status": "failed"}, "confirm_count": 3}))
        .conflicts("the filter finds another number of syncs now (`count_changed`)")
}

type Found = (Narrowed, Vec<SyncStatus>);

fn read(mut body: Fields) -> Result<(Found, Confirmed), ApiError> {
    let found = confirmed(&mut body, |filter| {
        let status = filter.optional("status", rule::name::<SyncStatus>);
        if status
            .is_some_and(|status| !matches!(status, SyncStatus::Failed | SyncStatus::Partial | SyncStatus::Cancelled))
        {
            let reason = Reason::new("unknown_name", "must be one of: failed, partial, cancelled");
            filter.problem("status", reason.with("choices", vec!["failed", "partial", "cancelled"]));
        }
        let statuses = status.map_or_else(|| vec![SyncStatus::Failed, SyncStatus::Partial], |status| vec![status]);
        Some((read_window(filter), statuses))
    });
    body.finish(found)
}

/// Makes the retry of one sync, as a part of an operation. Returns the permit to publish after the commit.
pub(crate) async fn retry_sync(
    connection: &mut Connection,
    state: Arc<State>,
    caller: Caller,
    id: i64,
) -> Result<Option<OutboxId>, ApiError> {
    let sync = syncs::find(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    check_ended(&sync)?;
    let request = ended::request(&sync)?;
    let work = Work {
        descriptor: entities::descriptor(request.entity_type),
        state,
        caller,
        request,
        key: None,
        traceparent: trace::parent(),
        origin: Some(Origin::RetryOf(id)),
        retry_only: None,
        schedule: None,
    };
    Ok(work.run_as_part(connection).await?.1)
}
