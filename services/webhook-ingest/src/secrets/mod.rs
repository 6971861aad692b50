//! Which integration signed a body.
//!
//! Secrets are kept in memory, read anew every few seconds, and go on being used while the database is away. What
//! matches none of them waits for one more reading, so that a new integration or a rotated secret works at once.
//! Readings are shared by all who wait and keep a distance, so that wrong signatures cost the database little.

mod cache;
mod known;
mod reader;

use std::sync::Arc;

use secrets::{KeyRing, PresentedSignature};
use service::CancellationToken;
use storage::Pool;
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

use cache::Cache;
use known::KnownSecret;
use reader::{Reader, Reading};

/// Who may wait for a reading; beyond that, what does not match is refused at once.
const WAITING: usize = 1_024;
/// Hashed with where there is no secret, so that everything costs the same. A match with it counts for nothing.
const NOBODY: &[u8] = b"nobody";
/// Bytes hashed before other requests of the thread get their turn.
const HASHED_AT_ONCE: usize = 1024 * 1024;

/// Whose secret must have signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WebhookTarget {
    /// That of any active integration.
    Any,
    /// That of this integration, active or not.
    One(i64),
}

/// Why nobody is known to have signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unverified {
    /// No secret fits.
    NoMatch,
    /// The secrets of several integrations fit.
    SeveralMatch,
    /// The integration is not known here, and the database is away.
    SecretsAway,
}

/// The secrets at hand.
pub(crate) struct KnownSecrets {
    cache: Cache,
    readings: mpsc::Sender<oneshot::Sender<Reading>>,
}

impl KnownSecrets {
    /// Reads all secrets, and keeps them fresh until `finish` fires.
    pub(crate) async fn load(
        pool: Pool,
        keys: Arc<KeyRing>,
        tasks: &TaskTracker,
        finish: CancellationToken,
    ) -> anyhow::Result<Self> {
        let (readings, asked) = mpsc::channel(WAITING);
        let cache = Cache::default();
        let mut reader = Reader::new(pool, keys, cache.clone(), asked);
        reader.read().await?;
        tasks.spawn(async move { finish.run_until_cancelled(reader.run()).await });
        Ok(Self { cache, readings })
    }

    /// The integration whose secret signed the body.
    pub(crate) async fn verify(
        &self,
        target: WebhookTarget,
        body: &[u8],
        signature: PresentedSignature,
    ) -> Result<i64, Unverified> {
        match self.attempt(target, body, signature).await {
            Err(Unverified::NoMatch) => {}
            answered => return answered,
        }
        match self.read_again().await {
            Reading::Fresh => self.attempt(target, body, signature).await,
            Reading::Failed if self.is_unknown(target) => Err(Unverified::SecretsAway),
            Reading::Failed | Reading::NotNow => Err(Unverified::NoMatch),
        }
    }

    async fn attempt(
        &self,
        target: WebhookTarget,
        body: &[u8],
        signature: PresentedSignature,
    ) -> Result<i64, Unverified> {
        let candidates = self.candidates(target);
        let mut matching = None;
        let mut hashed = 0;

        for candidate in &candidates {
            // Every candidate is hashed, even after a match, so that two integrations with one secret are noticed.
            if signed_by(candidate.as_deref(), body, signature)
                && let Some(known) = candidate
            {
                if matching.is_some() {
                    // An event must not be applied to an integration by guess.
                    return Err(Unverified::SeveralMatch);
                }
                matching = Some(known.id);
            }

            hashed += 2 * body.len();
            // Hashing many candidates must not hold up the other requests of this thread.
            if hashed >= HASHED_AT_ONCE {
                hashed = 0;
                tokio::task::yield_now().await;
            }
        }

        matching.ok_or(Unverified::NoMatch)
    }

    /// Never empty: where nobody comes into question, nobody's secret is tried.
    fn candidates(&self, target: WebhookTarget) -> Vec<Option<Arc<KnownSecret>>> {
        let found: Vec<_> = match target {
            WebhookTarget::Any => self.cache.active().into_iter().map(Some).collect(),
            WebhookTarget::One(id) => vec![self.cache.get(id)],
        };
        if found.is_empty() { vec![None] } else { found }
    }

    async fn read_again(&self) -> Reading {
        let (reply, answer) = oneshot::channel();
        match self.readings.try_send(reply) {
            Ok(()) => answer.await.unwrap_or(Reading::NotNow),
            Err(_) => Reading::NotNow,
        }
    }

    fn is_unknown(&self, target: WebhookTarget) -> bool {
        match target {
            WebhookTarget::Any => self.cache.active().is_empty(),
            WebhookTarget::One(id) => self.cache.get(id).is_none(),
        }
    }
}

/// Always two comparisons, whether or not there is an integration, a previous secret, or a match.
fn signed_by(candidate: Option<&KnownSecret>, body: &[u8], signature: PresentedSignature) -> bool {
    signed_with(candidate.map(KnownSecret::current), body, signature)
        | signed_with(candidate.and_then(KnownSecret::previous), body, signature)
}

fn signed_with(secret: Option<&[u8]>, body: &[u8], signature: PresentedSignature) -> bool {
    signature.fits(secret.unwrap_or(NOBODY), body) & secret.is_some()
}
