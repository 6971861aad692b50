//! Being told by the database that there is something to read.

use futures_util::StreamExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use storage::PoolOptions;
use storage::console::live;
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};

/// After a connection was lost or refused.
const AGAIN: Duration = Duration::from_secs(5);

/// A connection that listens for as long as this value lives.
pub(super) struct Wake {
    told: Arc<Notify>,
    listens: Arc<AtomicBool>,
    _end: DropGuard,
}

impl Wake {
    pub(super) fn start(options: PoolOptions) -> Self {
        let (told, listens, end) = (Arc::<Notify>::default(), Arc::<AtomicBool>::default(), CancellationToken::new());
        let keep = keep_listening(options, told.clone(), listens.clone());
        tokio::spawn(end.clone().run_until_cancelled_owned(keep));
        Self { told, listens, _end: end.drop_guard() }
    }

    /// Whether notifications come. While they do not, changes have to be looked for.
    pub(super) fn works(&self) -> bool {
        self.listens.load(Ordering::Relaxed)
    }

    /// Waits for the next one.
    pub(super) async fn told(&self) {
        self.told.notified().await;
    }
}

async fn keep_listening(options: PoolOptions, told: Arc<Notify>, listens: Arc<AtomicBool>) {
    loop {
        if let Err(error) = listen_until_end(&options, &told, &listens).await {
            tracing::info!(%error, "live events are polled for: the database cannot be listened to");
        }
        listens.store(false, Ordering::Relaxed);
        // Wakes the loop, so that it begins to poll at once.
        told.notify_one();
        tokio::time::sleep(AGAIN).await;
    }
}

/// Listens until the connection ends.
async fn listen_until_end(options: &PoolOptions, told: &Notify, listens: &AtomicBool) -> anyhow::Result<()> {
    let mut connection = storage::pool::dedicated(options).await?;
    live::listen(&mut connection).await?;
    listens.store(true, Ordering::Relaxed);
    // What changed before the connection listened was not told: it is looked for once.
    told.notify_one();

    let mut notifications = std::pin::pin!(connection.notifications_stream());
    while let Some(notification) = notifications.next().await {
        notification?;
        told.notify_one();
    }
    anyhow::bail!("the connection has ended")
}
