//! `GET /api/geniacs/schedules/preview`

use super::new::{new_cron, read_zone};
use super::view::{NEXT_RUNS, local};
use crate::answer;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Duration, Utc};
use domain::Reason;
use domain::integration::Invalid;
use domain::schedule::CronError;
use futures_util::FutureExt as _;
use serde_json::json;
use storage::starts::schedules;
use utoipa::ToSchema;

/// What an expression says in words, and its next ticks by the clock of a time zone.
pub(crate) async fn preview_schedule(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let (expression, zone) = (query.text("cron_expression"), query.text("timezone"));
    if expression.is_none() {
        query.missing("cron_expression");
    }
    query.finish()?;
    let expression = expression.unwrap_or_default();
    let settings = &state.settings.schedules;

    let mut problems = Vec::new();
    let cron = new_cron(&expression, settings).map_err(|error| wrong_expression(&error));
    let cron = value_or_problem(&mut problems, "cron_expression", cron);
    let zone = zone.map_or(Ok(settings.time_zone), |zone| read_zone(&zone));
    // Both are read before either is refused, so that both are named.
    let (Some(cron), Some(zone)) = (cron, value_or_problem(&mut problems, "timezone", zone)) else {
        return Err(ApiError::Invalid(problems));
    };

    let now = state.database.run(|c| async move { Ok(schedules::now(c).await?) }.boxed()).await?;
    let minimum = Duration::from_std(settings.min_interval).unwrap_or(Duration::MAX);
    let next_runs: Vec<DateTime<Utc>> = cron
        .check_pace(now, zone, minimum)
        .and_then(|()| cron.upcoming(now, zone, NEXT_RUNS))
        .map_err(|error| ApiError::invalid("cron_expression", wrong_expression(&error)))?;

    Ok(answer::data(json!({"preview": {
        "cron_expression": expression,
        "timezone": zone.name(),
        "description": cron.in_words(),
        "next_runs_local": local(&next_runs, zone),
        "next_runs": next_runs,
    }})))
}

pub(crate) fn describe_preview_schedule() -> Operation {
    Operation::new("preview_schedule", "Says when a schedule would tick", Answer::one::<PreviewView>("preview"))
        .query(Parameter::text("cron_expression", "Five fields", 100).required().like("*/15 * * * *"))
        .query(Parameter::text("timezone", "IANA; the service's own unless told", 64).like("Asia/Jakarta"))
        .checked()
}

/// What an expression means.
#[derive(ToSchema)]
#[schema(as = SchedulePreview)]
#[expect(dead_code, reason = "it describes what is put together as JSON")]
struct PreviewView {
    #[schema(example = "*/15 * * * *")]
    cron_expression: String,
    #[schema(example = "Asia/Jakarta")]
    timezone: String,
    /// In words.
    #[schema(example = "Every 15 minutes")]
    description: String,
    /// By the clock of the time zone, with its offset.
    #[schema(example = json!(["2026-01-31T15:15:00+07:00"]))]
    next_runs_local: Vec<String>,
    next_runs: Vec<DateTime<Utc>>,
}

/// The value, or one problem more.
fn value_or_problem<T>(problems: &mut Vec<Invalid>, field: &str, read: Result<T, Reason>) -> Option<T> {
    read.map_err(|reason| problems.push(Invalid::new(field, reason))).ok()
}

fn wrong_expression(error: &CronError) -> Reason {
    Reason::new("cron_expression", error.to_string())
}
