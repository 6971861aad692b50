//! An ended sync as something to go on from.

use crate::error::ApiError;
use domain::sync::{IfRunning, SyncOptions, SyncRequest};
use serde::de::DeserializeOwned;
use serde_json::json;
use storage::runs::syncs::SyncRow;

/// The request of an ended sync, to be made again; it waits if another run is under way.
pub(super) fn ended_request(ended: &SyncRow) -> Result<SyncRequest, ApiError> {
    Ok(SyncRequest {
        integration_id: ended.integration_id,
        sync_type: known_name(ended.sync_type.parse())?,
        entity_type: known_name(ended.entity_type.parse())?,
        direction: known_name(ended.sync_direction.parse())?,
        filters: stored_part(ended, "filters")?,
        options: SyncOptions { if_running: IfRunning::Queue, ..ended_options(ended)? },
    })
}

/// The options of an ended sync.
pub(super) fn ended_options(ended: &SyncRow) -> Result<SyncOptions, ApiError> {
    stored_part(ended, "options")
}

fn stored_part<T: DeserializeOwned>(ended: &SyncRow, name: &str) -> Result<T, ApiError> {
    let stored = ended.data.get(name).cloned().unwrap_or_else(|| json!({}));
    serde_json::from_value(stored).map_err(|_| ApiError::Internal("the request of a stored sync cannot be read"))
}

/// A name that this version knows.
pub(super) fn known_name<T>(name: Result<T, domain::UnknownName>) -> Result<T, ApiError> {
    name.map_err(|_| ApiError::Internal("a stored sync has a name that this version does not know"))
}
