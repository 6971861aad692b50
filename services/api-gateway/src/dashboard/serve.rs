//! Answers what is asked for outside the API.

use super::Dashboard;
use super::page::fresh_nonce;
use crate::error::ApiError;
use crate::state::State;
use actix_web::http::Method;
use actix_web::http::header::{
    AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ContentEncoding, Encoding, Header as _,
    VARY,
};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use service::http::page_policy;

const ASSETS: &str = "assets/";
/// The name of such a file changes with its content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Icons and the like keep their names.
const FOR_MINUTES: &str = "public, max-age=600";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Geniacs</title>\
    <h1>The dashboard is not here</h1><p>Build it with <code>make dashboard</code>, set \
    <code>GENIACS_DASHBOARD__FOLDER</code> to <code>frontend/dist</code>, and start the gateway again.</p>\
    <p>The API works without it: <a href=\"/api/docs\">its description</a>.</p></html>";

/// A file of the dashboard, or its page for every other path.
pub(crate) async fn serve_dashboard(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(ApiError::MethodNotAllowed("GET, HEAD".to_owned()));
    }
    let Some(dashboard) = &state.dashboard else {
        return Ok(HttpResponse::NotFound().content_type("text/html; charset=utf-8").body(NOT_BUILT));
    };

    let path = request.path().trim_start_matches('/');
    match answer_file(dashboard, path, &request) {
        Some(answer) => Ok(answer),
        // A tab that is older than this program asks for a script that is gone. The page in its place would be taken for
        // the script.
        None if path.starts_with(ASSETS) => Err(ApiError::NotFound("file")),
        None => Ok(answer_page(dashboard)),
    }
}

fn answer_file(dashboard: &Dashboard, path: &str, request: &HttpRequest) -> Option<HttpResponse> {
    let file = dashboard.file(path)?;
    let accepted = AcceptEncoding::parse(request).ok();
    let (encoding, bytes) = file.form(|encoding| accepts_encoding(accepted.as_ref(), encoding));

    let mut answer = HttpResponse::Ok();
    answer
        .content_type(file.media_type)
        .insert_header((CACHE_CONTROL, if path.starts_with(ASSETS) { FOR_EVER } else { FOR_MINUTES }))
        .insert_header((VARY, "Accept-Encoding"));
    if encoding != ContentEncoding::Identity {
        answer.insert_header((CONTENT_ENCODING, encoding.as_str()));
    }
    Some(answer.body(bytes))
}

/// Whether a client takes an encoding. One that says nothing takes only what is not encoded.
fn accepts_encoding(accepted: Option<&AcceptEncoding>, encoding: ContentEncoding) -> bool {
    let supported = [Encoding::Known(encoding)];
    accepted
        .and_then(|accepted| accepted.negotiate(supported.iter()))
        .is_some_and(|chosen| chosen == Encoding::Known(encoding))
}

fn answer_page(dashboard: &Dashboard) -> HttpResponse {
    let nonce = fresh_nonce();

    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, page_policy(Some(&nonce))))
        .body(dashboard.page().with(&nonce))
}
