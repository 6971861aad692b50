//! Rules on addresses in networks.

use crate::address;
use crate::problem::Failure;
use std::net::IpAddr;
use url::Url;

/// Which addresses `ip` lets pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Version {
    Any,
    V4,
    V6,
}

pub(super) fn check_url(text: &str) -> Result<(), Failure> {
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    let web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    match Url::parse(text) {
        Ok(url) if plain && web(&url) => Ok(()),
        _ => Err(Failure::new("url", "is not a web address with http or https and a host")),
    }
}

pub(super) fn check_ip(text: &str, version: Version) -> Result<(), Failure> {
    let (right, wrong) = match version {
        Version::Any => (text.parse::<IpAddr>().is_ok(), "is not an IP address"),
        Version::V4 => (text.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv4()), "is not an IPv4 address"),
        Version::V6 => (text.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv6()), "is not an IPv6 address"),
    };
    if right { Ok(()) } else { Err(Failure::new("ip", wrong)) }
}

pub(super) fn check_mac(text: &str) -> Result<(), Failure> {
    if text.trim() == text && address::format_mac(text).is_some() {
        return Ok(());
    }
    Err(Failure::new("mac", "is not a hardware address such as 08:00:2b:01:02:03"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_address_has_a_scheme_and_a_host() {
        for right in ["https://example.com", "http://10.0.0.1:8080/a?b=c#d", "https://例え.jp/"] {
            assert!(check_url(right).is_ok(), "{right}");
        }
        for wrong in
            ["example.com", "ftp://example.com", "https://", "javascript:alert(1)", "https://a b.id", " http://a.id"]
        {
            assert!(check_url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_may_have_to_be_of_one_version() {
        assert!(check_ip("10.0.0.1", Version::Any).is_ok() && check_ip("2001:db8::1", Version::Any).is_ok());
        assert!(check_ip("10.0.0.1", Version::V4).is_ok() && check_ip("2001:db8::1", Version::V4).is_err());
        assert!(check_ip("10.0.0.1", Version::V6).is_err() && check_ip("2001:db8::1", Version::V6).is_ok());
        assert!(check_ip("10.0.0.1/24", Version::Any).is_err() && check_ip("10.0.0.256", Version::Any).is_err());
        assert!(check_mac("08-00-2B-01-02-03").is_ok() && check_mac("08-00-2B-01-02").is_err());
    }
}
