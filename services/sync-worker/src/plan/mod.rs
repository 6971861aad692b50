//! The life of a run: its plan is frozen, each phase's walk is cut into chunks a window at a time, and it ends.

mod advance;
mod begin;
mod cancel;
mod end;
mod freeze;
mod phase;
mod resume;
mod settle;
mod walk;

pub(crate) use advance::{advance, is_over_time, leave_if_cancelled};
pub(crate) use begin::{geniacs_ids, local_id};
pub(crate) use cancel::leave;
pub(crate) use end::{fail, interrupt};
pub(crate) use phase::{Caveat, Phase, needs_confirmation};
pub(crate) use walk::Walk;

use crate::failure::Failure;
use crate::frozen::FrozenPlan;
use crate::worker::Worker;
use domain::{Counts, SyncStatus};
use storage::AsyncConnection;
use storage::runs::chunks::{self, Chunk};
use storage::runs::syncs;

/// Runs a plan chunk: freezes the plan if there is none, puts the records of an earlier try back in line, and cuts the
/// first window. On a sync that is under way it only makes its next step, which is how a crash between two is mended.
pub(crate) async fn run(worker: &Worker, chunk: &Chunk) -> Result<(), Failure> {
    let mut connection = worker.connection().await?;
    let step = connection
        .transaction(async |connection| {
            syncs::hold(connection, chunk.sync_id).await?;
            if !chunks::count(connection, chunk, &Counts::default(), true).await? {
                return Err(Failure::LeaseLost);
            }

            let Some(head) = syncs::head(connection, chunk.sync_id).await? else { return Err(Failure::LeaseLost) };
            if head.status != SyncStatus::Processing {
                return Ok(walk::Step::default());
            }
            if head.cancel_requested {
                return cancel::stop(connection, &head).await;
            }

            let frozen = match FrozenPlan::of(&head)? {
                Some(frozen) => frozen,
                None => freeze::freeze(connection, worker, &head).await?,
            };

            freeze::take_up_failed(connection, &head, &frozen).await?;
            advance::step(connection, worker, chunk.sync_id, &frozen).await
        })
        .await?;

    walk::wake(worker, &step).await;
    Ok(())
}
