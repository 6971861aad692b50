//! Stored events.

use std::time::Duration;

use super::values::Values;
use super::{Setting, SettingsError};

const TIMEOUT: Setting = Setting::new("webhook_timeout", "60", "seconds one event may take in the worker (1–600)");

pub(super) const SETTINGS: &[Setting] = &[TIMEOUT];

/// Stored events.
#[derive(Debug, Clone)]
pub struct WebhookSettings {
    /// What one event may take in the worker: 60 s.
    pub timeout: Duration,
}

impl WebhookSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        Ok(Self { timeout: values.duration(&TIMEOUT, 1..=600)? })
    }
}
