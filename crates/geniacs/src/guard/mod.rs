//! Which addresses may be called. A user sets them, so they must not lead inside the operator's network.
//!
//! A URL is looked at before each request, an address that a name stands for when it is connected to. The rules about
//! addresses are in one table ([`networks`]); the operator's allow-list goes before them.

mod networks;
mod resolver;

use ipnet::IpNet;
use reqwest::dns::Resolve;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use url::{Host, Url};

/// The rules, with what the operator allows beyond them. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    allow_http: bool,
    allowed: Arc<[IpNet]>,
}

/// Why an address is not called. Names what the user wrote, and never what a name stands for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundRefusal {
    /// Not https.
    #[error("plain http is refused: use https, or have the operator set GENIACS_OUTBOUND__ALLOW_HTTP")]
    PlainHttp,
    /// A user or a password before the host.
    #[error("an address with a user or a password is refused: leave them out")]
    UserInfo,
    /// The host is an IP address of a network that is not called.
    #[error(
        "the address {address} is refused, it belongs to {kind}: use a public one, or have the operator add its network \
         to GENIACS_OUTBOUND__ALLOW"
    )]
    Address {
        /// As the host is understood.
        address: IpAddr,
        /// The kind of network that it belongs to.
        kind: &'static str,
    },
    /// The host is a name of such an address.
    #[error(
        "the name {name} is refused, it leads to an address that is not public: use another one, or have the operator \
         add its network to GENIACS_OUTBOUND__ALLOW"
    )]
    Name {
        /// The name.
        name: String,
    },
}

impl Guard {
    /// A guard that lets plain http pass if `allow_http`, and every address in `allowed`.
    pub fn new(allow_http: bool, allowed: &[IpNet]) -> Self {
        Self { allow_http, allowed: allowed.into() }
    }

    /// Whether plain http passes.
    pub fn allows_http(&self) -> bool {
        self.allow_http
    }

    /// Refuses what can be told without asking what a name stands for.
    pub fn check(&self, url: &Url) -> Result<(), OutboundRefusal> {
        if url.scheme() != "https" && !self.allow_http {
            return Err(OutboundRefusal::PlainHttp);
        }
        // A user in the address would be sent as credentials to wherever the address leads.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutboundRefusal::UserInfo);
        }

        match url.host() {
            Some(Host::Ipv4(ip)) => self.check_address(ip.into()),
            Some(Host::Ipv6(ip)) => self.check_address(ip.into()),
            // These names say where they lead, so no resolver has to be asked.
            Some(Host::Domain(name)) if is_localhost(name) && !self.allows_loopback() => {
                Err(OutboundRefusal::Name { name: name.to_owned() })
            }
            _ => Ok(()),
        }
    }

    fn check_address(&self, address: IpAddr) -> Result<(), OutboundRefusal> {
        self.special(address).map_or(Ok(()), |kind| Err(OutboundRefusal::Address { address, kind }))
    }

    fn allows_loopback(&self) -> bool {
        let loopback: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        loopback.into_iter().any(|ip| self.special(ip).is_none())
    }

    /// The kind of network of an address that may not be called.
    fn special(&self, ip: IpAddr) -> Option<&'static str> {
        let canonical = ip.to_canonical();
        if self.allowed.iter().any(|network| network.contains(&canonical)) {
            None
        } else {
            networks::special_network(canonical)
        }
    }

    /// A resolver that gives only what may be called.
    pub(crate) fn resolver(&self, inner: Arc<dyn Resolve>) -> impl Resolve + use<> {
        resolver::Guarded { inner, guard: self.clone() }
    }
}

/// The operating system's resolver.
pub(crate) fn system_resolver() -> Arc<dyn Resolve> {
    Arc::new(resolver::System)
}

/// These are this machine's by definition.
fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(guard: &Guard, url: &str) -> Option<OutboundRefusal> {
        guard.check(&Url::parse(url).unwrap()).err()
    }

    #[test]
    fn a_refused_address_is_told_with_the_setting_that_allows_it() {
        let guard = Guard::default();

        assert_eq!(refusal(&guard, "https://partner.example/v1"), None);
        assert_eq!(refusal(&guard, "https://8.8.8.8/v1"), None);

        for (url, setting) in [
            ("http://partner.example/v1", "GENIACS_OUTBOUND__ALLOW_HTTP"),
            ("https://127.0.0.1/v1", "GENIACS_OUTBOUND__ALLOW"),
            ("https://10.0.0.1", "GENIACS_OUTBOUND__ALLOW"),
            ("https://LOCALHOST./v1", "GENIACS_OUTBOUND__ALLOW"),
            ("https://a.localhost", "GENIACS_OUTBOUND__ALLOW"),
        ] {
            let sentence = refusal(&guard, url).unwrap().to_string();
            assert!(sentence.ends_with(setting), "{url}: {sentence}");
        }

        assert_eq!(refusal(&guard, "https://u@partner.example"), Some(OutboundRefusal::UserInfo));
        assert_eq!(refusal(&guard, "https://:p@partner.example"), Some(OutboundRefusal::UserInfo));
    }

    #[test]
    fn the_allow_list_opens_its_networks_and_no_others() {
        let guard = Guard::new(true, &["10.20.0.0/16".parse().unwrap(), "::1/128".parse().unwrap()]);
        for url in ["http://10.20.3.4", "https://[::ffff:10.20.3.4]", "http://localhost:8090/v1", "http://[::1]"] {
            assert_eq!(refusal(&guard, url), None, "{url}");
        }
        for url in ["http://10.21.0.1", "http://127.0.0.1", "http://[64:ff9b::a15:1]", "http://169.254.169.254"] {
            assert!(matches!(refusal(&guard, url), Some(OutboundRefusal::Address { .. })), "{url}");
        }
    }
}
