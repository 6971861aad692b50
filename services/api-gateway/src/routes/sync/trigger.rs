//! `POST /api/geniacs/sync/trigger`

use super::accept::Work;
use super::body::TriggerBody;
use super::idempotency;
use super::request::{Asked, read};
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
pub(crate) async fn trigger(
    state: Data<State>,
    http: HttpRequest,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let key = idempotency::key(&http)?;
    let Asked { request, descriptor } = read(body)?;
    let shared = state.clone().into_inner();
    let traceparent = trace::parent();
    let work = Work {
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
    let (view, permit) = state.database.transaction(move |c| work.run(c).boxed()).await?;
    wake::worker(&state, permit);
    Ok(answer::done("Sync triggered successfully", json!({"sync": view})))
}

pub(crate) fn operation() -> Operation {
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
