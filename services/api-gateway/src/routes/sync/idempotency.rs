//! `Idempotency-Key`: a repeat answers with the first sync.

use crate::answer;
use crate::error::ApiError;
use actix_web::HttpRequest;
use domain::Reason;
use domain::integration::Invalid;
use domain::run_mode::Origin;
use domain::sync::SyncRequest;
use storage::runs::syncs::SyncRow;

const NAME: &str = "Idempotency-Key";
/// The column's width.
const MAX_LENGTH: usize = 255;

/// The key of the request's header.
pub(super) fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, ApiError> {
    let Some(header) = request.headers().get(NAME) else { return Ok(None) };
    let key = header.to_str().ok().map(str::trim).filter(|key| !key.is_empty() && key.len() <= MAX_LENGTH);
    let bad = || {
        ApiError::BadParameter(vec![Invalid::new(
            NAME,
            Reason::new("not_ascii", "must be 1 to 255 visible ASCII characters"),
        )])
    };

    key.map(|key| Some(key.to_owned())).ok_or_else(bad)
}

/// Refuses a key that came with another request before.
pub(super) fn check_same(first: &SyncRow, now: &SyncRequest, origin: Option<Origin>) -> Result<(), ApiError> {
    // A request without an origin comes to the same address as no other than a plan that is applied.
    let name = origin.map_or("plan_of", Origin::name);
    let value = origin.map(Origin::value);

    let same = first.integration_id == now.integration_id
        && first.entity_type == now.entity_type.as_str()
        && first.sync_type == now.sync_type.as_str()
        && first.sync_direction == now.direction.as_str()
        && first.data.get("filters") == Some(&answer::value(&now.filters))
        && first.data.get("options") == Some(&answer::value(&now.options))
        && first.data.get(name) == value.as_ref();

    if same {
        Ok(())
    } else {
        Err(ApiError::invalid(
            NAME,
            Reason::new("used_already", "was used for another request already; take a new key"),
        ))
    }
}
