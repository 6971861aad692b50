//! `POST /api/geniacs/sync/{id}/retry`

use super::WHAT;
use super::accept::Work;
use super::view::TriggeredView;
use crate::access::Caller;
use crate::error::ApiError;
use crate::state::State;
use crate::{answer, input, trace, wake};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::SyncStatus;
use domain::sync::{IfRunning, SyncOptions, SyncRequest};
use futures_util::FutureExt as _;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::sync::Arc;
use storage::Connection;
use storage::entities;
use storage::outbox::OutboxId;
use storage::syncs::{self, SyncRow};

/// Accepts a sync of the records that failed in an ended one. One that was stopped as a whole is run anew, with its
/// filters.
pub(crate) async fn retry(state: Data<State>, http: HttpRequest, caller: Caller) -> Result<HttpResponse, ApiError> {
    let id = input::id(&http, WHAT)?;
    let asked = Asked { id, state: state.clone().into_inner(), caller, traceparent: trace::parent() };
    let (view, permit) = state.database.transaction(move |c| asked.run(c).boxed()).await?;
    wake::worker(&state, permit);
    Ok(answer::done("Sync retry triggered successfully", json!({"sync": view})))
}

struct Asked {
    id: i64,
    state: Arc<State>,
    caller: Caller,
    traceparent: Option<String>,
}

impl Asked {
    async fn run(self, connection: &mut Connection) -> Result<(TriggeredView, Option<OutboxId>), ApiError> {
        let ended = syncs::find(connection, self.id).await?.ok_or(ApiError::NotFound(WHAT))?;
        check_ended(&ended)?;
        let request = request(&ended)?;
        let work = Work {
            descriptor: entities::descriptor(request.entity_type),
            state: self.state,
            caller: self.caller,
            request,
            key: None,
            traceparent: self.traceparent,
            retry_of: Some(self.id),
            schedule: None,
        };
        work.run(connection).await
    }
}

fn check_ended(sync: &SyncRow) -> Result<(), ApiError> {
    let status: SyncStatus = known(sync.status.parse())?;
    if !status.is_final() {
        let message = format!("sync {} is {status}; it can be retried once it has ended", sync.id);
        return Err(ApiError::Conflict("sync_running", message));
    }
    if status == SyncStatus::Success {
        return Err(ApiError::Conflict("nothing_to_retry", format!("no record of sync {} failed", sync.id)));
    }
    Ok(())
}

/// The same as was asked for then; it waits where another run is under way.
fn request(ended: &SyncRow) -> Result<SyncRequest, ApiError> {
    Ok(SyncRequest {
        integration_id: ended.integration_id,
        sync_type: known(ended.sync_type.parse())?,
        entity_type: known(ended.entity_type.parse())?,
        direction: known(ended.sync_direction.parse())?,
        filters: part(ended, "filters")?,
        options: SyncOptions { if_running: IfRunning::Queue, ..part(ended, "options")? },
    })
}

fn part<T: DeserializeOwned>(ended: &SyncRow, name: &str) -> Result<T, ApiError> {
    let stored = ended.data.get(name).cloned().unwrap_or_else(|| json!({}));
    serde_json::from_value(stored).map_err(|_| ApiError::Internal("the request of a stored sync cannot be read"))
}

fn known<T>(name: Result<T, domain::UnknownName>) -> Result<T, ApiError> {
    name.map_err(|_| ApiError::Internal("a stored sync has a name that this version does not know"))
}
