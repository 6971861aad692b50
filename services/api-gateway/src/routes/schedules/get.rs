//! `GET /api/geniacs/schedules/{id}`

use super::WHAT;
use super::view::ScheduleView;
use crate::error::ApiError;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::starts::schedules::{self, Schedule};

/// One schedule.
pub(crate) async fn get_schedule(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let row = state.database.run(move |c| read_schedule(c, id).boxed()).await?;
    let view = ScheduleView::new(row, &state.settings.schedules);
    let version = view.version();
    Ok(answer::tagged(answer::data(json!({"schedule": view})), version))
}

pub(crate) fn describe_get_schedule() -> Operation {
    Operation::new("get_schedule", "Shows a schedule", Answer::one::<ScheduleView>("schedule").tagged())
}

async fn read_schedule(connection: &mut Connection, id: i64) -> Result<Schedule, ApiError> {
    schedules::find(connection, id).await?.ok_or(ApiError::NotFound(WHAT))
}
