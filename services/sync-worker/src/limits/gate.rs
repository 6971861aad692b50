//! The gate before each request of a chunk.

use super::Limits;
use super::known::{Known, Reason};
use super::pot::{ARRIVED, Answer, HOLD, Unused};
use crate::metrics;
use geniacs::{Gate, GateFuture, Heard, PartnerClock, PartnerError, Pass};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use storage::partners::limits;
use storage::runs::chunks::Chunk;
use tokio::sync::OwnedMutexGuard;

/// Workers to wake once a partner is back.
const WAKE: usize = 8;
/// The longest that a chunk under way waits for a permit: as long as a minute's windows may be used up, and a little.
const PATIENCE: Duration = Duration::from_secs(70);
/// Others may give permits back meanwhile.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// The gate for one chunk's requests. Clones share what it knows.
#[derive(Clone)]
pub(crate) struct ChunkGate {
    inner: Arc<Inner>,
    /// The version of the integration whose credentials are used.
    version: i32,
    /// Whether there are rate limits.
    limited: bool,
}

struct Inner {
    limits: Arc<Limits>,
    known: Arc<Known>,
    /// Whether the chunk was claimed as the probe of an open breaker.
    probing: bool,
    /// Whether the probe's outcome is known.
    probed: AtomicBool,
    /// One request at a time until then.
    probe: Arc<tokio::sync::Mutex<()>>,
    /// Whether a request was let through.
    under_way: AtomicBool,
    /// Whether failures are those of the chunk's own records, while others go through.
    own_failures: AtomicBool,
}

impl ChunkGate {
    pub(super) fn new(limits: Arc<Limits>, known: Arc<Known>, chunk: &Chunk) -> Self {
        let probing = chunk.probing;
        let (probed, probe, under_way) = (AtomicBool::default(), Arc::default(), AtomicBool::default());
        let own_failures = AtomicBool::default();
        let inner = Inner { limits, known, probing, probed, probe, under_way, own_failures };
        Self { inner: Arc::new(inner), version: chunk.integration_version, limited: true }
    }

    /// The same gate for a client with these credentials of the integration, which has rate limits or not.
    pub(crate) fn of_account(&self, version: i32, limited: bool) -> Self {
        Self { inner: self.inner.clone(), version, limited }
    }

    /// The partner's clock, by which its times are read.
    pub(crate) fn clock(&self) -> Arc<PartnerClock> {
        self.inner.known.clock.clone()
    }

    /// The chunk came to its end: a probe that was not made is left to others.
    pub(crate) async fn end(&self) {
        let Inner { limits, known, probing, probed, .. } = &*self.inner;
        if !probing || probed.load(Ordering::Relaxed) {
            return;
        }
        if let Ok(mut connection) = limits.connection().await {
            // If it fails, the next probe is due when this one's request would have timed out.
            let _ = limits::probe_was_not_used(&mut connection, known.integration_id).await;
        }
    }

    async fn let_through(&self) -> Result<Leave, PartnerError> {
        let probe = self.inner.turn().await;
        self.inner.refresh().await;

        if let Some(held) = self.inner.known.held()
            && !(held.reason == Reason::Breaker && self.inner.probing)
        {
            return Err(held_back(held.reason, held.until.saturating_duration_since(Instant::now())));
        }

        if self.limited {
            self.inner.permit().await?;
        }

        self.inner.under_way.store(true, Ordering::Relaxed);
        Ok(Leave { gate: self.clone(), _probe: probe })
    }
}

fn held_back(reason: Reason, retry_after: Duration) -> PartnerError {
    metrics::held_back(reason.as_str());
    // An open breaker whose probe is under way has no time of its own.
    let retry_after = retry_after.max(Duration::from_millis(100));
    PartnerError::HeldBack { retry_after, reason: reason.sentence().to_owned() }
}

impl Inner {
    /// While a probe is to be made: its turn, so that one request goes and not several.
    async fn turn(&self) -> Option<OwnedMutexGuard<()>> {
        if !self.probing || self.probed.load(Ordering::Relaxed) {
            return None;
        }
        let guard = self.probe.clone().lock_owned().await;
        (!self.probed.load(Ordering::Relaxed)).then_some(guard)
    }

    /// Reads how the integration stands, if that was last heard a while ago.
    async fn refresh(&self) {
        if !self.known.is_stale() {
            return;
        }

        let standing = async {
            let mut connection = self.limits.connection().await.ok()?;
            limits::standing(&mut connection, self.known.integration_id).await.ok()
        };
        // Without the database the lease is lost soon, and with it the right to send.
        if let Some(standing) = standing.await {
            self.known.read(&standing);
        }
    }

    /// Takes a permit. A chunk of several requests that is under way waits for its next one, lest what it has be asked for
    /// again and again; one in this process, so that the others have their hands free.
    async fn permit(&self) -> Result<(), PartnerError> {
        let mut refused = self.take_permit().await;
        if refused.is_ok() || !self.under_way.load(Ordering::Relaxed) {
            return refused;
        }

        let Ok(_only_one) = self.known.waiting.try_acquire() else { return refused };
        while let Err(PartnerError::HeldBack { retry_after, .. }) = refused {
            let wait = tokio::time::sleep(retry_after.min(LOOK_AGAIN));
            if retry_after > PATIENCE || self.limits.shutdown.run_until_cancelled(wait).await.is_none() {
                break;
            }
            refused = self.take_permit().await;
        }

        refused
    }

