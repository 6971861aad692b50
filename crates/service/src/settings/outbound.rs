//! Calls to partners.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

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
    "partners may be called over plain http: for a demo or a test, never in production",
);
const ALLOW: Setting = Setting::optional(
    "outbound.allow",
    "networks that partners may be in although they are private, loopback or otherwise not public: 10.20.0.0/16, several with commas",
);

pub(super) const SETTINGS: &[Setting] = &[TIMEOUT, ALLOW_HTTP, ALLOW];

/// Calls to partners.
#[derive(Debug, Clone)]
pub struct OutboundSettings {
    /// What one request may take, unless the integration says otherwise: 30 s.
    pub timeout: Duration,
    /// Whether partners need https: they do, unless this is on.
    pub allow_http: bool,
    /// Networks that partners may be in although they are not public.
    pub allow: Vec<IpNet>,
}

impl OutboundSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        let must_be = "networks like 10.20.0.0/16 or fd00::/8, or single addresses, with commas between";
        Ok(Self {
            timeout: values.duration(&TIMEOUT, 1..=600)?,
            allow_http: values.flag(&ALLOW_HTTP)?,
            allow: values.optional(&ALLOW, must_be, networks)?.unwrap_or_default(),
        })
    }
}

fn networks(text: &str) -> Option<Vec<IpNet>> {
    let texts = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|text| !text.is_empty());
    texts.map(network).collect()
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
