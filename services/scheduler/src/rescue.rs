//! Wakes work that nobody took up: its permit was lost, or its worker died. The work is in the database; only the waking
//! is done again, while the broker is there to do it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use broker::Queue;
use messages::Message;
use messages::v1::WakeReason;
use storage::runs::{chunks, rescue};
use storage::{AsyncConnection as _, webhooks};

use crate::apart::TaskSubject;
use crate::context::Context;
use crate::metrics;

/// Permits of one rescue: as many as are worth waking at once.
const MOST: i64 = 16;
/// Work that has been ready for this long, or for `rescue.after_seconds` where that is less, is woken again. An expired
/// lease of 15 s and this wait stay within the 30 s in which an orphaned chunk is to be taken up.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Looks as often as it wakes, so that permits do not pile up where workers are only busy.
pub(crate) struct Rescue {
    context: Context,
    wait: Duration,
    last: Mutex<Option<Instant>>,
}

impl Rescue {
    pub(crate) fn new(context: Context) -> Self {
        let wait = context.settings.rescue.after.min(LONGEST_WAIT);
        Self { context, wait, last: Mutex::new(None) }
    }

    /// Wakes what is overdue.
    pub(crate) async fn round(self: Arc<Self>) -> anyhow::Result<()> {
        // Without the broker nothing can be woken, and workers look for work by themselves.
        if self.context.broker.is_connected() && self.is_time() {
            self.move_orphaned_syncs().await?;
            self.wake_chunks().await?;
            self.wake_events().await?;
        }
        Ok(())
    }

    fn is_time(&self) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = last.is_none_or(|last| last.elapsed() >= self.wait);
        if is_time {
            // Set before the work, so that a failure does not lead to a look with every ring.
            *last = Some(Instant::now());
        }
        is_time
    }

    async fn move_orphaned_syncs(&self) -> anyhow::Result<()> {
        let moved = move_orphaned_syncs(&self.context).await?;
        self.wake("sync", Queue::Work, Message::work(WakeReason::Rescue), moved).await
    }

    async fn wake_chunks(&self) -> anyhow::Result<()> {
        let mut connection = self.context.connection().await?;
        let overdue = chunks::overdue(&mut connection, self.wait.as_secs_f64(), MOST).await?;
        drop(connection);
        let overdue = usize::try_from(overdue).unwrap_or(0);
        self.wake("chunk", Queue::Work, Message::work(WakeReason::Rescue), overdue).await
    }

    async fn wake_events(&self) -> anyhow::Result<()> {
        let mut connection = self.context.connection().await?;
        let overdue = webhooks::overdue(&mut connection, self.wait.as_secs_f64()).await?;
        drop(connection);
        self.wake("webhook_events", Queue::Webhooks, Message::webhooks(WakeReason::Rescue), usize::from(overdue)).await
    }

    async fn wake(&self, kind: &'static str, queue: Queue, permit: Message, count: usize) -> anyhow::Result<()> {
        if count == 0 {
            return Ok(());
        }
        metrics::count_rescued(kind, count);
        Ok(self.context.broker.publish_all(queue, &vec![permit; count]).await?)
    }
}

/// Gives syncs that nothing moves any more a chunk that does; returns how many.
pub(crate) async fn move_orphaned_syncs(context: &Context) -> anyhow::Result<usize> {
    let mut connection = context.connection().await?;
    let mut moved = 0;

    for sync_id in chunks::orphaned_syncs(&mut connection).await? {
        let replan = async {
            let replanned = connection.transaction(async |connection| rescue::replan(connection, sync_id).await);
            Ok(replanned.await?)
        };

        // A sync that cannot be moved must not keep the others from it.
        if context.apart.run("rescue", TaskSubject(sync_id, None), replan).await? == Some(true) {
            tracing::warn!(sync_id, "a running sync without open chunks gets a plan chunk");
            moved += 1;
        }
    }
    Ok(moved)
}
