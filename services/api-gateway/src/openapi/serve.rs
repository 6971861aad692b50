//! `GET /api/openapi.json`

use super::{Answer, Operation, document};
use actix_web::HttpResponse;
use std::sync::LazyLock;

/// The document changes with the program alone.
static TEXT: LazyLock<String> = LazyLock::new(|| format!("{:#}\n", document::document()));

/// This API's description.
pub(crate) async fn serve() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(TEXT.as_str())
}

pub(crate) fn operation() -> Operation {
    Operation::new("get_description", "This document", Answer::file(&["application/json"]))
}
