//! The client of a request: the peer, or, where that is a proxy of ours, the client that the proxy names.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderMap};
use actix_web::web::Data;
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";
const FORWARDED_HOST: &str = "x-forwarded-host";
/// Bits of an IPv6 address that name a network: what one customer of a provider gets at least.
const IPV6_NETWORK: u32 = 64;

/// Whose forwarding headers are believed.
pub(super) struct TrustedProxies(pub(super) Vec<IpNet>);

impl TrustedProxies {
    pub(super) fn has(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// The other end of a request, as far as it can be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The peer, or the last address before our own proxies.
    pub address: Option<IpAddr>,
    /// Whether a proxy of ours took the request over https; this server itself speaks plain HTTP.
    pub is_https: bool,
    /// The host that was asked for, with its port where one was named.
    pub host: String,
}

/// The client that makes a request. Forwarding headers count only from a peer among the trusted proxies.
pub fn client(request: &HttpRequest) -> Client {
    let proxies = request.app_data::<Data<TrustedProxies>>();
    let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
    read_client(peer, request.headers(), |address| proxies.is_some_and(|proxies| proxies.has(address)))
}

/// The unit in which clients are counted: an IPv4 address, or the network of an IPv6 address.
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> IPV6_NETWORK << IPV6_NETWORK)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn read_client(peer: Option<IpAddr>, headers: &HeaderMap, is_trusted: impl Fn(IpAddr) -> bool) -> Client {
    let host = last_of(headers, HOST.as_str(), 0).unwrap_or_default().to_owned();
    // A stranger can write any header, so only a trusted proxy is believed.
    let Some(proxy) = peer.filter(|peer| is_trusted(*peer)) else {
        return Client { address: peer, is_https: false, host };
    };

    let (address, hops) = walk_proxies(proxy, &header_parts(headers, FORWARDED_FOR), is_trusted);
    // Each trusted proxy adds an entry at the end of these headers, too.
    let behind = hops.saturating_sub(1);

    Client {
        address: Some(address),
        is_https: last_of(headers, FORWARDED_PROTO, behind).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")),
        host: last_of(headers, FORWARDED_HOST, behind).map_or(host, str::to_owned),
    }
}

/// Goes from the nearest hop outwards for as long as it is one of ours. Anyone may have written the hops further left.
fn walk_proxies(proxy: IpAddr, hops: &[&str], is_trusted: impl Fn(IpAddr) -> bool) -> (IpAddr, usize) {
    let (mut address, mut taken) = (proxy, 0);
    for hop in hops.iter().rev() {
        let Some(next) = address_in(hop).filter(|_| is_trusted(address)) else { break };
        (address, taken) = (next, taken + 1);
    }
    (address, taken)
}

/// An address, with or without a port and brackets.
fn address_in(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches('"');
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

/// The value `from_right` places before the last one, or the first where there are fewer.
fn last_of<'h>(headers: &'h HeaderMap, name: &str, from_right: usize) -> Option<&'h str> {
    let parts = header_parts(headers, name);
    parts.get(parts.len().saturating_sub(from_right + 1)).copied()
}

fn header_parts<'h>(headers: &'h HeaderMap, name: &str) -> Vec<&'h str> {
    let lines = headers.get_all(name).filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    const CLIENT: &str = "203.0.113.9";

    fn seen(peer: &str, headers: &[(&'static str, &'static str)]) -> Client {
        let mut map = HeaderMap::new();
        map.insert(HOST, HeaderValue::from_static("inside:8080"));
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let ours: IpNet = "10.0.0.0/8".parse().unwrap();
        read_client(Some(peer.parse().unwrap()), &map, |address| ours.contains(&address))
    }

    fn address(peer: &str, forwarded: &'static str) -> String {
        seen(peer, &[(FORWARDED_FOR, forwarded)]).address.unwrap().to_string()
    }

    #[test]
    fn a_stranger_s_headers_count_for_nothing() {
        let headers = [(FORWARDED_FOR, CLIENT), (FORWARDED_PROTO, "https"), (FORWARDED_HOST, "evil.example")];
        let stranger = seen("198.51.100.1", &headers);
        let expected =
            Client { address: Some("198.51.100.1".parse().unwrap()), is_https: false, host: "inside:8080".to_owned() };
        assert_eq!(stranger, expected);
    }

    #[test]
    fn a_proxy_of_ours_names_the_client() {
        let headers = [(FORWARDED_FOR, CLIENT), (FORWARDED_PROTO, "https"), (FORWARDED_HOST, "geniacs.example")];
        let expected =
            Client { address: Some(CLIENT.parse().unwrap()), is_https: true, host: "geniacs.example".to_owned() };
        assert_eq!(seen("10.0.0.1", &headers), expected);
        assert_eq!(address("10.0.0.1", "203.0.113.9:4711"), CLIENT);
        assert_eq!(address("10.0.0.1", "[2001:db8::1]:4711"), "2001:db8::1");
        assert_eq!(address("10.0.0.1", "::ffff:203.0.113.9"), CLIENT);
    }

    #[test]
    fn a_forwarded_address_that_the_client_wrote_itself_is_ignored() {
        assert_eq!(address("10.0.0.1", "1.1.1.1, 203.0.113.9"), CLIENT);
        assert_eq!(address("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2"), CLIENT, "two of ours");
        assert_eq!(address("10.0.0.1", "10.9.9.9, 203.0.113.9, 10.0.0.2"), CLIENT, "one it made up");
        assert_eq!(address("10.0.0.1", "203.0.113.9, unknown"), "10.0.0.1");
        assert_eq!(address("10.0.0.1", ""), "10.0.0.1");
        let two = [(FORWARDED_FOR, "1.1.1.1"), (FORWARDED_FOR, CLIENT), (FORWARDED_PROTO, "https, http")];
        let client = seen("10.0.0.1", &two);
        assert_eq!((client.address.unwrap().to_string().as_str(), client.is_https), (CLIENT, false));
    }

    #[test]
    fn an_ipv6_address_counts_as_its_network() {
        let network = |text: &str| network_of(text.parse().unwrap()).to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
