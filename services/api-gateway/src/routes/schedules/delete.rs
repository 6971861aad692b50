//! `DELETE /api/geniacs/schedules/{id}`

use super::WHAT;
use super::view::ScheduleView;
use crate::access::Caller;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{IfMatch, NoBody};
use crate::openapi::{Answer, Deleted, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use service::settings::ScheduleSettings;
use storage::Connection;
use storage::starts::schedules;

/// Deletes a schedule and its list of ticks. The syncs that it started stay.
pub(crate) async fn delete_schedule(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    _: NoBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let version = IfMatch::of(&request)?;
    let settings = state.settings.schedules.clone();
    state.database.transaction(move |c| remove_schedule(c, id, version, settings, caller).boxed()).await?;
    Ok(answer::done("Sync schedule deleted successfully", json!({"schedule": {"id": id}})))
}

pub(crate) fn describe_delete_schedule() -> Operation {
    let answer = Answer::one::<Deleted>("schedule").says("Sync schedule deleted successfully");
    Operation::new("delete_schedule", "Deletes a schedule and its list of ticks", answer)
        .about("The syncs that it started stay.")
        .if_match()
}

async fn remove_schedule(
    connection: &mut Connection,
    id: i64,
    version: IfMatch,
    settings: ScheduleSettings,
    caller: Caller,
) -> Result<(), ApiError> {
    let current = schedules::lock(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    version.check(current.version)?;
    schedules::delete(connection, id).await?;

    let before = Some(answer::value(&ScheduleView::new(current, &settings)));
    let change = Change { action: "schedule.deleted", subject_type: WHAT, subject_id: id, before, after: None };
    audit::record_change(connection, &caller, change).await
}
