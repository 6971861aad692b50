//! `POST /api/geniacs/reports`

use super::WHAT;
use super::view::ReportView;
use crate::access::Caller;
use crate::answer;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{JsonBody, rule};
use crate::openapi::{Answer, Operation};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::Data;
use chrono::{TimeDelta, Timelike as _};
use futures_util::FutureExt as _;
use serde_json::json;
use std::time::Duration;
use storage::Connection;
use storage::console::{report_content, reports};
use storage::starts::schedules;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

/// Counting takes the database's time: one at a time.
static TURN: Semaphore = Semaphore::const_new(1);
/// When to come again meanwhile.
const BUSY: Duration = Duration::from_secs(30);
const DEFAULT_DAYS: i32 = 7;
const MAX_DAYS: i32 = 92;

/// Which report is to be made.
#[derive(ToSchema)]
#[schema(as = NewReport)]
#[expect(dead_code, reason = "it describes the body, which is read field by field")]
struct ReportBody {
    /// Days that it covers, up to now.
    #[schema(minimum = 1, maximum = 92, default = 7)]
    days: Option<i32>,
}

/// Makes a report of the last days at once.
pub(crate) async fn create_report(
    state: Data<State>,
    caller: Caller,
    JsonBody(mut body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let days = body.optional("days", rule::whole(1, MAX_DAYS)).unwrap_or(DEFAULT_DAYS);
    body.finish(Some(()))?;

    let _turn = TURN.try_acquire().map_err(|_| ApiError::TooManyRequests(BUSY))?;
    let zone = state.settings.schedules.time_zone.name();
    let report = state.database.transaction(move |c| make_report(c, days, zone, caller).boxed()).await?;
    Ok(answer::done("Report created successfully", json!({"report": report})))
}

pub(crate) fn describe_create_report() -> Operation {
    let answer = Answer::one::<ReportView>("report").says("Report created successfully");
    Operation::new("create_report", "Makes a report of the last days", answer)
        .about("Up to now. One at a time: 429 while another one is under way.")
        .body_like::<ReportBody>(json!({"days": 7}))
}

async fn make_report(
    connection: &mut Connection,
    days: i32,
    zone: &str,
    caller: Caller,
) -> Result<ReportView, ApiError> {
    // Counting may take longer than the gateway gives its statements otherwise.
    reports::allow_minutes(connection).await?;
    let now = schedules::now(connection).await?;
    // Whole seconds, as reports show them.
    let to = now.with_nanosecond(0).unwrap_or(now);
    let from = to - TimeDelta::days(days.into());

    let content = report_content::count(connection, from, to).await?;
    let id = reports::insert(connection, (from, to), zone, &answer::value(&content)).await?;
    let exists = || ApiError::Conflict("duplicate_report", "there is a report of just this period already".to_owned());
    let id = id.ok_or_else(exists)?;

    let report = reports::find(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    let after = Some(json!({"period_start": report.period_start, "period_end": report.period_end}));
    let change = Change { action: "report.created", subject_type: WHAT, subject_id: id, before: None, after };
    audit::record_change(connection, &caller, change).await?;
    Ok(ReportView::from(report))
}
