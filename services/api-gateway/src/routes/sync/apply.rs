//! `POST /api/geniacs/sync/{id}/apply`

use super::accept::RequestedSync;
use super::view::TriggeredView;
use super::{WHAT, ended, idempotency};
use crate::access::Caller;
use crate::error::ApiError;
use crate::input::NoBody;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input, trace, wake};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::SyncStatus;
use domain::run_mode::Origin;
use domain::sync::SyncOptions;
use futures_util::FutureExt as _;
use serde_json::json;
use std::sync::Arc;
use storage::outbox::OutboxId;
use storage::runs::syncs::{self, SyncRow};
use storage::{Connection, entities};

/// Accepts a sync that does exactly what a dry run planned, but for the records that have moved on since.
pub(crate) async fn apply_sync(
    state: Data<State>,
    http: HttpRequest,
    caller: Caller,
    _: NoBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&http, WHAT)?;
    let key = idempotency::idempotency_key(&http)?;
    let asked =
        ApplyRequest { id, state: state.clone().into_inner(), caller, key, traceparent: trace::current_traceparent() };

    let (view, permit) = state.database.transaction(move |c| asked.run(c).boxed()).await?;
    wake::wake_worker(&state, permit);
    Ok(answer::done("The plan is being applied", json!({"sync": view})))
}

pub(crate) fn describe_apply_sync() -> Operation {
    Operation::new(
        "apply_sync",
        "Does what a dry run has planned",
        Answer::one::<TriggeredView>("sync").says("The plan is being applied"),
    )
    .about("Records that have changed since the dry run are left out and counted as `skipped`.")
    .idempotency_key()
    .conflicts("the sync is no dry run (`not_a_dry_run`)")
    .conflicts("it has not ended (`sync_running`)")
    .conflicts("it did not end in `success` (`plan_incomplete`)")
    .conflicts("its plan is applied already (`already_applied`)")
    .conflicts("the integration is not active (`integration_inactive`)")
    .conflicts("its syncs are turned off (`sync_disabled`)")
    .conflicts("as many syncs of the integration wait as may (`too_many_pending`)")
}

struct ApplyRequest {
    id: i64,
    state: Arc<State>,
    caller: Caller,
    key: Option<String>,
    traceparent: Option<String>,
}

impl ApplyRequest {
    async fn run(self, connection: &mut Connection) -> Result<(TriggeredView, Option<OutboxId>), ApiError> {
        let planned = syncs::find(connection, self.id).await?.ok_or(ApiError::NotFound(WHAT))?;
        let options = ended::ended_options(&planned)?;
        check_applicable(&planned, &options)?;

        let mut request = ended::ended_request(&planned)?;
        // Everything else is as it was asked for at the dry run.
        request.options.dry_run = false;
        let work = RequestedSync {
            descriptor: entities::descriptor(request.entity_type),
            state: self.state,
            caller: self.caller,
            request,
            key: self.key,
            traceparent: self.traceparent,
            origin: Some(Origin::PlanOf(self.id)),
            retry_only: None,
            schedule: None,
        };

        work.accept_and_audit(connection).await
    }
}

/// Only a plan that is whole can be applied.
fn check_applicable(planned: &SyncRow, options: &SyncOptions) -> Result<(), ApiError> {
    let conflict = |code, message| Err(ApiError::Conflict(code, message));
    if !options.dry_run {
        return conflict("not_a_dry_run", format!("sync {} is no dry run; it has no plan", planned.id));
    }

    let status: SyncStatus = ended::known_name(planned.status.parse())?;
    if !status.is_final() {
        return conflict(
            "sync_running",
            format!("sync {} is {status}; it can be applied once it has ended", planned.id),
        );
    }

    if status != SyncStatus::Success {
        let message = format!("sync {} ended {status}, so its plan is not whole; make a new dry run", planned.id);
        return conflict("plan_incomplete", message);
    }
    Ok(())
}