    async fn take_permit(&self) -> Result<(), PartnerError> {
        // The other requests wait at this lock, and are served from what this one takes.
        let mut pot = self.known.pot.lock().await;
        let wanted = match pot.take(Instant::now()) {
            Answer::Taken => return Ok(()),
            Answer::Refused(wait) => return Err(held_back(Reason::Permits, wait)),
            Answer::Empty { wanted } => wanted,
        };

        let leftovers = pot.leftovers(Instant::now());
        let asked = Instant::now();
        let taken = async {
            let mut connection = self.limits.connection().await.ok()?;
            give_back(&mut connection, self.known.integration_id, leftovers).await;
            limits::take(&mut connection, self.known.integration_id, wanted, ARRIVED.as_secs_f64()).await.ok()
        };
        // Who cannot count must not send.
        let Some(permits) = taken.await else { return Err(held_back(Reason::Permits, Duration::from_secs(1))) };

        let several = permits.granted > 1;
        let answer = pot.fill(permits, asked);
        drop(pot);
        if several {
            tokio::spawn(give_back_later(self.limits.clone(), self.known.clone()));
        }

        match answer {
            Answer::Refused(wait) => Err(held_back(Reason::Permits, wait)),
            _ => Ok(()),
        }
    }

    /// Notes what a request says about the partner, for all workers.
    async fn hear(&self, heard: &Heard, version: i32) {
        self.limits.note_clock(&self.known).await;

        let failed = heard.error.as_ref().is_some_and(PartnerError::is_outage);
        let outage = failed && !self.own_failures.load(Ordering::Relaxed);
        let refused = matches!(heard.error, Some(PartnerError::Credentials { .. }));
        let recovered = !failed && (self.probing || self.known.is_failing());
        let is_news = outage || refused || recovered || heard.pause_for.is_some();

        if is_news && let Err(error) = self.note(heard, version, (outage, refused, recovered)).await {
            tracing::warn!(error, "what the partner answered could not be noted for the other workers");
        }

        if self.probing {
            self.probed.store(true, Ordering::Relaxed);
        }
    }

    async fn note(&self, heard: &Heard, version: i32, what: (bool, bool, bool)) -> Result<(), String> {
        let (outage, refused, recovered) = what;
        let id = self.known.integration_id;
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let mut connection = self.limits.connection().await.map_err(|error| text(&error))?;

        if outage {
            let probing = self.probing && !self.probed.load(Ordering::Relaxed);
            let jitter = rand::random_range(0.8..=1.0);

            let failed = limits::failed(&mut connection, id, &self.limits.rule, probing, jitter).await;
            let standing = failed.map_err(|error| text(&error))?;
            if standing.open_for.is_some() && (probing || !self.known.is_held()) {
                metrics::breaker("open");
                tracing::warn!(integration_id = id, "the partner fails: its breaker is open");
            }
            self.known.read(&standing);
        } else if recovered {
            let was_open = limits::succeeded(&mut connection, id).await.map_err(|error| text(&error))?;
            self.known.recovered();
            if was_open {
                metrics::breaker("closed");
                tracing::info!(integration_id = id, "the partner is back: its breaker is closed");
                self.limits.wake().await;
            }
        }

        if let Some(pause) = heard.pause_for {
            let reason = heard.error.as_ref().map_or("last_request_of_a_window", PartnerError::error_type);
            let paused = limits::pause(&mut connection, id, pause.as_secs_f64(), reason).await;
            paused.map_err(|error| text(&error))?;
            metrics::paused(reason);
            self.known.hold(Reason::Paused, pause);
        }

        if refused {
            let seconds = self.limits.credentials_test_seconds;
            let current = limits::refuse_credentials(&mut connection, id, version, seconds).await;
            if current.map_err(|error| text(&error))? {
                metrics::paused("credentials_refused");
                self.known.refuse();
            }
        }
        Ok(())
    }
}

impl Limits {
    async fn wake(&self) {
        let permits = vec![messages::Message::work(messages::v1::WakeReason::Continued); WAKE];
        // If they are lost, the sweep finds the work.
        let _ = self.broker.publish_all(broker::Queue::Work, &permits).await;
    }
}

/// Gives back what is left of permits once they may not be used any more.
async fn give_back_later(limits: Arc<Limits>, known: Arc<Known>) {
    tokio::time::sleep(HOLD).await;
    let leftovers = known.pot.lock().await.leftovers(Instant::now());
    if leftovers.is_some()
        && let Ok(mut connection) = limits.connection().await
    {
        give_back(&mut connection, known.integration_id, leftovers).await;
    }
}

/// Whatever cannot be given back counts as used.
async fn give_back(connection: &mut storage::Connection, integration_id: i64, leftovers: Option<Unused>) {
    if let Some(Unused { permits, counted }) = leftovers {
        let _ = limits::give_back(connection, integration_id, permits, &counted).await;
    }
}

impl Gate for ChunkGate {
    fn enter(&self) -> GateFuture<'_, Result<Box<dyn Pass>, PartnerError>> {
        Box::pin(async move { Ok(Box::new(self.let_through().await?) as Box<dyn Pass>) })
    }

    fn own_failures(&self, own: bool) {
        self.inner.own_failures.store(own, Ordering::Relaxed);
    }
}

/// One request's leave. A probe's turn lasts until the request is answered or cut off.
struct Leave {
    gate: ChunkGate,
    _probe: Option<OwnedMutexGuard<()>>,
}

impl Pass for Leave {
    fn answered(self: Box<Self>, heard: Heard) -> GateFuture<'static, ()> {
        Box::pin(async move { self.gate.inner.hear(&heard, self.gate.version).await })
    }
}
