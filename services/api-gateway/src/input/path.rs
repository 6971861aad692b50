//! Ids in paths.

use crate::error::ApiError;
use actix_web::HttpRequest;

/// The `{id}` of the path; what is not an id names nothing that exists.
pub(crate) fn id(request: &HttpRequest, what: &'static str) -> Result<i64, ApiError> {
    let id = request.match_info().get("id").and_then(|id| id.parse().ok());
    id.filter(|id| *id > 0).ok_or(ApiError::NotFound(what))
}
