//! `GET /api/docs`: the document as a page.

use super::{Answer, Operation};
use actix_web::HttpResponse;
use serde_json::json;

const PAGE: &str = include_str!("page.html");

/// A page to browse the document with.
pub(crate) async fn page() -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(PAGE)
}

pub(crate) fn operation() -> Operation {
    Operation::new(
        "browse_description",
        "This document as a page",
        Answer::file("text/html", json!({"type": "string"})),
    )
}
