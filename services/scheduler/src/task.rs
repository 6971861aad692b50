//! A task that never ends before the shutdown: an error or a panic ends its round, and the next one comes later.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use service::CancellationToken;
use tokio::time::sleep;

use crate::bell::Bell;
use crate::metrics;

/// The longest pause after rounds that failed one after another.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Runs a round at every ring until `shutdown` fires. A round that has begun is finished.
pub(crate) async fn run_task<F>(
    name: &'static str,
    mut bell: Bell,
    shutdown: CancellationToken,
    mut round: impl FnMut() -> F,
) where
    F: Future<Output = anyhow::Result<()>>,
{
    let mut failures = 0;
    while shutdown.run_until_cancelled(bell.next()).await.is_some() {
        // A panic must not end the task: nothing would start it again.
        match AssertUnwindSafe(round()).catch_unwind().await {
            Ok(Ok(())) => failures = 0,
            failed => {
                failures += 1;
                report_failure(name, failed);
                shutdown.run_until_cancelled(sleep(pause_after(failures))).await;
            }
        }
    }
}

fn report_failure(name: &'static str, failed: std::thread::Result<anyhow::Result<()>>) {
    metrics::failed_round(name);
    if let Ok(Err(error)) = failed {
        tracing::warn!(task = name, error = format!("{error:#}"), "a round failed; it is tried again");
    } else {
        tracing::error!(task = name, "a round panicked; it is tried again");
    }
}

fn pause_after(failures: u32) -> Duration {
    let doubled = Duration::from_millis(500).saturating_mul(1 << failures.saturating_sub(1).min(10));
    doubled.min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_task_survives_errors_and_panics() {
        let shutdown = CancellationToken::new();
        let rounds = AtomicUsize::new(0);
        let (bell, ringer) = crate::bell::hang_bell();
        ringer.ring();

        let running = run_task("test", bell, shutdown.clone(), || {
            let round = rounds.fetch_add(1, Ordering::SeqCst);
            let shutdown = shutdown.clone();
            ringer.ring();
            async move {
                match round {
                    0 => anyhow::bail!("away"),
                    1 => panic!("a fault"),
                    _ => shutdown.cancel(),
                }
                Ok(())
            }
        });

        running.await;
        assert_eq!(rounds.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn the_pause_grows_and_ends_growing() {
        assert_eq!(pause_after(1), Duration::from_millis(500));
        assert_eq!(pause_after(2), Duration::from_secs(1));
        assert_eq!(pause_after(100), LONGEST_PAUSE);
    }
}
