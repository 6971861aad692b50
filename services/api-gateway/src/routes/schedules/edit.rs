//! `PATCH /api/geniacs/schedules/{id}`

use super::WHAT;
use super::new::{CheckedSchedule, schedule_change};
use super::view::ScheduleView;
use crate::access::Caller;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{Fields, IfMatch, JsonBody};
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use service::settings::ScheduleSettings;
use storage::Connection;
use storage::starts::schedules::{self, NewSchedule, Schedule};

/// Changes the fields that are given. `configuration` is replaced as a whole.
pub(crate) async fn edit_schedule(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let edit = ScheduleEdit {
        id: input::id(&request, WHAT)?,
        version: IfMatch::of(&request)?,
        settings: state.settings.schedules.clone(),
        caller,
        body,
    };

    let view = state.database.transaction(move |c| edit.run(c).boxed()).await?;
    let version = view.version();
    Ok(answer::tagged(answer::done("Sync schedule updated successfully", json!({"schedule": view})), version))
}

pub(crate) fn describe_edit_schedule() -> Operation {
    let answer = Answer::one::<ScheduleView>("schedule").says("Sync schedule updated successfully").tagged();
    Operation::new("edit_schedule", "Changes a schedule", answer)
        .about("Fields that are not given stay as they are; `configuration` is replaced as a whole. `integration_id` cannot be \
                changed.")
        .body_of(schedule_change())
        .if_match()
}

struct ScheduleEdit {
    id: i64,
    version: IfMatch,
    settings: ScheduleSettings,
    caller: Caller,
    body: Fields,
}

impl ScheduleEdit {
    async fn run(self, connection: &mut Connection) -> Result<ScheduleView, ApiError> {
        let Self { id, version, settings, caller, body } = self;
        let current = schedules::lock(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
        version.check(current.version)?;

        let now = schedules::now(connection).await?;
        let asked = CheckedSchedule::edit(body, &current, &settings)?.row(now, &settings)?;
        let changed = schedules::update(connection, id, keep_tick(asked, &current)).await?;

        let before = Some(answer::value(&ScheduleView::new(current, &settings)));
        let view = ScheduleView::new(changed, &settings);
        let after = Some(answer::value(&view));
        let change = Change { action: "schedule.updated", subject_type: WHAT, subject_id: id, before, after };
        audit::record_change(connection, &caller, change).await?;
        Ok(view)
    }
}

/// The next tick stays, unless the edit changes when the schedule ticks. One that is switched on again begins anew: what
/// passed meanwhile is not caught up.
fn keep_tick(new: NewSchedule, current: &Schedule) -> NewSchedule {
    let same_times = new.cron_expression == current.cron_expression && new.time_zone == current.time_zone;
    let starts_anew = new.is_active && !current.is_active;
    if same_times && !starts_anew { NewSchedule { next_run_at: current.next_run_at, ..new } } else { new }
}
