//! Stored events.

use std::time::Duration;

use url::Url;

use super::values::Values;
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
        let address = values.optional(&ADDRESS, "a URL without a path, such as https://hooks.example.com", |text| {
            let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
            let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            (is_bare && url.username().is_empty() && url.password().is_none() && url.has_host()).then_some(url)
        })?;
        Ok(Self { timeout: values.duration(&TIMEOUT, 1..=600)?, address })
    }
}
