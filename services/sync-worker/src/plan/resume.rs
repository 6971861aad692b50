//! A run that goes on where an interrupted one stopped: by the same plan, so that together they are one run.

use crate::failure::Failure;
use crate::frozen::FrozenPlan;
use storage::Connection;
use storage::runs::syncs;
use storage::runs::syncs::SyncHead;

/// Takes over what the interrupted sync left. None where nothing is left of that sync, so that this one begins anew.
pub(super) async fn take_over(
    connection: &mut Connection,
    head: &SyncHead,
    interrupted: i64,
) -> Result<Option<FrozenPlan>, Failure> {
    if !syncs::take_over(connection, head.id, interrupted).await? {
        return Ok(None);
    }
    match syncs::head(connection, head.id).await? {
        Some(head) => FrozenPlan::of(&head),
        None => Ok(None),
    }
}
