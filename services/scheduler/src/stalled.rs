//! Runs that show no progress: found, told, counted, and moved on.

use storage::AsyncConnection as _;
use storage::runs::stalled;

use crate::context::Context;
use crate::metrics;

/// Looks once for runs without progress.
pub(crate) async fn count_stalled_syncs(context: Context) -> anyhow::Result<()> {
    let after = context.settings.sync.stalled_after.as_secs_f64();
    let mut connection = context.connection().await?;
    let found = connection.transaction(async |connection| stalled::mark(connection, after).await).await?;
    for sync in &found {
        tracing::warn!(sync_id = sync.id, seconds = sync.seconds, "a sync shows no progress; it gets a plan chunk");
    }
    metrics::set_stalled(stalled::count(&mut connection).await?);
    Ok(())
}
