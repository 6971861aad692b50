//! Calls to partners.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

use super::section::section;

section! {
    /// Calls to partners.
    pub struct OutboundSettings {
        timeout: Duration = new(
            "default_timeout",
            "30",
            "seconds one partner request may take (1–600); an integration may set its own"
        ), duration(1..=600);
        allow_http: bool = new(
            "outbound.allow_http",
            "false",
            "partners may be called over plain http: for a demo or a test, never in production"
        ), flag();
        allow: Vec<IpNet> = optional(
            "outbound.allow",
            "networks that partners may be in although they are private, loopback or otherwise not public: 10.20.0.0/16, several with commas"
        ), list("networks like 10.20.0.0/16 or fd00::/8, or single addresses, with commas between", parse_networks);
    }
}

fn parse_networks(text: &str) -> Option<Vec<IpNet>> {
    let texts = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|text| !text.is_empty());
    texts.map(parse_network).collect()
}

fn parse_network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
