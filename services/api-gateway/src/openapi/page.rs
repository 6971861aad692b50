//! `GET /api/docs`: the document as a page, to browse and to try out, without anything from elsewhere.

use super::{Answer, Operation};
use actix_web::HttpResponse;

const PAGE: &str = include_str!("page.html");

/// The page itself; `asset` has what it loads.
pub(crate) async fn browse_description() -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(PAGE)
}

pub(crate) fn describe_browse_description() -> Operation {
    Operation::new("browse_description", "This document as a page", Answer::file(&["text/html"]))
}
