//! The end of a run that somebody asked for: nothing more is begun, and what is under way comes to its end.

use super::walk::{Step, wake};
use crate::failure::Failure;
use crate::worker::Worker;
use domain::SyncStatus;
use storage::runs::chunks::Chunk;
use storage::runs::syncs;
use storage::runs::syncs::SyncHead;
use storage::{AsyncConnection, Connection};

/// Drops what nobody works on, and ends the run once nothing is under way. Under the sync's lock.
pub(super) async fn stop(connection: &mut Connection, head: &SyncHead) -> Result<Step, Failure> {
    let Some(ended) = syncs::end_cancelled(connection, head.id, head.entity).await? else { return Ok(Step::default()) };
    tracing::info!(sync_id = head.id, read = ended.counts.read, "sync cancelled");
    crate::metrics::sync_ended(SyncStatus::Cancelled, &ended.counts);
    Ok(Step { new_chunks: 0, next_sync: ended.next })
}

/// Drops a chunk of a cancelled run that its worker holds and has not begun.
pub(crate) async fn leave(worker: &Worker, chunk: &Chunk) -> Result<(), Failure> {
    let mut connection = worker.connection().await?;
    let step = connection
        .transaction(async |connection| {
            syncs::lock(connection, chunk.sync_id).await?;
            syncs::drop_held(connection, chunk).await?;
            match syncs::head(connection, chunk.sync_id).await? {
                Some(head) if head.cancel_requested => stop(connection, &head).await,
                _ => Ok(Step::default()),
            }
        })
        .await?;

    wake(worker, &step).await;
    Ok(())
}
