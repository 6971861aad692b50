//! `POST /api/geniacs/sync/{id}/retry`

use super::accept::Work;
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
use futures_util::FutureExt as _;
use serde_json::json;
use std::sync::Arc;
use storage::Connection;
use storage::entities;
use storage::outbox::OutboxId;
use storage::syncs::{self, Origin, SyncRow};

/// Accepts a sync of the records that failed in an ended one. One that was stopped as a whole is run anew, with its
/// filters.
pub(crate) async fn retry(
    state: Data<State>,
    http: HttpRequest,
    caller: Caller,
    _: NoBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&http, WHAT)?;
    let asked = Asked { id, state: state.clone().into_inner(), caller, traceparent: trace::parent() };
    let (view, permit) = state.database.transaction(move |c| asked.run(c).boxed()).await?;
    wake::worker(&state, permit);
    Ok(answer::done("Sync retry triggered successfully", json!({"sync": view})))
}

pub(crate) fn operation() -> Operation {
    let answer = Answer::one::<TriggeredView>("sync").says("Sync retry triggered successfully");
    Operation::new("retry_sync", "Runs again what failed in a sync", answer)
        .about("Sends the records that failed. A sync that was stopped as a whole is run anew, with its filters.")
        .checked()
        .conflicts("it has not ended, or is being retried (`sync_running`)")
        .conflicts("no record of it failed (`nothing_to_retry`)")
        .conflicts("the integration is not active (`integration_inactive`)")
        .conflicts("its syncs are turned off (`sync_disabled`)")
        .conflicts("as many syncs of the integration wait as may (`too_many_pending`)")
}

struct Asked {
    id: i64,
    state: Arc<State>,
    caller: Caller,
    traceparent: Option<String>,
}

impl Asked {
    async fn run(self, connection: &mut Connection) -> Result<(TriggeredView, Option<OutboxId>), ApiError> {
        let sync = syncs::find(connection, self.id).await?.ok_or(ApiError::NotFound(WHAT))?;
        check_ended(&sync)?;
        let request = ended::request(&sync)?;
        let work = Work {
            descriptor: entities::descriptor(request.entity_type),
            state: self.state,
            caller: self.caller,
            request,
            key: None,
            traceparent: self.traceparent,
            origin: Some(Origin::RetryOf(self.id)),
            schedule: None,
        };
        work.run(connection).await
    }
}

fn check_ended(sync: &SyncRow) -> Result<(), ApiError> {
    let status: SyncStatus = ended::known(sync.status.parse())?;
    if !status.is_final() {
        let message = format!("sync {} is {status}; it can be retried once it has ended", sync.id);
        return Err(ApiError::Conflict("sync_running", message));
    }
    if status == SyncStatus::Success {
        return Err(ApiError::Conflict("nothing_to_retry", format!("no record of sync {} failed", sync.id)));
    }
    Ok(())
}
