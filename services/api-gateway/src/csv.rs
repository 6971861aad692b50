//! Lists as CSV: what a list answers as JSON, written as lines where `Accept` names `text/csv` first.
//!
//! It is done behind the handlers, so that a list and its file never hold different things: the same rows, filters and
//! limits. Where there is more, the header `x-next-cursor` says what to give as `after`.

use crate::error::ApiError;
use actix_web::Error;
use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ACCEPT, CONTENT_DISPOSITION, HeaderName, HeaderValue, VARY};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeSet;

const NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");

/// A list that can be had as CSV.
struct Table {
    pattern: &'static str,
    /// Its name under `data`.
    plural: &'static str,
    /// Columns that come first; those that are not named here follow by name.
    first: &'static [&'static str],
}

#[rustfmt::skip]
const TABLES: [Table; 6] = [
    Table { pattern: "/api/geniacs/sync/{id}/errors", plural: "errors", first: &["record_id", "geniacs_id", "error_type", "error_message", "failed_at"] },
    Table { pattern: "/api/geniacs/sync/{id}/logs", plural: "logs", first: LOG_COLUMNS },
    Table { pattern: "/api/geniacs/logs", plural: "logs", first: LOG_COLUMNS },
    Table { pattern: "/api/geniacs/records/{entity_type}", plural: "records", first: &["entity_type", "id", "geniacs_id", "state", "deleted", "updated_at", "last_synced_at", "record"] },
    Table { pattern: "/api/geniacs/statistics", plural: "by_day", first: &["day"] },
    Table { pattern: "/api/audit-log", plural: "audit_log", first: &["id", "number", "created_at", "actor", "address", "action", "subject_type", "subject_id", "before", "after", "request_id", "user_id"] },
];

const LOG_COLUMNS: &[&str] =
    &["id", "created_at", "log_level", "message", "sync_id", "integration_id", "status_code", "duration_ms"];

/// Writes the answer of a list as CSV where that is wanted.
pub(crate) async fn csv_by_accept<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // Read before the handler takes the request.
    let pattern = request.match_pattern().unwrap_or_default();
    let table = TABLES.iter().find(|table| table.pattern == pattern).filter(|_| *request.method() == Method::GET);
    let is_csv = Format::of(request.request()) == Format::Csv;

    let mut response = next.call(request).await?.map_into_boxed_body();
    let Some(table) = table else { return Ok(response) };

    response.headers_mut().append(VARY, HeaderValue::from_static("Accept"));
    // Failures stay JSON.
    if !is_csv || response.status() != StatusCode::OK {
        return Ok(response);
    }

    let (request, response) = response.into_parts();
    let response = match table.file(response).await {
        Ok(file) => file,
        Err(error) => HttpResponse::from_error(error),
    };
    Ok(ServiceResponse::new(request, response))
}

impl Table {
    async fn file(&self, response: HttpResponse) -> Result<HttpResponse, ApiError> {
        let failed = || ApiError::Internal("a list could not be written as CSV");
        let (head, body) = response.into_parts();
        let body = to_bytes(body).await.map_err(|_| failed())?;
        let answer: Value = serde_json::from_slice(&body).map_err(|_| failed())?;
        let data = answer.get("data").unwrap_or(&Value::Null);
        let rows = data.get(self.plural).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let text = self.write(rows).map_err(|_| failed())?;

        let mut file = HttpResponse::Ok();

        // All headers of the JSON answer stay, such as the request's id.
        for (name, value) in head.headers() {
            file.append_header((name.clone(), value.clone()));
        }
        file.insert_header(("content-type", "text/csv; charset=utf-8; header=present"));
        file.insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{}.csv\"", self.plural)));
        if let Some(cursor) = data.get("next_cursor").and_then(Value::as_str) {
            file.insert_header((NEXT_CURSOR, cursor));
        }

        Ok(file.body(text))
    }

    fn write(&self, rows: &[Value]) -> Result<Vec<u8>, ::csv::Error> {
        let objects: Vec<&Map<String, Value>> = rows.iter().filter_map(Value::as_object).collect();
        let names: BTreeSet<&str> = objects.iter().flat_map(|row| row.keys()).map(String::as_str).collect();
        let others = names.into_iter().filter(|name| !self.first.contains(name));
        let columns: Vec<&str> = self.first.iter().copied().chain(others).collect();

        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(&columns)?;
        for row in objects {
            writer.write_record(columns.iter().map(|column| csv_cell(row.get(*column)).into_owned()))?;
        }
        writer.into_inner().map_err(|error| error.into_error().into())
    }
}

/// A value as a cell: nothing for null, text as it is, anything else as JSON.
fn csv_cell(value: Option<&Value>) -> Cow<'_, str> {
    match value {
        None | Some(Value::Null) => Cow::Borrowed(""),
        Some(Value::String(text)) => without_formula(text),
        // No formula begins with a digit, a brace or a minus before a digit.
        Some(other) => Cow::Owned(other.to_string()),
    }
}

/// Text that no spreadsheet takes for a formula.
pub(crate) fn without_formula(text: &str) -> Cow<'_, str> {
    // Behind an apostrophe, spreadsheets take a cell for text.
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        return Cow::Owned(format!("'{text}"));
    }
    Cow::Borrowed(text)
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Csv,
}

impl Format {
    /// The first form of the header `Accept` that there is; JSON where it names none.
    pub(crate) fn of(request: &HttpRequest) -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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

    #[test]
    fn text_that_looks_like_a_formula_is_neutralised() {
        for text in ["=cmd()", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(without_formula(text), format!("'{text}"));
        }
        assert_eq!(without_formula("Partner = ours"), "Partner = ours");
    }

    #[test]
    fn named_columns_come_first_and_a_list_without_rows_has_them_too() {
        let table = Table { pattern: "", plural: "", first: &["id", "name"] };
        let rows = [json!({"zone": {"a": 1}, "name": "=x", "id": 1}), json!({"id": 2, "name": null, "other": true})];

        let text = String::from_utf8(table.write(&rows).unwrap()).unwrap();
        assert_eq!(text, "id,name,other,zone\n1,'=x,,\"{\"\"a\"\":1}\"\n2,,true,\n");
        assert_eq!(table.write(&[]).unwrap(), b"id,name\n");
    }

    #[test]
    fn every_table_is_of_a_route() {
        let routes = crate::routes::listed_routes();
        for table in TABLES {
            assert!(
                routes.iter().any(|route| route.method == "GET" && route.path == table.pattern),
                "{}",
                table.pattern
            );
        }
    }
}
