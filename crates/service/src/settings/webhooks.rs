//! Stored events.

use std::time::Duration;

use url::Url;

use super::values::{self, Values};
use super::{Setting, SettingsError};

const TIMEOUT: Setting = Setting::new("webhook_timeout", "60", "seconds one event may take in the worker (1–600)");

const ADDRESS: Setting = Setting::optional(
    "webhook_address",
    "URL under which Geniacs reaches the ingest, without a path: https://hooks.example.com; shown, and used by test events",
);

pub(super) const SETTINGS: &[Setting] = &[TIMEOUT, ADDRESS];

/// Stored events.
#[derive(Debug, Clone)]
pub struct WebhookSettings {
    /// What one event may take in the worker: 60 s.
    pub timeout: Duration,
    /// Where the partner reaches the ingest from outside, if that is known.
    pub address: Option<Url>,
}

impl WebhookSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        let must_be = "a URL without a path, such as https://hooks.example.com";
        let address = values.optional(&ADDRESS, must_be, values::bare_url)?;
        Ok(Self { timeout: values.duration(&TIMEOUT, 1..=600)?, address })
    }
}
