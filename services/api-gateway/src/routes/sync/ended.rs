//! An ended sync as something to go on from.

use crate::error::ApiError;
use domain::sync::{IfRunning, SyncOptions, SyncRequest};
use serde::de::DeserializeOwned;
use serde_json::json;
use storage::runs::syncs::SyncRow;

/// The same as was asked for then; it waits where another run is under way.
pub(super) fn request(ended: &SyncRow) -> Result<SyncRequest, ApiError> {
    Ok(SyncRequest {
        integration_id: ended.integration_id,
        sync_type: known(ended.sync_type.parse())?,
        entity_type: known(ended.entity_type.parse())?,
        direction: known(ended.sync_direction.parse())?,
        filters: part(ended, "filters")?,
        options: SyncOptions { if_running: IfRunning::Queue, ..options(ended)? },
    })
}

/// What it might do.
pub(super) fn options(ended: &SyncRow) -> Result<SyncOptions, ApiError> {
    part(ended, "options")
}

fn part<T: DeserializeOwned>(ended: &SyncRow, name: &str) -> Result<T, ApiError> {
    let stored = ended.data.get(name).cloned().unwrap_or_else(|| json!({}));
    serde_json::from_value(stored).map_err(|_| ApiError::Internal("the request of a stored sync cannot be read"))
}

/// A name that this version knows.
pub(super) fn known<T>(name: Result<T, domain::UnknownName>) -> Result<T, ApiError> {
    name.map_err(|_| ApiError::Internal("a stored sync has a name that this version does not know"))
}
