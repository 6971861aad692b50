//! `POST /api/geniacs/sync/{id}/resume`

use super::accept::RequestedSync;
use super::view::TriggeredView;
use super::{WHAT, ended};
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
use futures_util::FutureExt as _;
use serde_json::json;
use std::sync::Arc;
use storage::outbox::OutboxId;
use storage::runs::syncs::{self, SyncRow};
use storage::{Connection, entities};

/// Accepts a sync that goes on where an interrupted one stopped, by the same plan.
pub(crate) async fn resume_sync(
    state: Data<State>,
    http: HttpRequest,
    caller: Caller,
    _: NoBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&http, WHAT)?;
    let asked =
        ResumeRequest { id, state: state.clone().into_inner(), caller, traceparent: trace::current_traceparent() };
    let (view, permit) = state.database.transaction(move |c| asked.run(c).boxed()).await?;
    wake::wake_worker(&state, permit);
    Ok(answer::done("The sync goes on where it was", json!({"sync": view})))
}

pub(crate) fn describe_resume_sync() -> Operation {
    let answer = Answer::one::<TriggeredView>("sync").says("The sync goes on where it was");
    Operation::new("resume_sync", "Goes on where an interrupted sync stopped", answer)
        .checked()
        .conflicts("it has not ended (`sync_running`)")
        .conflicts("there is nothing to go on with (`nothing_to_resume`)")
        .conflicts("another sync goes on from it already (`already_resumed`)")
        .conflicts("the integration is not active (`integration_inactive`)")
        .conflicts("its syncs are turned off (`sync_disabled`)")
        .conflicts("as many syncs of the integration wait as may (`too_many_pending`)")
}

struct ResumeRequest {
    id: i64,
    state: Arc<State>,
    caller: Caller,
    traceparent: Option<String>,
}

impl ResumeRequest {
    async fn run(self, connection: &mut Connection) -> Result<(TriggeredView, Option<OutboxId>), ApiError> {
        let sync = syncs::find(connection, self.id).await?.ok_or(ApiError::NotFound(WHAT))?;
        check_ended(&sync)?;
        if ended::ended_options(&sync)?.dry_run {
            return nothing_to_resume(format!("sync {} was a dry run; make a new one", sync.id));
        }

        let request = ended::ended_request(&sync)?;
        let work = RequestedSync {
            descriptor: entities::descriptor(request.entity_type),
            state: self.state,
            caller: self.caller,
            request,
            key: None,
            traceparent: self.traceparent,
            origin: Some(Origin::ResumeOf(self.id)),
            retry_only: None,
            schedule: None,
        };

        work.accept_and_audit(connection).await
    }
}

fn check_ended(sync: &SyncRow) -> Result<(), ApiError> {
    let status: SyncStatus = ended::known_name(sync.status.parse())?;
    if !status.is_final() {
        let message = format!("sync {} is {status}; it can be resumed once it was interrupted", sync.id);
        return Err(ApiError::Conflict("sync_running", message));
    }
    Ok(())
}

/// Only an interrupted run has something to go on with, and one sync at a time goes on with it. Under the integration's
/// lock.
pub(super) async fn check_resumable(connection: &mut Connection, id: i64) -> Result<(), ApiError> {
    let sync = syncs::interrupted(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    if let Some(other) = sync.resumed_by {
        let message =
            format!("sync {other} goes on from sync {id} already; if it was interrupted too, resume that one");
        return Err(ApiError::Conflict("already_resumed", message));
    }

    if !sync.stopped {
        return nothing_to_resume(format!("sync {id} came to its end; a retry sends what failed in it"));
    }
    if !sync.begun {
        return nothing_to_resume(format!("sync {id} had not begun; retry it, or what it was to go on from"));
    }
    if !sync.has_rest {
        return nothing_to_resume(format!(
            "sync {id} had come to every record when it was interrupted; a retry sends what failed in it"
        ));
    }
    Ok(())
}

fn nothing_to_resume<T>(message: String) -> Result<T, ApiError> {
    Err(ApiError::Conflict("nothing_to_resume", message))
}
