//! `GET /api/geniacs/statistics`

use super::view::StatisticsView;
use crate::answer;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{Days, NaiveDate};
use futures_util::FutureExt as _;
use storage::{Connection, freshness, schedules, stats};

/// Days that are shown unless told, today included.
const DAYS: u64 = 30;
/// Days that are shown at most.
const MAX_DAYS: i64 = 366;

/// Which days.
struct Asked {
    integration_id: Option<i64>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

/// How syncs have ended, by entity, by type and by day, whole days in UTC.
pub(crate) async fn get(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let asked = Asked { integration_id: query.id("integration_id"), from: query.day("from"), to: query.day("to") };
    query.finish()?;
    let statistics = state.database.run(move |c| read(c, asked).boxed()).await?;
    Ok(answer::data(statistics))
}

pub(crate) fn operation() -> Operation {
    Operation::new("get_statistics", "Counts how syncs have ended", Answer::data::<StatisticsView>())
        .about("By entity, by type and by day, whole days in UTC: the last 30 unless told, 366 at most.")
        .query(Parameter::id("integration_id", "Only of this integration"))
        .query(Parameter::moment("from", "The first day"))
        .query(Parameter::moment("to", "The last day; today unless told"))
}

async fn read(connection: &mut Connection, asked: Asked) -> Result<StatisticsView, ApiError> {
    let (from, to) = days(&asked, schedules::now(connection).await?.date_naive())?;
    let rows = stats::groups(connection, asked.integration_id, from, to).await?;
    let ids = freshness::integrations(connection, asked.integration_id).await?;
    let in_step = freshness::in_step(connection, &ids).await?;
    Ok(StatisticsView::new(from, to, &rows, in_step))
}

fn days(asked: &Asked, today: NaiveDate) -> Result<(NaiveDate, NaiveDate), ApiError> {
    let to = asked.to.unwrap_or(today);
    let from = asked.from.unwrap_or_else(|| to.checked_sub_days(Days::new(DAYS - 1)).unwrap_or(to));
    let count = (to - from).num_days() + 1;
    let bad = |message: String| Err(ApiError::bad_parameter("from", message));
    match count {
        ..=0 => bad("must not be later than `to`".to_owned()),
        1..=MAX_DAYS => Ok((from, to)),
        _ => bad(format!("must lie at most {MAX_DAYS} days before `to`")),
    }
}
