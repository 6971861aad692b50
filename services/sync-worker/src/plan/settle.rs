//! Between the pull and the push of one run. A push by change positions sees what lies below the oldest transaction that
//! is still open, so one that began before the pull's last commit would hide what the pull left different. The push
//! waits for such transactions to end, but not for ever: what it does not see is in the next run.

use super::phase::Phase;
use super::walk::{Settling, Walk};
use crate::failure::Failure;
use crate::frozen::FrozenPlan;
use domain::SyncType;
use storage::runs::chunks;
use storage::runs::horizon;
use storage::runs::syncs::{self, SyncHead};
use storage::{Connection, outbox};

/// Seconds that a run waits at most.
const LONGEST: f64 = 10.0;
/// Seconds until it looks again.
const AGAIN: f64 = 0.2;

/// Whether the next phase can begin. If not, a chunk looks again in a moment.
pub(super) async fn is_settled(
    connection: &mut Connection,
    head: &SyncHead,
    frozen: &FrozenPlan,
    walk: &mut Walk,
    next: Phase,
) -> Result<bool, Failure> {
    let by_position = head.sync_type != SyncType::Full && !frozen.source.is_list();
    if next != Phase::Push || !by_position || !frozen.effect.writes() {
        return Ok(true);
    }

    let own = horizon::own_xid(connection).await?;
    let now = horizon::now(connection).await?;
    let waited_for = *walk.settling.get_or_insert(Settling { xid: own, until: now.at + LONGEST });

    if now.xid >= waited_for.xid || now.at >= waited_for.until {
        return Ok(true);
    }

    syncs::save_walk(connection, head.id, &walk.to_json(), true).await?;
    chunks::add_step(connection, head.id, AGAIN).await?;
    outbox::add_later_work_permit(connection, AGAIN).await?;
    Ok(false)
}
