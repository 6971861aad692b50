//! A bell that rings every second. It only says that time has passed. The database decides what is due, so that a ring
//! too many does nothing and one too few is made up for by the next.

use std::time::Duration;

use service::CancellationToken;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, sleep, timeout};
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use crate::metrics;

/// Six fields: every second.
const EVERY_SECOND: &str = "* * * * * *";
/// A bell that is silent for this long has stopped; its library is known for jobs that end for good.
const SILENCE: Duration = Duration::from_secs(5);
/// A listener goes on after this long without a ring.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// One who listens. Rings that come while it is busy count as one.
#[derive(Clone)]
pub(crate) struct Bell(watch::Receiver<u64>);

impl Bell {
    /// Returns with the next ring, or after 2 s of silence.
    pub(crate) async fn next(&mut self) {
        // The ringer is gone: without a pause, the listener would spin.
        if let Ok(Err(_)) = timeout(LONGEST_WAIT, self.0.changed()).await {
            sleep(LONGEST_WAIT).await;
        }
    }
}

/// Hangs a bell up. The other half rings it until `shutdown` fires, and makes it anew whenever it stops.
pub(crate) fn hang_bell() -> (Bell, Ringer) {
    let (rings, bell) = watch::channel(0);
    (Bell(bell), Ringer { rings })
}

/// A bell that rings so often until `shutdown` fires, and what rings it.
pub(crate) fn hang_quick(every: Duration, shutdown: CancellationToken) -> (Bell, impl Future<Output = ()>) {
    let (rings, bell) = watch::channel(0_u64);
    let mut clock = tokio::time::interval(every);
    // After a pause of the process one ring is enough.
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);

    let ringing = async move {
        while shutdown.run_until_cancelled(clock.tick()).await.is_some() {
            rings.send_modify(|count| *count += 1);
        }
    };

    (Bell(bell), ringing)
}

/// Rings.
pub(crate) struct Ringer {
    rings: watch::Sender<u64>,
}

impl Ringer {
    /// Rings once.
    #[cfg(test)]
    pub(crate) fn ring(&self) {
        self.rings.send_modify(|count| *count += 1);
    }

    /// Rings until `shutdown` fires.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            let ringing = match self.begin().await {
                Ok(clock) => Some(clock),
                Err(error) => {
                    tracing::warn!(%error, "the scheduler's bell could not be started; it is tried again");
                    None
                }
            };
            // The library's jobs may end without a word, so the silence is what tells.
            shutdown.run_until_cancelled(self.silent()).await;

            if let Some(mut clock) = ringing
                && let Err(error) = clock.shutdown().await
            {
                tracing::info!(%error, "the scheduler's bell could not be stopped");
            }

            if !shutdown.is_cancelled() {
                metrics::silent_bell();
                tracing::warn!("the scheduler's bell had stopped; it is started again");
            }
        }
    }

    async fn begin(&self) -> Result<JobScheduler, JobSchedulerError> {
        let clock = JobScheduler::new().await?;
        let rings = self.rings.clone();
        clock.add(Job::new(EVERY_SECOND, move |_, _| rings.send_modify(|count| *count += 1))?).await?;
        clock.start().await?;
        Ok(clock)
    }

    /// Returns once no ring has come for [`SILENCE`].
    async fn silent(&self) {
        let mut heard = self.rings.subscribe();
        while timeout(SILENCE, heard.changed()).await.is_ok() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_bell_rings_until_the_shutdown() {
        let (mut bell, ringer) = hang_bell();
        let shutdown = CancellationToken::new();
        let ringing = tokio::spawn(ringer.run(shutdown.clone()));
        timeout(Duration::from_secs(10), bell.0.changed()).await.expect("it rings").expect("it hangs");
        shutdown.cancel();
        timeout(Duration::from_secs(10), ringing).await.expect("it ends").unwrap();
    }

    #[tokio::test]
    async fn a_silent_bell_delays_no_listener() {
        let (mut bell, _ringer) = hang_bell();
        timeout(LONGEST_WAIT * 10, bell.next()).await.expect("it goes on");
    }
}
