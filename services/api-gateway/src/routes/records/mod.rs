//! Local records beside what is known of them at Geniacs, and their history.

pub(super) mod get;
pub(super) mod list;
mod run;
mod state;
pub(super) mod timeline;
mod view;

use crate::error::ApiError;
use crate::input::Query;
use actix_web::HttpRequest;
use domain::EntityType;

/// The name of this kind of thing in a 404.
const WHAT: &str = "record";

/// The `{entity_type}` of the path; what is no entity names nothing that exists.
fn entity_of_path(request: &HttpRequest) -> Result<EntityType, ApiError> {
    let name = request.match_info().get("entity_type").and_then(|name| name.parse().ok());
    name.ok_or(ApiError::NotFound("entity type"))
}

/// `integration_id`, which must be there: the same row has another link with each integration.
fn required_integration(mut query: Query) -> Result<i64, ApiError> {
    let id = query.id("integration_id");
    if id.is_none() {
        query.missing("integration_id");
    }
    query.finish()?;
    id.ok_or(ApiError::Internal("a missing parameter was not noticed"))
}
