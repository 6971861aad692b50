//! Where this service listens, and whom it believes.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use url::{Origin, Url};

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
const TRUSTED_PROXIES: Setting = Setting::optional(
    "http.trusted_proxies",
    "networks of proxies whose X-Forwarded-For, -Proto and -Host are believed: 10.0.0.0/8,192.0.2.7; nobody unless set",
);
const CORS_ORIGINS: Setting = Setting::optional(
    "http.cors_origins",
    "origins whose pages may call the gateway from a browser: https://a.example,https://b.example:8443; none unless set",
);

const CONNECTIONS: Setting = Setting::new(
    "http.connections",
    "10000",
    "connections that the service holds open at once; others are closed as soon as they are accepted (10–1,000,000)",
);
const CONNECTIONS_PER_ADDRESS: Setting = Setting::new(
    "http.connections_per_address",
    "1000",
    "how many of them may come from one address (IPv6: /64), unless it is a trusted proxy's (1–1,000,000)",
);

const BODY_MEMORY: Setting = Setting::new(
    "http.body_memory_mib",
    "64",
    "MiB that the bodies of all requests at hand may take together; beyond, a request is a 503 (4–65536)",
);

pub(super) const SETTINGS: &[Setting] =
    &[HOST, PORT, DRAIN, TRUSTED_PROXIES, CORS_ORIGINS, CONNECTIONS, CONNECTIONS_PER_ADDRESS, BODY_MEMORY];

/// Where this service listens, and how it stops to.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// 127.0.0.1 unless told: nothing is reachable from elsewhere by accident.
    pub host: IpAddr,
    /// 0 takes any free one.
    pub port: u16,
    /// Time to go on serving after readiness went off: none.
    pub drain: Duration,
    /// Who may say on whose behalf it asks: nobody.
    pub trusted_proxies: Vec<IpNet>,
    /// Connections at once: 10,000.
    pub connections: usize,
    /// Connections at once from one address that is no trusted proxy's: 1,000.
    pub connections_per_address: usize,
    /// Origins, as browsers write them, whose pages may call: none but our own.
    pub cors_origins: Vec<String>,
    /// Bytes for the bodies of all requests at hand: 64 MiB.
    pub body_memory: usize,
}

impl HttpSettings {
    pub(super) fn read(values: &Values, default_port: u16) -> Result<Self, SettingsError> {
        let host = values.value(&HOST, "an IP address such as 127.0.0.1 or 0.0.0.0", |text| text.parse().ok())?;
        let port = values.optional(&PORT, "a port from 0 to 65535", |text| text.parse().ok())?;

        let networks = "addresses and networks with commas between, such as 10.0.0.0/8,192.0.2.7";
        let origins = "origins with commas between, each a scheme, a host and perhaps a port: https://a.example";

        Ok(Self {
            host,
            port: port.unwrap_or(default_port),
            drain: values.duration(&DRAIN, 0..=10)?,
            connections: values.number(&CONNECTIONS, 10..=1_000_000)?,
            connections_per_address: values.number(&CONNECTIONS_PER_ADDRESS, 1..=1_000_000)?,
            trusted_proxies: values.list(&TRUSTED_PROXIES, networks, |text| parse_list(text, parse_network))?,
            body_memory: values.number::<usize>(&BODY_MEMORY, 4..=65_536)? * 1_024 * 1_024,
            cors_origins: values.list(&CORS_ORIGINS, origins, |text| parse_list(text, parse_origin))?,
        })
    }

    /// Host and port.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }
}

/// Every part of a list; none of it if one is wrong.
fn parse_list<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(parse).collect()
}

fn parse_network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// An origin in the one form that browsers send.
fn parse_origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    let origin = url.origin();
    (bare && url.username().is_empty() && matches!(origin, Origin::Tuple(..))).then(|| origin.ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    #[test]
    fn proxies_are_networks_or_addresses_and_origins_have_one_form() {
        let settings = [
            ("GENIACS_HTTP__TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.7,fd00::/8"),
            ("GENIACS_HTTP__CORS_ORIGINS", "https://A.example/,http://b.example:8080, https://c.example:443"),
        ];
        let http = Settings::from_map(settings).unwrap().http;
        assert_eq!(http.trusted_proxies.len(), 3);
        assert!(http.trusted_proxies[1].contains(&IpAddr::from([192, 0, 2, 7])));
        assert_eq!(http.cors_origins, ["https://a.example", "http://b.example:8080", "https://c.example"]);
    }

    #[test]
    fn a_setting_that_is_no_network_or_no_origin_is_named() {
        for (name, wrong) in [
            ("GENIACS_HTTP__TRUSTED_PROXIES", "10.0.0.0/8,proxy"),
            ("GENIACS_HTTP__CORS_ORIGINS", "*"),
            ("GENIACS_HTTP__CORS_ORIGINS", "null"),
            ("GENIACS_HTTP__CORS_ORIGINS", "https://a.example/path"),
        ] {
            let error = Settings::from_map([(name, wrong)]).unwrap_err().to_string();
            assert!(error.contains(wrong), "{error}");
        }
    }
}
