//! The form that a caller wants.

use super::csv;
use crate::error::ApiError;
use actix_web::http::header::{ACCEPT, CONTENT_DISPOSITION};
use actix_web::{HttpRequest, HttpResponse};
use storage::reports::Report;

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Csv,
}

impl Format {
    /// The first form of the header `Accept` that there is; JSON where it names none.
    pub(super) fn of(request: &HttpRequest) -> Self {
        let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
        accept.map_or(Self::Json, Self::first_of)
    }

    fn first_of(accept: &str) -> Self {
        let types = accept.split(',').map(|part| part.split(';').next().unwrap_or_default().trim());
        let known = types.filter_map(|media| match media.to_ascii_lowercase().as_str() {
            "text/csv" | "text/*" => Some(Self::Csv),
            "application/json" | "application/*" | "*/*" => Some(Self::Json),
            _ => None,
        });
        known.into_iter().next().unwrap_or(Self::Json)
    }
}

/// Reports as a file of CSV.
pub(super) fn file(name: &str, reports: &[Report]) -> Result<HttpResponse, ApiError> {
    let body = csv::write(reports).map_err(|_| ApiError::Internal("a report could not be written as CSV"))?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8; header=present")
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")))
        .body(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_form_that_there_is_is_taken() {
        for (accept, format) in [
            ("text/csv", Format::Csv),
            ("TEXT/CSV; charset=utf-8", Format::Csv),
            ("application/xml, text/csv;q=0.9, application/json", Format::Csv),
            ("application/json, text/csv", Format::Json),
            ("*/*", Format::Json),
            ("image/png", Format::Json),
            ("", Format::Json),
        ] {
            assert_eq!(Format::first_of(accept), format, "{accept}");
        }
    }
}
