//! `GET /api/geniacs/schedules/{id}/ticks`

use super::WHAT;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, names};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use serde::Serialize;
use storage::Connection;
use storage::listing::Place;
use storage::starts::schedules;
use storage::starts::ticks::{self, TickRow};
use utoipa::ToSchema;

/// What became of a tick.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tick)]
struct TickView {
    scheduled_for: DateTime<Utc>,
    #[schema(value_type = names::TickOutcome)]
    outcome: String,
    sync_id: Option<i64>,
    #[schema(value_type = Option<names::SyncStatus>)]
    sync_status: Option<String>,
    reason: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<TickRow> for TickView {
    fn from(row: TickRow) -> Self {
        let TickRow { scheduled_for, outcome, sync_id, sync_status, reason, created_at } = row;
        Self { scheduled_for, outcome, sync_id, sync_status, reason, created_at }
    }
}

/// A schedule's ticks, newest first. The cursor is the time of the last one shown, in microseconds.
pub(crate) async fn list_schedule_ticks(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let mut query = Query::of(&request);
    let place = query.place(|text| DateTime::from_timestamp_micros(text.parse().ok()?));
    let limit = query.limit();
    query.finish()?;

    let rows = state.database.run(move |c| read_ticks(c, id, place, limit).boxed()).await?;
    let cursor = |row: &TickRow| row.scheduled_for.timestamp_micros().to_string();
    Ok(answer::stretch("ticks", rows, (&place, limit), cursor, TickView::from))
}

pub(crate) fn describe_list_schedule_ticks() -> Operation {
    let answer = Answer::stretch::<TickView>("ticks");
    Operation::new("list_schedule_ticks", "Lists what became of the ticks of a schedule, newest first", answer)
        .stretched()
}

async fn read_ticks(
    connection: &mut Connection,
    id: i64,
    place: Place<DateTime<Utc>>,
    limit: i64,
) -> Result<Vec<TickRow>, ApiError> {
    schedules::find(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    // One more than asked for tells whether there is a next stretch.
    Ok(ticks::list(connection, id, place, limit + 1).await?)
}
