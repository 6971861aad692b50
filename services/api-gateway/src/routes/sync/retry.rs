//! `POST /api/geniacs/sync/{id}/retry`

use super::accept::RequestedSync;
use super::body::RecordKey;
use super::view::TriggeredView;
use super::{WHAT, ended};
use crate::access::Caller;
use crate::error::ApiError;
use crate::input::{Fields, MaybeBody, rule};
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input, trace, wake};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::SyncStatus;
use domain::run_mode::{FailureFilter, Origin};
use domain::sync::Filters;
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use std::sync::Arc;
use storage::Connection;
use storage::entities;
use storage::outbox::OutboxId;
use storage::runs::syncs::{self, SyncRow};
use utoipa::ToSchema;

/// Longer than any name of a kind.
const MAX_TYPE: usize = 64;
/// Longer than any name of a field, and any id.
const MAX_NAME: usize = 255;

/// Accepts a sync of the records that failed in an ended one: of all, of one cause, or of chosen ones. One that was stopped
/// as a whole is run anew, with its filters.
pub(crate) async fn retry_sync(
    state: Data<State>,
    http: HttpRequest,
    caller: Caller,
    MaybeBody(body): MaybeBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&http, WHAT)?;
    let only = read_failure_filter(body)?;
    let asked =
        RetryRequest { id, only, state: state.clone().into_inner(), caller, traceparent: trace::current_traceparent() };
    let (view, permit) = state.database.transaction(move |c| asked.run(c).boxed()).await?;
    wake::wake_worker(&state, permit);
    Ok(answer::done("Sync retry triggered successfully", json!({"sync": view})))
}

pub(crate) fn describe_retry_sync() -> Operation {
    let answer = Answer::one::<TriggeredView>("sync").says("Sync retry triggered successfully");
    Operation::new("retry_sync", "Runs again what failed in a sync", answer)
        .about("Sends the records that failed: all, those of one cause, or chosen ones. A sync that was stopped as a whole is \
                run anew, with its filters.")
        .optional_body::<RetryBody>()
        .conflicts("it has not ended, or is being retried (`sync_running`)")
        .conflicts("no record of it failed, or none that was asked for (`nothing_to_retry`)")
        .conflicts("the integration is not active (`integration_inactive`)")
        .conflicts("its syncs are turned off (`sync_disabled`)")
        .conflicts("as many syncs of the integration wait as may (`too_many_pending`)")
}

/// Which of the records that failed are tried again; all unless told.
#[derive(ToSchema)]
#[schema(as = SyncRetryRequest)]
#[expect(dead_code, reason = "it is read field by field; this type says what it may hold")]
struct RetryBody {
    /// Only those that failed so.
    #[schema(min_length = 1, max_length = 64, example = "validation_error")]
    error_type: Option<String>,
    /// Only those that failed for this field.
    #[schema(min_length = 1, max_length = 255, example = "email")]
    field: Option<String>,
    /// Only these: local ids, as numbers or as text, and Geniacs ids, which are text.
    #[schema(min_items = 1, max_items = 10_000, example = json!([17, 18]))]
    record_ids: Option<Vec<RecordKey>>,
}

fn read_failure_filter(mut body: Fields) -> Result<FailureFilter, ApiError> {
    let error_type = body.optional("error_type", rule::text(1, MAX_TYPE));
    let field = body.optional("field", rule::text(1, MAX_NAME));
    let (record_ids, geniacs_ids) = body.optional("record_ids", read_record_ids).unwrap_or_default();
    body.finish(Some(FailureFilter { error_type, field, record_ids, geniacs_ids }))
}

/// Local ids and Geniacs ids. Digits in quotes may be either.
fn read_record_ids(value: &Value) -> Result<(Vec<i64>, Vec<String>), String> {
    let wrong = || format!("must be a list of 1 to {} ids, each a number above 0 or a text", Filters::MAX_IDS);
    let ids = value.as_array().filter(|ids| (1..=Filters::MAX_IDS).contains(&ids.len())).ok_or_else(wrong)?;

    let (mut local, mut geniacs) = (Vec::new(), Vec::new());
    for id in ids {
        let as_local = rule::id(id).ok();
        let as_geniacs = id.as_str().filter(|id| domain::record_id::is_id(id)).map(str::to_owned);
        if as_local.is_none() && as_geniacs.is_none() {
            return Err(wrong());
        }
        local.extend(as_local);
        geniacs.extend(as_geniacs);
    }
    Ok((local, geniacs))
}

struct RetryRequest {
    id: i64,
    only: FailureFilter,
    state: Arc<State>,
    caller: Caller,
    traceparent: Option<String>,
}

impl RetryRequest {
    async fn run(self, connection: &mut Connection) -> Result<(TriggeredView, Option<OutboxId>), ApiError> {
        let sync = syncs::find(connection, self.id).await?.ok_or(ApiError::NotFound(WHAT))?;
        check_ended(&sync)?;

        let request = ended::ended_request(&sync)?;
        let work = RequestedSync {
            descriptor: entities::descriptor(request.entity_type),
            state: self.state,
            caller: self.caller,
            request,
            key: None,
            traceparent: self.traceparent,
            origin: Some(Origin::RetryOf(self.id)),
            retry_only: Some(self.only).filter(|only| !only.is_everything()),
            schedule: None,
        };

        work.accept_and_audit(connection).await
    }
}

pub(super) fn check_ended(sync: &SyncRow) -> Result<(), ApiError> {
    let status: SyncStatus = ended::known_name(sync.status.parse())?;
    if !status.is_final() {
        let message = format!("sync {} is {status}; it can be retried once it has ended", sync.id);
        return Err(ApiError::Conflict("sync_running", message));
    }

    if status == SyncStatus::Success {
        return Err(ApiError::Conflict("nothing_to_retry", format!("no record of sync {} failed", sync.id)));
    }
    Ok(())
}
