//! The opened secrets of one integration.

use chrono::{DateTime, Utc};
use secrets::{ExposeSecret as _, KeyRing, OpenError, Place, SecretString};
use storage::partners::integrations::{TABLE, WEBHOOK_SECRET_COLUMN};
use storage::webhooks::webhook_secrets::{PREVIOUS_COLUMN, WebhookSecretRow};

/// An integration whose webhooks can be verified.
pub(super) struct KnownSecret {
    pub(super) id: i64,
    pub(super) is_active: bool,
    current: SecretString,
    previous: Option<(SecretString, DateTime<Utc>)>,
    /// As it was read, to see whether it has changed.
    row: WebhookSecretRow,
}

impl KnownSecret {
    /// Opens an integration's secrets.
    pub(super) fn open(keys: &KeyRing, row: WebhookSecretRow) -> Result<Self, OpenError> {
        let place = |column| Place { table: TABLE, column, row: row.id };
        let current = keys.open(&place(WEBHOOK_SECRET_COLUMN), &row.webhook_secret)?;
        let previous = match (&row.webhook_secret_previous, row.webhook_secret_previous_until) {
            (Some(sealed), Some(until)) => Some((keys.open(&place(PREVIOUS_COLUMN), sealed)?, until)),
            _ => None,
        };
        Ok(Self { id: row.id, is_active: row.is_active, current, previous, row })
    }

    /// Whether a row says what is known already.
    pub(super) fn is_same(&self, row: &WebhookSecretRow) -> bool {
        self.row == *row
    }

    pub(super) fn current(&self) -> &[u8] {
        self.current.expose_secret().as_bytes()
    }

    /// The secret before this one, while the grace time of its rotation lasts.
    pub(super) fn previous(&self) -> Option<&[u8]> {
        let (secret, until) = self.previous.as_ref()?;
        (Utc::now() < *until).then(|| secret.expose_secret().as_bytes())
    }
}
