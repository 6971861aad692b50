//! `GET /api/openapi.json`

use super::{Answer, Operation, document};
use actix_web::HttpResponse;
use std::sync::LazyLock;

/// The document changes with the program alone.
static TEXT: LazyLock<String> = LazyLock::new(|| format!("{:#}\n", document::openapi_document()));

/// This API's description.
pub(crate) async fn get_description() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(TEXT.as_str())
}

pub(crate) fn describe_get_description() -> Operation {
    Operation::new("get_description", "This document", Answer::file(&["application/json"]))
}
