//! The envelope of a success.

use crate::input::Paging;
use actix_web::HttpResponse;
use actix_web::http::header::{ETAG, HeaderValue};
use serde::Serialize;
use serde_json::{Value, json};

/// 200 with data alone.
pub(crate) fn data(data: impl Serialize) -> HttpResponse {
    HttpResponse::Ok().json(json!({"success": true, "data": data}))
}

/// 200 with a sentence and data.
pub(crate) fn done(message: &str, data: impl Serialize) -> HttpResponse {
    HttpResponse::Ok().json(json!({"success": true, "message": message, "data": data}))
}

/// 201 with a sentence and what was made.
pub(crate) fn created(message: &str, data: impl Serialize) -> HttpResponse {
    HttpResponse::Created().json(json!({"success": true, "message": message, "data": data}))
}

/// 200 with a page of a counted list under its plural.
pub(crate) fn page<T: Serialize>(plural: &str, items: &[T], paging: Paging, total: i64) -> HttpResponse {
    let pagination = json!({
        "current_page": paging.page,
        "total_pages": total.unsigned_abs().div_ceil(paging.limit.unsigned_abs()),
        "total_items": total,
        "per_page": paging.limit,
    });
    data(json!({plural: items, "pagination": pagination}))
}

/// 200 with a stretch of an uncounted list, and where the next one begins. `rows` holds one more than `limit` where
/// there is a next one.
pub(crate) fn stretch<R, T: Serialize>(
    plural: &str,
    rows: Vec<R>,
    limit: i64,
    cursor: impl Fn(&R) -> String,
    view: impl Fn(R) -> T,
) -> HttpResponse {
    let (items, next_cursor) = cut(rows, limit, cursor, view);
    data(json!({plural: items, "next_cursor": next_cursor}))
}

/// A stretch of `limit` rows as callers see them, and where the next one begins, if there is one.
pub(crate) fn cut<R, T>(
    mut rows: Vec<R>,
    limit: i64,
    cursor: impl Fn(&R) -> String,
    view: impl Fn(R) -> T,
) -> (Vec<T>, Option<String>) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_last = rows.len() <= limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| !is_last).map(cursor);
    (rows.into_iter().map(view).collect(), next_cursor)
}

/// The same answer with the version of what it shows, for `If-Match`.
pub(crate) fn tagged(mut response: HttpResponse, version: impl Into<i64>) -> HttpResponse {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", version.into())) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// An item as JSON, for the audit log.
pub(crate) fn value(item: &impl Serialize) -> Value {
    serde_json::to_value(item).unwrap_or_default()
}
