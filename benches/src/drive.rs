//! Driving something with a number of calls at once, as fast as it goes or at a fixed pace.

use crate::line::Latency;
use crate::stats::{latency, number};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::sleep_until;

/// One of the callers, with a connection of its own.
pub trait Caller: Send + 'static {
    /// Makes the call of this number and waits for its answer.
    fn call(&mut self, number: u64) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// What driving came to.
#[derive(Debug, Clone, Copy)]
pub struct Driven {
    /// Calls a second.
    pub rate: f64,
    /// From the moment that a call was due to its answer.
    pub latency: Option<Latency>,
    /// The number of the next call.
    pub next: u64,
}

/// Lets callers call for a while. With a pace (calls a second), a call that is late counts from when it was due, so that
/// a stall shows in the calls that it kept waiting. Calls are numbered from `first`.
pub async fn drive<C: Caller>(
    callers: Vec<C>,
    pace: Option<f64>,
    duration: Duration,
    first: u64,
) -> anyhow::Result<Driven> {
    let turns = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut running = JoinSet::new();
    for caller in callers {
        running.spawn(call_all(caller, turns.clone(), pace, (started, duration), first));
    }

    let mut all = Vec::new();
    while let Some(latencies) = running.join_next().await {
        all.extend(latencies??);
    }

    let seconds = started.elapsed().as_secs_f64();
    let count = u64::try_from(all.len())?;
    Ok(Driven { rate: number(count) / seconds, latency: latency(all), next: first + turns.load(Ordering::Relaxed) })
}

async fn call_all<C: Caller>(
    mut caller: C,
    turns: Arc<AtomicU64>,
    pace: Option<f64>,
    (started, duration): (Instant, Duration),
    first: u64,
) -> anyhow::Result<Vec<Duration>> {
    let mut latencies = Vec::with_capacity(4_096);
    loop {
        let turn = turns.fetch_add(1, Ordering::Relaxed);
        let due = match pace {
            Some(pace) => started + Duration::from_secs_f64(number(turn) / pace),
            None => Instant::now(),
        };

        if due >= started + duration {
            return Ok(latencies);
        }
        if pace.is_some() {
            sleep_until(due.into()).await;
        }

        caller.call(first + turn).await?;
        latencies.push(due.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(Arc<AtomicU64>);

    impl Caller for Counting {
        async fn call(&mut self, _: u64) -> anyhow::Result<()> {
            self.0.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_pace_is_kept_by_all_callers_together() {
        let count = Arc::<AtomicU64>::default();
        let callers = (0..4).map(|_| Counting(count.clone())).collect();
        let driven = drive(callers, Some(1_000.0), Duration::from_millis(50), 7).await.unwrap();
        assert_eq!(count.load(Ordering::Relaxed), 50);
        assert!(driven.next >= 57 && driven.latency.is_some());
    }
}
