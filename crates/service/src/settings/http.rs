//! Where this service listens.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::values::Values;
use super::{Setting, SettingsError};

const HOST: Setting = Setting::new(
    "http.host",
    "127.0.0.1",
    "IP address to listen on; 0.0.0.0 in a container, otherwise nobody outside this machine reaches the service",
);
const PORT: Setting = Setting::optional(
    "http.port",
    "port to listen on, 0 for any free one; 8080 gateway, 8081 ingest, 8082 scheduler, 8083 worker unless set",
);
const DRAIN: Setting = Setting::new(
    "http.drain_seconds",
    "0",
    "seconds between `not ready` and the last accepted connection at a stop, for load balancers to notice (0–10)",
);

pub(super) const SETTINGS: &[Setting] = &[HOST, PORT, DRAIN];

/// Where this service listens, and how it stops to.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// 127.0.0.1 unless told: nothing is reachable from elsewhere by accident.
    pub host: IpAddr,
    /// 0 takes any free one.
    pub port: u16,
    /// Time to go on serving after readiness went off: none.
    pub drain: Duration,
}

impl HttpSettings {
    pub(super) fn read(values: &Values, default_port: u16) -> Result<Self, SettingsError> {
        let host = values.value(&HOST, "an IP address such as 127.0.0.1 or 0.0.0.0", |text| text.parse().ok())?;
        let port = values.optional(&PORT, "a port from 0 to 65535", |text| text.parse().ok())?;
        Ok(Self { host, port: port.unwrap_or(default_port), drain: values.duration(&DRAIN, 0..=10)? })
    }

    /// Host and port.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }
}
