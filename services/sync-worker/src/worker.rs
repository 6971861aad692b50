//! What every piece of work in this process shares.

use crate::limits::Limits;
use crate::run::{Run, RunCache};
use broker::Broker;
use domain::integration::Configuration;
use geniacs::{Account, Client, Guard, HttpOptions, Outbound};
use secrets::{KeyRing, Place};
use service::Settings;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;
use storage::partners::accounts::AccountRow;
use storage::{Pool, PooledConnection, pool};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A worker: connections, keys, and what it has looked up already.
pub(crate) struct Worker {
    /// Names this process in leases.
    pub(crate) id: Uuid,
    pub(crate) settings: Settings,
    pub(crate) pool: Pool,
    pub(crate) broker: Broker,
    pub(crate) shutdown: CancellationToken,
    keys: Arc<KeyRing>,
    outbound: Outbound,
    pub(crate) runs: RunCache,
    pub(crate) limits: Arc<Limits>,
    /// The integration that this process served last, and how many chunks it has claimed.
    pub(crate) served_last: AtomicI64,
    pub(crate) claims: AtomicU64,
    /// Calls of partners that succeeded, for choosing those that are logged.
    pub(crate) successes: Arc<AtomicU64>,
}

/// Why an integration's partner cannot be called. The message is for the operator and names no secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    #[error("the integration is gone")]
    Gone,
    #[error("the integration is switched off")]
    Disabled,
    #[error("the integration's configuration cannot be read: {0}")]
    Configuration(String),
    #[error("the integration's {0} cannot be opened: {1}")]
    Sealed(&'static str, secrets::OpenError),
    #[error("the integration's endpoint_url {0}")]
    Endpoint(String),
}

impl Worker {
    pub(crate) fn new(
        settings: Settings,
        pool: Pool,
        broker: Broker,
        shutdown: CancellationToken,
    ) -> anyhow::Result<Self> {
        let keys = settings.encryption.keys()?;
        let guard = Guard::new(settings.outbound.allow_http, &settings.outbound.allow);
        let outbound = Outbound::new(&HttpOptions::default(), guard)?;
        let limits = Limits::new(&settings, pool.clone(), broker.clone(), shutdown.clone());
        Ok(Self {
            id: Uuid::new_v4(),
            settings,
            pool,
            broker,
            shutdown,
            keys,
            outbound,
            runs: RunCache::default(),
            limits,
            served_last: AtomicI64::default(),
            claims: AtomicU64::default(),
            successes: Arc::default(),
        })
    }

    /// A connection, within 5 s.
    pub(crate) async fn connection(&self) -> Result<PooledConnection, storage::PoolError> {
        pool::get(&self.pool).await
    }

    /// A client for an integration's partner, its credentials opened.
    pub(crate) fn client(&self, row: &AccountRow, timeout: Duration) -> Result<Client, AccountError> {
        if !row.sync_enabled {
            return Err(AccountError::Disabled);
        }
        let configuration: Configuration = serde_json::from_value(row.configuration.clone())
            .map_err(|e| AccountError::Configuration(e.to_string()))?;
        let base_url: url::Url =
            row.endpoint_url.parse().map_err(|_| AccountError::Endpoint("is not a URL".to_owned()))?;
        let open = |column: &'static str, sealed: &str| {
            let place = Place { table: "geniacs_integrations", column, row: row.id };
            self.keys.open(&place, sealed).map_err(|e| AccountError::Sealed(column, e))
        };
        let account = Account {
            base_url,
            api_key: open("api_key_encrypted", &row.api_key_encrypted)?,
            api_secret: open("api_secret_encrypted", &row.api_secret_encrypted)?,
            timeout,
            endpoints: configuration.endpoints.into_iter().collect(),
        };
        let client = Client::new(self.outbound.clone(), account).map_err(|e| AccountError::Endpoint(e.to_string()))?;
        // It signs nothing here: a run does not depend on it.
        let webhook_secret = row.webhook_secret.as_deref().and_then(|sealed| open("webhook_secret", sealed).ok());
        Ok(match webhook_secret {
            Some(secret) => client.hiding(&secret),
            None => client,
        })
    }

    /// The last answer to a sync's calls, masked, if this process has it.
    pub(crate) fn last_answer(&self, sync_id: i64) -> Option<serde_json::Value> {
        self.runs.peek(sync_id).and_then(|run| run.last_answer())
    }

    /// The run of a sync, read anew: a later phase adds to its plan.
    pub(crate) async fn renewed_run(&self, sync_id: i64) -> Result<Arc<Run>, crate::failure::Failure> {
        self.runs.forget(sync_id);
        self.run(sync_id).await
    }

    /// The run of a sync, from the cache if it was read less than half a minute ago.
    pub(crate) async fn run(&self, sync_id: i64) -> Result<Arc<Run>, crate::failure::Failure> {
        if let Some(run) = self.runs.get(sync_id) {
            return Ok(run);
        }
        let mut connection = self.connection().await?;
        let run = Run::load(&mut connection, self, sync_id).await?;
        Ok(self.runs.keep(run))
    }
}
