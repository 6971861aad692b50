//! `GET /api/docs/{asset}`: what the page loads.

use super::{Answer, Operation};
use crate::error::ApiError;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use std::sync::{Arc, LazyLock};
use utoipa_swagger_ui::Config;

const START: &str = include_str!("page.js");
const JAVASCRIPT: &str = "text/javascript";
/// The files change with the program alone, but keep their names.
const FRESH: &str = "public, max-age=600";

/// Shared by all answers: the script alone has 1.5 MB, and anyone may ask for it.
static BUNDLE: LazyLock<Option<Bytes>> = LazyLock::new(|| of_library("swagger-ui-bundle.js"));
static STYLES: LazyLock<Option<Bytes>> = LazyLock::new(|| of_library("swagger-ui.css"));

/// A script or a style sheet; nothing else of what the page's library brings along.
pub(crate) async fn get_description_asset(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let name = request.match_info().get("asset").unwrap_or_default();
    let (media, bytes) = match name {
        "start.js" => (JAVASCRIPT, Some(Bytes::from_static(START.as_bytes()))),
        "swagger-ui-bundle.js" => (JAVASCRIPT, BUNDLE.clone()),
        "swagger-ui.css" => ("text/css", STYLES.clone()),
        _ => return Err(ApiError::NotFound("file")),
    };

    let bytes = bytes.ok_or(ApiError::Internal("a file of the API's page is missing"))?;
    Ok(HttpResponse::Ok().content_type(media).insert_header((CACHE_CONTROL, FRESH)).body(bytes))
}

fn of_library(name: &str) -> Option<Bytes> {
    let found = utoipa_swagger_ui::serve(name, Arc::new(Config::from("/"))).ok().flatten()?;
    Some(Bytes::from(found.bytes.into_owned()))
}

pub(crate) fn describe_get_description_asset() -> Operation {
    Operation::new("get_description_asset", "A file of that page", Answer::file(&[JAVASCRIPT, "text/css"]))
}
