//! Reports as a file.

use super::csv;
use crate::error::ApiError;
use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_DISPOSITION;
use storage::console::reports::Report;

/// Reports as a file of CSV.
pub(super) fn csv_file(name: &str, reports: &[Report]) -> Result<HttpResponse, ApiError> {
    let body = csv::write_reports(reports).map_err(|_| ApiError::Internal("a report could not be written as CSV"))?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8; header=present")
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")))
        .body(body))
}
