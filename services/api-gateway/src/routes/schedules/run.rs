//! `POST /api/geniacs/schedules/{id}/run`

use super::WHAT;
use crate::access::Caller;
use crate::error::ApiError;
use crate::input::NoBody;
use crate::openapi::{Answer, Operation};
use crate::routes::sync::{RequestedSync, TriggeredView};
use crate::state::State;
use crate::{answer, input, trace, wake};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::SyncDirection;
use domain::sync::SyncRequest;
use futures_util::FutureExt as _;
use serde_json::json;
use std::sync::Arc;
use storage::outbox::OutboxId;
use storage::starts::schedules::{self, Schedule};
use storage::{Connection, entities};

/// Starts a sync as a tick of the schedule would, but at once, whether or not the schedule is switched on. Its ticks go
/// on as they are.
pub(crate) async fn run_schedule(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    _: NoBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let asked = RunRequest { id, state: state.clone().into_inner(), caller, traceparent: trace::current_traceparent() };
    let (view, permit) = state.database.transaction(move |c| asked.run(c).boxed()).await?;
    wake::wake_worker(&state, permit);
    Ok(answer::done("Sync triggered successfully", json!({"sync": view})))
}

pub(crate) fn describe_run_schedule() -> Operation {
    let answer = Answer::one::<TriggeredView>("sync").says("Sync triggered successfully");
    Operation::new("run_schedule", "Starts the sync of a schedule now", answer)
        .about("Whether or not the schedule is switched on. Its ticks go on as they are.")
        .checked()
        .conflicts("the integration is not active (`integration_inactive`)")
        .conflicts("its syncs are turned off (`sync_disabled`)")
        .conflicts("as many syncs of the integration wait as may (`too_many_pending`)")
        .conflicts("another sync is under way and the schedule's `if_running` is `reject` (`sync_running`)")
}

struct RunRequest {
    id: i64,
    state: Arc<State>,
    caller: Caller,
    traceparent: Option<String>,
}

impl RunRequest {
    async fn run(self, connection: &mut Connection) -> Result<(TriggeredView, Option<OutboxId>), ApiError> {
        let schedule = schedules::lock(connection, self.id).await?.ok_or(ApiError::NotFound(WHAT))?;

        let work = RequestedSync {
            state: self.state,
            caller: self.caller,
            request: tick_request(&schedule),
            descriptor: entities::descriptor(schedule.entity_type),
            key: None,
            traceparent: self.traceparent,
            origin: None,
            retry_only: None,
            schedule: Some(schedule),
        };

        work.accept_and_audit(connection).await
    }
}

/// What its ticks ask for.
fn tick_request(schedule: &Schedule) -> SyncRequest {
    let configuration = schedule.settings();
    SyncRequest {
        integration_id: schedule.integration_id,
        sync_type: schedule.sync_type,
        entity_type: schedule.entity_type,
        direction: configuration.sync_direction.unwrap_or(SyncDirection::ToGeniacs),
        filters: configuration.filters.unwrap_or_default(),
        options: configuration.options.unwrap_or_default(),
    }
}
