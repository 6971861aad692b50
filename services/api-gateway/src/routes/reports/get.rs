//! `GET /api/geniacs/reports/{id}`

use super::WHAT;
use super::file::csv_file;
use super::view::ReportView;
use crate::csv::Format;
use crate::error::ApiError;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::console::reports::{self, Report};

/// One report, as JSON or CSV by `Accept`.
pub(crate) async fn get_report(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let report = state.database.run(move |c| read_report(c, id).boxed()).await?;
    match Format::of(&request) {
        Format::Csv => csv_file(&format!("report-{id}"), &[report]),
        Format::Json => Ok(answer::data(json!({"report": ReportView::from(report)}))),
    }
}

pub(crate) fn describe_get_report() -> Operation {
    Operation::new("get_report", "Shows a weekly report", Answer::one::<ReportView>("report").or_csv())
        .about("As JSON, or as CSV where `Accept` names it first.")
}

async fn read_report(connection: &mut Connection, id: i64) -> Result<Report, ApiError> {
    reports::find(connection, id).await?.ok_or(ApiError::NotFound(WHAT))
}
