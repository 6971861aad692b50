//! Calls to partners.

use std::time::Duration;

use super::values::Values;
use super::{Setting, SettingsError};

const TIMEOUT: Setting = Setting::new(
    "default_timeout",
    "30",
    "seconds one partner request may take (1–600); an integration may set its own",
);
const ALLOW_HTTP: Setting = Setting::new(
    "outbound.allow_http",
    "false",
    "partners may be called over plain http and on loopback addresses: for a demo or a test, never in production",
);

pub(super) const SETTINGS: &[Setting] = &[TIMEOUT, ALLOW_HTTP];

/// Calls to partners.
#[derive(Debug, Clone)]
pub struct OutboundSettings {
    /// What one request may take, unless the integration says otherwise: 30 s.
    pub timeout: Duration,
    /// Whether partners need https: they do, unless this is on.
    pub allow_http: bool,
}

impl OutboundSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        Ok(Self { timeout: values.duration(&TIMEOUT, 1..=600)?, allow_http: values.flag(&ALLOW_HTTP)? })
    }
}
