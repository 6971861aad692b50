//! Looking at a sync until it ends.

mod screen;

pub use screen::Screen;

use crate::gateway::sync::Sync;
use crate::gateway::{Gateway, GatewayError};
use anyhow::Context as _;
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::time::sleep;

const PACE: Duration = Duration::from_millis(100);
/// A sync that runs for longer is looked at less often.
const FIRST_MINUTE: Duration = Duration::from_mins(1);
const SLOW_PACE: Duration = Duration::from_millis(500);
/// How long a gateway may be away meanwhile; the sync goes on without it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Shows a sync's progress until it has ended for good.
pub async fn watch_sync(gateway: &Gateway, id: i64, screen: &mut Screen) -> anyhow::Result<(Sync, Value)> {
    let started = Instant::now();
    let mut answered = Instant::now();
    loop {
        match gateway.sync(id).await {
            Ok((sync, data)) => {
                answered = Instant::now();
                screen.show(&sync);
                if sync.status.is_final() {
                    screen.end();
                    return Ok((sync, data));
                }
            }
            Err(error) if error.is_passing() && answered.elapsed() < PATIENCE => {}
            Err(error) => return Err(lost_sync(id, error)),
        }
        sleep(if started.elapsed() < FIRST_MINUTE { PACE } else { SLOW_PACE }).await;
    }
}

fn lost_sync(id: i64, error: GatewayError) -> anyhow::Error {
    let goes_on = format!("sync {id} goes on, but cannot be watched; look again with `geniacsctl sync status {id}`");
    Err::<(), _>(error).context(goes_on).err().unwrap_or_else(|| anyhow::anyhow!("the sync cannot be watched"))
}
