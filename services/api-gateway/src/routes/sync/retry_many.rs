//! `POST /api/geniacs/syncs/retry`

use super::accept::RequestedSync;
use super::list::{self, ListFilter};
use super::retry::check_ended;
use super::{WHAT, ended};
use crate::access::Caller;
use crate::error::ApiError;
use crate::input::{JsonBody, Query};
use crate::openapi::Operation;
use crate::operations::{FrozenFilter, accept_operation, take_confirmed_of_list};
use crate::routes::operations::{self, OperationView};
use crate::state::State;
use crate::trace;
use actix_web::HttpResponse;
use actix_web::web::Data;
use domain::run_mode::Origin;
use domain::{Reason, SyncStatus};
use futures_util::FutureExt as _;
use serde_json::json;
use std::sync::Arc;
use storage::listing::Window;
use storage::outbox::OutboxId;
use storage::runs::syncs::{self, Filter};
use storage::{Connection, entities};
use utoipa::ToSchema;

/// Which syncs are to be retried.
#[derive(ToSchema)]
#[schema(as = RetryManyRequest)]
#[expect(dead_code, reason = "it describes the body, which is read field by field")]
struct RetryBody {
    /// `status` is one or several of `failed`, `partial` and `cancelled`; the first two unless told.
    filter: ListFilter,
    /// How many syncs the filter is known to find.
    #[schema(minimum = 1)]
    confirm_count: i32,
}

/// Retries every sync that a filter finds now, by an operation.
pub(crate) async fn retry_syncs(
    state: Data<State>,
    caller: Caller,
    JsonBody(mut body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let found = take_confirmed_of_list(&mut body, read_retryable_filter);
    let (filter, confirmed) = body.finish(found)?;
    let frozen = FrozenFilter::Syncs(filter);
    let accepted = state.database.transaction(move |c| accept_operation(c, caller, frozen, confirmed).boxed()).await?;
    Ok(operations::answer_accepted(&state, accepted))
}

pub(crate) fn describe_retry_syncs() -> Operation {
    Operation::new("retry_syncs", "Runs again what failed in many syncs", OperationView::answer())
        .about("Exactly those syncs that `filter` finds now: those that failed, wholly or in part, unless `status` says otherwise.")
        .body_like::<RetryBody>(json!({"filter": {"integration_id": 1, "status": "failed"}, "confirm_count": 3}))
        .conflicts("the filter finds another number of syncs now (`count_changed`)")
}

/// Reads what the list takes; only syncs that have ended with something left can be retried.
fn read_retryable_filter(query: &mut Query, window: Window) -> Filter {
    let filter = list::read_sync_filter(query, window);
    let can_be_retried =
        |status: &SyncStatus| matches!(status, SyncStatus::Failed | SyncStatus::Partial | SyncStatus::Cancelled);

    if !filter.statuses.iter().all(can_be_retried) {
        let reason = Reason::new("unknown_name", "must be one of: failed, partial, cancelled");
        query.refuse("status", reason.with("choices", vec!["failed", "partial", "cancelled"]));
    }
    filter
}

/// Makes the retry of one sync, as a part of an operation. Returns the permit to publish after the commit.
pub(crate) async fn start_retry_sync(
    connection: &mut Connection,
    state: Arc<State>,
    caller: Caller,
    id: i64,
) -> Result<Option<OutboxId>, ApiError> {
    let sync = syncs::find(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    check_ended(&sync)?;

    let request = ended::ended_request(&sync)?;
    let work = RequestedSync {
        descriptor: entities::descriptor(request.entity_type),
        state,
        caller,
        request,
        key: None,
        traceparent: trace::current_traceparent(),
        origin: Some(Origin::RetryOf(id)),
        retry_only: None,
        schedule: None,
    };

    Ok(work.accept_as_part(connection).await?.1)
}
