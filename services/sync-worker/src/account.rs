//! Accounts at partners: a client with an integration's credentials, or why there is none.

use domain::integration::Configuration;
use geniacs::{Account, Client, Guard, HttpOptions, Outbound};
use secrets::{KeyRing, Place};
use service::Settings;
use std::sync::Arc;
use std::time::Duration;
use storage::partners::accounts::AccountRow;

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

/// What opens credentials and reaches partners.
pub(crate) struct Accounts {
    keys: Arc<KeyRing>,
    outbound: Outbound,
}

impl Accounts {
    pub(crate) fn new(settings: &Settings) -> anyhow::Result<Self> {
        let guard = Guard::new(settings.outbound.allow_http, &settings.outbound.allow);
        Ok(Self { keys: settings.encryption.keys()?, outbound: Outbound::new(&HttpOptions::default(), guard)? })
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
}
