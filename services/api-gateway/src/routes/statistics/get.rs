//! `GET /api/geniacs/statistics`

use super::view::{MOST_BESIDE, StatisticsData, StatisticsView};
use crate::answer;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use domain::Reason;
use futures_util::FutureExt as _;
use storage::Connection;
use storage::console::{freshness, stats};
use storage::starts::schedules;

/// Days that are shown unless told, today included.
const DAYS: u64 = 30;
/// Days that are shown at most.
const MAX_DAYS: i64 = 366;

/// Which days.
struct StatisticsRequest {
    integration_id: Option<i64>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    /// Whose days are meant; UTC's unless told.
    zone: Option<Tz>,
}

/// How syncs have ended, by entity, by type and by day, whole days in UTC or in another time zone.
pub(crate) async fn get_statistics(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let asked = StatisticsRequest {
        integration_id: query.id("integration_id"),
        from: query.day("from"),
        to: query.day("to"),
        zone: query.time_zone("time_zone"),
    };
    query.finish()?;

    let statistics = state.database.run(move |c| read_statistics(c, asked).boxed()).await?;
    Ok(answer::data(statistics))
}

pub(crate) fn describe_get_statistics() -> Operation {
    Operation::new("get_statistics", "Counts how syncs have ended", Answer::data::<StatisticsView>())
        .about("By entity, by type and by day, whole days in UTC or in another time zone: the last 30 unless told, 366 at most. Days of \
                another zone are put together from quarters of an hour.")
        .query(Parameter::id("integration_id", "Only of this integration"))
        .query(Parameter::moment("from", "The first day"))
        .query(Parameter::moment("to", "The last day; today unless told"))
        .query(Parameter::text("time_zone", "Whose days are meant; UTC's unless told", 64).like("Asia/Jakarta"))
}

async fn read_statistics(connection: &mut Connection, asked: StatisticsRequest) -> Result<StatisticsView, ApiError> {
    let now = schedules::now(connection).await?;
    // Today is a day of the zone that was asked for.
    let (from, to) = shown_days(&asked, now.with_timezone(&asked.zone.unwrap_or(Tz::UTC)).date_naive())?;
    let (id, zone) = (asked.integration_id, asked.zone.map(Tz::name));

    let rows = stats::groups(connection, id, from, to, zone).await?;
    let durations = stats::durations(connection, id, from, to, zone).await?;
    let beside = stats::beside(connection, id, from, to, zone, MOST_BESIDE).await?;

    let ids = freshness::integrations(connection, id).await?;
    let in_step = freshness::in_step(connection, &ids).await?;

    let time_zone = zone.unwrap_or("UTC").to_owned();
    Ok(StatisticsView::new(StatisticsData { from, to, time_zone, rows, durations, beside, in_step }))
}

fn shown_days(asked: &StatisticsRequest, today: NaiveDate) -> Result<(NaiveDate, NaiveDate), ApiError> {
    let to = asked.to.unwrap_or(today);
    let from = asked.from.unwrap_or_else(|| to.checked_sub_days(Days::new(DAYS - 1)).unwrap_or(to));
    let count = (to - from).num_days() + 1;
    let bad = |reason: Reason| Err(ApiError::bad_parameter("from", reason));

    match count {
        ..=0 => bad(Reason::new("reversed", "must not be later than `to`")),
        1..=MAX_DAYS => Ok((from, to)),
        _ => bad(Reason::new("too_many_days", format!("must lie at most {MAX_DAYS} days before `to`"))
            .with("maximum", MAX_DAYS)),
    }
}
