//! Keeping a chunk's lease while its work goes on.

use crate::failure::Failure;
use service::settings::WorkSettings;
use std::time::{Duration, Instant};
use storage::Pool;
use storage::runs::chunks::{self, Chunk};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A lease that is renewed in the background, and the token that fires when it is lost by this process's own clock.
pub(crate) struct Lease {
    lost: CancellationToken,
    ended: CancellationToken,
    renewed: watch::Receiver<Instant>,
    /// A request may start only so long after a renewal.
    fresh_for: Duration,
    shutdown: CancellationToken,
}

/// At a stop, a request under way gets so long; the rest of the 15 s is for giving its records back.
const STOP_GRACE: Duration = Duration::from_secs(8);

impl Lease {
    /// Begins to keep the lease of a chunk that was claimed a moment ago.
    pub(crate) fn keep(pool: &Pool, settings: &WorkSettings, shutdown: &CancellationToken, chunk: &Chunk) -> Self {
        let (renewing, renewed) = watch::channel(Instant::now());
        let lease = Self {
            lost: CancellationToken::new(),
            ended: CancellationToken::new(),
            renewed,
            fresh_for: settings.lease_renew + Duration::from_secs(1),
            shutdown: shutdown.clone(),
        };

        let keeper = Keeper {
            pool: pool.clone(),
            chunk: chunk.clone(),
            length: settings.lease,
            every: settings.lease_renew,
            lost: lease.lost.clone(),
            ended: lease.ended.clone(),
            renewing,
        };

        tokio::spawn(keeper.run());
        lease
    }

    /// Waits until the lease was renewed lately, as it has to be when a request begins.
    pub(crate) async fn fresh(&self) -> Result<(), Failure> {
        let mut renewed = self.renewed.clone();
        tokio::select! {
            biased;
            () = self.lost.cancelled() => Err(Failure::LeaseLost),
            waited = renewed.wait_for(|at| at.elapsed() < self.fresh_for) => waited.map(|_| ()).map_err(|_| Failure::LeaseLost),
        }
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
    renewing: watch::Sender<Instant>,
}

impl Keeper {
    async fn run(self) {
        let mut pause = self.every;
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.ended.cancelled() => return,
            }

            // The lease counts from before the question, however late the answer comes.
            let asked = Instant::now();
            let renewal = tokio::select! {
                renewal = tokio::time::timeout(self.every, self.renew()) => renewal.ok().flatten(),
                () = self.ended.cancelled() => return,
            };

            let last = *self.renewing.borrow();
            match renewal {
                Some(true) => {
                    self.renewing.send_replace(asked);
                    pause = self.every;
                }
                Some(false) => return self.lost.cancel(),
                None if last.elapsed() >= self.length => return self.lost.cancel(),
                // The lease still holds, and another answer may come in time.
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
