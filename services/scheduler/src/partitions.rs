//! The months of monitoring data: made ahead at the start and every hour, dropped by the nightly clean-up.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use storage::upkeep::partitions;
use storage::{AsyncConnection as _, Connection};
use tokio::time::sleep;

use crate::context::Context;
use crate::metrics;

/// Months that are there beside the current one.
const AHEAD: u32 = 3;
const EVERY: Duration = Duration::from_hours(1);
/// A table that is in use is asked for again so often; then the next round tries.
const ATTEMPTS: u32 = 10;
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(500);

/// Makes partitions ahead.
pub(crate) struct Partitions {
    context: Context,
    last: Mutex<Option<Instant>>,
}

impl Partitions {
    pub(crate) fn new(context: Context) -> Self {
        Self { context, last: Mutex::new(None) }
    }

    /// Makes what is missing, once an hour.
    pub(crate) async fn round(self: Arc<Self>) -> anyhow::Result<()> {
        if !self.is_time() {
            return Ok(());
        }

        let mut connection = self.context.connection().await?;

        for month in partitions::missing(&mut connection, AHEAD).await? {
            insist_on(&mut connection, PartitionChange::Make(month)).await?;
            metrics::count_partition("made");
            tracing::info!(%month, "made the partition of a month of monitoring data");
        }

        metrics::stray_samples(partitions::in_default(&mut connection).await?);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(())
    }

    fn is_time(&self) -> bool {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_none_or(|last| last.elapsed() >= EVERY)
    }
}

/// Drops the months that are older than `months`.
pub(crate) async fn drop_expired(context: &Context, months: u32) -> anyhow::Result<()> {
    let mut connection = context.connection().await?;
    for name in partitions::expired(&mut connection, months).await? {
        insist_on(&mut connection, PartitionChange::Drop(&name)).await?;
        metrics::count_partition("dropped");
        tracing::info!(partition = name, "dropped the partition of a month of monitoring data");
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum PartitionChange<'a> {
    Make(chrono::NaiveDate),
    Drop(&'a str),
}

/// Tries until nobody is in the way. Each attempt waits a second at most, so that others behind it do not wait longer.
async fn insist_on(connection: &mut Connection, change: PartitionChange<'_>) -> anyhow::Result<()> {
    for attempt in 1.. {
        let done: storage::Result<()> = connection
            .transaction(async |connection| match change {
                PartitionChange::Make(month) => partitions::make(connection, month).await,
                PartitionChange::Drop(name) => partitions::drop(connection, name).await,
            })
            .await;

        match done {
            Err(error) if attempt < ATTEMPTS && storage::is_lock_timeout(&error) => sleep(BETWEEN_ATTEMPTS).await,
            done => return Ok(done?),
        }
    }
    Ok(())
}
