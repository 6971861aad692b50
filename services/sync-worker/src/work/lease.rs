//! Keeping a chunk's lease while its work goes on.

use crate::failure::Failure;
use crate::worker::Worker;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use storage::Pool;
use storage::chunks::{self, Chunk};
use tokio_util::sync::CancellationToken;

/// A lease that is renewed in the background, and the token that fires when it is lost by this process's own clock.
pub(crate) struct Lease {
    lost: CancellationToken,
    ended: CancellationToken,
    renewed: Arc<Mutex<Instant>>,
    /// A request may start only so long after a renewal.
    fresh_for: Duration,
    shutdown: CancellationToken,
}

/// At a stop, a request under way gets so long; the rest of the 15 s is for giving its records back.
const STOP_GRACE: Duration = Duration::from_secs(8);

impl Lease {
    /// Begins to keep the lease of a chunk that was claimed a moment ago.
    pub(crate) fn keep(worker: &Worker, chunk: &Chunk) -> Self {
        let lease = Self {
            lost: CancellationToken::new(),
            ended: CancellationToken::new(),
            renewed: Arc::new(Mutex::new(Instant::now())),
            fresh_for: worker.settings.work.lease_renew + Duration::from_secs(1),
            shutdown: worker.shutdown.clone(),
        };
        let keeper = Keeper {
            pool: worker.pool.clone(),
            chunk: chunk.clone(),
            length: worker.settings.work.lease,
            every: worker.settings.work.lease_renew,
            lost: lease.lost.clone(),
            ended: lease.ended.clone(),
            renewed: lease.renewed.clone(),
        };
        tokio::spawn(keeper.run());
        lease
    }

    /// Refuses to begin a request on a lease that was not renewed lately.
    pub(crate) fn check_fresh(&self) -> Result<(), Failure> {
        let renewed = *self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        if self.lost.is_cancelled() || renewed.elapsed() > self.fresh_for { Err(Failure::LeaseLost) } else { Ok(()) }
    }

    /// Ends once a request under way has to be given up, with the reason.
    pub(crate) async fn cut_off(&self) -> Failure {
        let stopped = async {
            self.shutdown.cancelled().await;
            tokio::time::sleep(STOP_GRACE).await;
        };
        tokio::select! {
            () = self.lost.cancelled() => Failure::LeaseLost,
            () = stopped => Failure::Stopping,
        }
    }

    /// Stops keeping it.
    pub(crate) fn end(&self) {
        self.ended.cancel();
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.ended.cancel();
    }
}

struct Keeper {
    pool: Pool,
    chunk: Chunk,
    length: Duration,
    every: Duration,
    lost: CancellationToken,
    ended: CancellationToken,
    renewed: Arc<Mutex<Instant>>,
}

impl Keeper {
    async fn run(self) {
        let mut pause = self.every;
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.ended.cancelled() => return,
            }
            let asked = Instant::now();
            let renewal = tokio::select! {
                renewal = tokio::time::timeout(self.every, self.renew()) => renewal.ok().flatten(),
                () = self.ended.cancelled() => return,
            };
            let last = *self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
            match renewal {
                Some(true) => {
                    *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = asked;
                    pause = self.every;
                }
                Some(false) => return self.lost.cancel(),
                None if last.elapsed() >= self.length => return self.lost.cancel(),
                None => pause = self.every / 5,
            }
        }
    }

    /// None where the database gave no answer.
    async fn renew(&self) -> Option<bool> {
        let mut connection = storage::pool::get(&self.pool).await.ok()?;
        chunks::renew(&mut connection, &self.chunk, self.length.as_secs_f64()).await.ok()
    }
}
