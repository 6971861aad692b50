//! `POST /api/geniacs/sync/trigger`

use super::accept::RequestedSync;
use super::body::TriggerBody;
use super::idempotency;
use super::request::{TriggerRequest, read_sync_request};
use super::view::TriggeredView;
use crate::access::Caller;
use crate::error::ApiError;
use crate::input::JsonBody;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, trace, wake};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;

/// Accepts a sync: it runs, or waits in line.
pub(crate) async fn trigger_sync(
    state: Data<State>,
    http: HttpRequest,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let key = idempotency::idempotency_key(&http)?;
    let TriggerRequest { request, descriptor } = read_sync_request(body)?;

    let shared = state.clone().into_inner();
    let traceparent = trace::current_traceparent();
    let work = RequestedSync {
        state: shared,
        caller,
        request,
        descriptor,
        key,
        traceparent,
        origin: None,
        retry_only: None,
        schedule: None,
    };

    let (view, permit) = state.database.transaction(move |c| work.accept_and_audit(c).boxed()).await?;
    wake::wake_worker(&state, permit);
    Ok(answer::done("Sync triggered successfully", json!({"sync": view})))
}

pub(crate) fn describe_trigger_sync() -> Operation {
    let answer = Answer::one::<TriggeredView>("sync").says("Sync triggered successfully");
    Operation::new("trigger_sync", "Asks for a sync: it runs, or waits in line", answer)
        .about("One sync at a time runs for an integration and an entity; the next waits as `pending`.")
        .body_like::<TriggerBody>(json!({
            "integration_id": 1,
            "entity_type": "customers",
            "sync_type": "full",
            "sync_direction": "to_geniacs",
            "filters": {"status": "active", "limit": 1_000},
            "options": {"dry_run": true},
        }))
        .idempotency_key()
        .missing()
        .conflicts("the integration is not active (`integration_inactive`)")
        .conflicts("its syncs are turned off (`sync_disabled`)")
        .conflicts("as many syncs of the integration wait as may (`too_many_pending`)")
        .conflicts("another sync is under way and `options.if_running` is `reject` (`sync_running`)")
}
