//! The id that a caller gives a request, to find again what it left behind.

use actix_web::http::header::{HeaderMap, HeaderName};

/// Where a caller gives it, and where an answer gives it back.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The width of the audit log's column.
const MAX_LENGTH: usize = 64;

/// The caller's id, if it is fit for headers, logs and tables as it is.
pub fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let is_fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (!id.is_empty() && id.len() <= MAX_LENGTH && id.bytes().all(is_fine)).then(|| id.to_owned())
}
