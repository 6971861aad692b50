//! `GET /api/geniacs/reports`

use super::file::csv_file;
use super::view::ReportView;
use crate::answer;
use crate::csv::Format;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::Connection;
use storage::console::reports::{self, Report};
use storage::listing::Place;

/// The weekly reports, newest first, as JSON or CSV by `Accept`.
pub(crate) async fn list_reports(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let (place, limit) = (query.place_by_id(), query.limit());
    query.finish()?;

    // One more than asked for tells whether there is a next stretch.
    let mut rows = state.database.run(move |c| read_reports(c, place, limit + 1).boxed()).await?;

    if Format::of(&request) == Format::Csv {
        // A file holds one stretch in the order of the list, as the JSON does.
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        if place.is_backwards() {
            rows.reverse();
        }
        return csv_file("reports", &rows);
    }

    Ok(answer::stretch("reports", rows, (&place, limit), |row| row.id.to_string(), ReportView::from))
}

pub(crate) fn describe_list_reports() -> Operation {
    Operation::new(
        "list_reports",
        "Lists the weekly reports, newest first",
        Answer::stretch::<ReportView>("reports").or_csv(),
    )
    .about("As JSON, or as CSV where `Accept` names it first.")
    .stretched()
}

async fn read_reports(connection: &mut Connection, place: Place<i64>, limit: i64) -> Result<Vec<Report>, ApiError> {
    Ok(reports::list(connection, place, limit).await?)
}
