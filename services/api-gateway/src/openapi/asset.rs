//! `GET /api/docs/{asset}`: what the page loads.

use super::{Answer, Operation};
use crate::error::ApiError;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse};
use std::sync::Arc;
use utoipa_swagger_ui::Config;

const START: &str = include_str!("page.js");
const JAVASCRIPT: &str = "text/javascript";
/// They change with the program alone, but under the same names.
const FRESH: &str = "public, max-age=600";

/// A script or a style sheet; nothing else of what the page's library brings along.
pub(crate) async fn asset(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let name = request.match_info().get("asset").unwrap_or_default();
    let media = match name {
        "start.js" => return Ok(file(JAVASCRIPT, START.as_bytes().to_vec())),
        "swagger-ui-bundle.js" => JAVASCRIPT,
        "swagger-ui.css" => "text/css",
        _ => return Err(ApiError::NotFound("file")),
    };
    let found = utoipa_swagger_ui::serve(name, Arc::new(Config::from("/")));
    let found = found.ok().flatten().ok_or(ApiError::Internal("a file of the API's page is missing"))?;
    Ok(file(media, found.bytes.into_owned()))
}

pub(crate) fn operation() -> Operation {
    Operation::new("get_description_asset", "A file of that page", Answer::file(&[JAVASCRIPT, "text/css"]))
}

fn file(media: &str, bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok().content_type(media).insert_header((CACHE_CONTROL, FRESH)).body(bytes)
}
