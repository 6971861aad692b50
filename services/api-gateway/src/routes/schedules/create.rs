//! `POST /api/geniacs/schedules`

use super::new::{CheckedSchedule, new_schedule};
use super::view::ScheduleView;
use crate::access::Caller;
use crate::answer;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::JsonBody;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::Data;
use futures_util::FutureExt as _;
use serde_json::json;
use service::settings::ScheduleSettings;
use storage::Connection;
use storage::partners::integrations;
use storage::starts::schedules;

/// Makes a schedule.
pub(crate) async fn create_schedule(
    state: Data<State>,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let settings = state.settings.schedules.clone();
    let asked = CheckedSchedule::read(body, &settings)?;
    let made = state.database.transaction(move |c| insert_schedule(c, caller, asked, settings).boxed()).await?;
    let version = made.version();
    Ok(answer::tagged(answer::created("Sync schedule created successfully", json!({"schedule": made})), version))
}

pub(crate) fn describe_create_schedule() -> Operation {
    let answer = Answer::one::<ScheduleView>("schedule").created("Sync schedule created successfully").tagged();
    Operation::new("create_schedule", "Makes a schedule", answer)
        .body_of_like(
            new_schedule(),
            json!({
                "integration_id": 1,
                "name": "Nightly customers",
                "entity_type": "customers",
                "cron_expression": "0 2 * * *",
                "time_zone": "Asia/Jakarta",
                "sync_type": "full",
                "configuration": {"sync_direction": "from_geniacs", "batch_size": 100},
            }),
        )
        .missing()
}

async fn insert_schedule(
    connection: &mut Connection,
    caller: Caller,
    asked: CheckedSchedule,
    settings: ScheduleSettings,
) -> Result<ScheduleView, ApiError> {
    integrations::lock(connection, asked.integration_id()).await?.ok_or(ApiError::NotFound("integration"))?;

    let now = schedules::now(connection).await?;
    let new = asked.row(now, &settings)?;
    let made = schedules::insert(connection, vec![new]).await?.pop().ok_or(storage::Error::NotFound)?;
    let id = made.id;

    let view = ScheduleView::new(made, &settings);
    let after = Some(answer::value(&view));
    let change = Change { action: "schedule.created", subject_type: "schedule", subject_id: id, before: None, after };
    audit::record_change(connection, &caller, change).await?;
    Ok(view)
}
