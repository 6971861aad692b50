//! How many records a push may look at, by the planner's statistics.

use domain::sync::SyncRequest;
use domain::{SyncDirection, SyncType};
use storage::entities::Descriptor;
use storage::records::{self, Selection};
use storage::runs::positions;
use storage::{Connection, Result};

/// None for a pull: what the partner holds is known once it was listed.
pub(super) async fn estimate_records(
    connection: &mut Connection,
    descriptor: &Descriptor,
    request: &SyncRequest,
) -> Result<Option<i64>> {
    if request.direction != SyncDirection::ToGeniacs {
        return Ok(None);
    }

    let filters = &request.filters;
    if !filters.ids.is_empty() {
        return Ok(i64::try_from(filters.ids.len()).ok());
    }

    let by_change = request.sync_type != SyncType::Full;
    let (xid, id) = records::horizon(connection, descriptor).await?;
    let (integration_id, entity, direction) = (request.integration_id, descriptor.entity, request.direction);
    let position = positions::find(connection, integration_id, entity, direction, &request.options).await?;

    let selection = Selection {
        by_change,
        upper: if by_change { xid } else { id },
        updated_since: filters.updated_since,
        status: filters.status.clone(),
        deletions: by_change,
    };

    // A moment that the caller names takes the place of the position that was reached.
    let after = if by_change && filters.updated_since.is_none() {
        (position.changed_xid.unwrap_or_default(), 0)
    } else {
        (0, 0)
    };

    let estimate = records::estimate(connection, descriptor, &selection, after).await?;
    let limit = filters.limit.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(i64::MAX);
    Ok(Some(estimate.min(limit)))
}
