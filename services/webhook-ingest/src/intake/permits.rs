//! Wakes a worker after events were stored. Losing a permit costs a moment, so nobody waits for one.

use std::sync::Arc;
use std::time::Duration;

use broker::{Broker, Queue};
use messages::Message;
use messages::v1::WakeReason;
use service::CancellationToken;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_util::task::TaskTracker;

/// A worker looks for stored events by itself sooner than this.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Between two permits: a worker that has one goes on for as long as events wait, and a permit costs the broker as much
/// as many events.
const PAUSE: Duration = Duration::from_millis(10);

/// Asks for a permit; several askings while one is on its way become one.
#[derive(Clone)]
pub(super) struct Permits(Arc<Notify>);

impl Permits {
    pub(super) fn ask(&self) {
        self.0.notify_one();
    }
}

/// Publishes permits that are asked for, one at a time, until `finish` fires. None is sent while the broker is away.
pub(super) fn start_permits(broker: Broker, tasks: &TaskTracker, finish: CancellationToken) -> Permits {
    let asked = Arc::new(Notify::new());
    let permits = Permits(asked.clone());

    let publishing = async move {
        loop {
            asked.notified().await;
            if broker.is_connected() {
                // During the pause, many requests for a permit become one.
                publish_permit(&broker).await;
                sleep(PAUSE).await;
            }
        }
    };

    tasks.spawn(async move { finish.run_until_cancelled(publishing).await });
    permits
}

async fn publish_permit(broker: &Broker) {
    let permit = Message::webhooks(WakeReason::Webhook);
    match timeout(TIMEOUT, broker.publish(Queue::Webhooks, &permit)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::info!(%error, "a permit was not sent; workers find stored events by themselves"),
        Err(_) => tracing::info!("a permit was not confirmed in time; workers find stored events by themselves"),
    }
}
