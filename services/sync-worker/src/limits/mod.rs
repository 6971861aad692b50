//! Limits of partners, as this process knows them. The truth is a row per integration that all workers share; here is
//! what saves asking it before every request: what it said a moment ago, and permits taken for several requests.

mod credentials;
mod gate;
mod known;
mod partner_clock;
mod pot;

pub(crate) use gate::ChunkGate;

use crate::account::Accounts;
use broker::Broker;
use geniacs::PartnerError;
use known::Known;
use service::Settings;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use storage::partners::limits::Rule;
use storage::runs::chunks::Chunk;
use storage::{Pool, PoolError, PooledConnection};
use tokio_util::sync::CancellationToken;

/// What is put off because its integration is held back may be taken up so soon again. The row of its limits keeps it
/// back as long as need be, and may let it go earlier than it said.
const SOON: f64 = 5.0;

/// When something is tried again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PutOff {
    /// Seconds until it may be taken up.
    pub(crate) delay_seconds: f64,
    /// Seconds until somebody is woken for it.
    pub(crate) wake_seconds: f64,
}

impl PutOff {
    /// Somebody is woken as soon as it may be taken up.
    pub(crate) fn at_once(seconds: f64) -> Self {
        Self { delay_seconds: seconds, wake_seconds: seconds }
    }
}

/// Integrations whose limits this process has met.
pub(crate) struct Limits {
    pool: Pool,
    broker: Broker,
    shutdown: CancellationToken,
    rule: Rule,
    credentials_test_seconds: f64,
    known: Mutex<HashMap<i64, Arc<Known>>>,
}

impl Limits {
    pub(crate) fn new(settings: &Settings, pool: Pool, broker: Broker, shutdown: CancellationToken) -> Arc<Self> {
        let limits = &settings.limits;
        let rule = Rule {
            failures: i32::try_from(limits.breaker_failures).unwrap_or(i32::MAX),
            wait_seconds: limits.breaker_wait.as_secs_f64(),
            longest_wait_seconds: limits.breaker_longest_wait.as_secs_f64(),
        };
        let credentials_test_seconds = limits.credentials_test.as_secs_f64();
        Arc::new(Self { pool, broker, shutdown, rule, credentials_test_seconds, known: Mutex::default() })
    }

    /// Notes what a claim, asked for at `asked`, tells of the integration.
    pub(crate) fn claimed(&self, chunk: &Chunk, asked: Instant) {
        let known = self.known(chunk.integration_id);
        known.clock.set(chunk.database_now, chunk.partner_ahead, asked);
        if !chunk.probing {
            known.claimed(asked, chunk.failing);
        }
    }

    /// The gate for the requests of a chunk that was just claimed.
    pub(crate) fn gate(self: &Arc<Self>, chunk: &Chunk) -> ChunkGate {
        ChunkGate::new(self.clone(), self.known(chunk.integration_id), chunk)
    }

    /// When a failed request is to be tried again without counting as an attempt, if it only has to wait for its partner.
    pub(crate) fn put_off(&self, integration_id: i64, error: &PartnerError) -> Option<PutOff> {
        let held = self.known(integration_id).held();
        let only_waits = error.is_put_off() || (error.is_outage() && held.is_some());
        if !only_waits {
            return None;
        }
        let held = held.map(|held| held.until.saturating_duration_since(Instant::now()));
        let wait = error.retry_after().max(held).unwrap_or_default().as_secs_f64();
        Some(PutOff { delay_seconds: wait.min(SOON), wake_seconds: wait })
    }

    /// Tries credentials that were refused a while ago, where that is due.
    pub(crate) async fn test_credentials(&self, accounts: &Accounts) {
        if let Err(error) = credentials::test_due(self, accounts).await {
            tracing::warn!(%error, "refused credentials could not be tested");
        }
    }

    fn known(&self, integration_id: i64) -> Arc<Known> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(integration_id).or_insert_with(|| Arc::new(Known::new(integration_id))).clone()
    }

    async fn connection(&self) -> Result<PooledConnection, PoolError> {
        storage::pool::get(&self.pool).await
    }
}
