//! Networks in which no partner is: the special-purpose registries of IANA, and what else leads inside.

use ipnet::{Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const PRIVATE: &str = "a private network";
const SHARED: &str = "a carrier's shared network";
const LOOPBACK: &str = "this machine";
const LINK_LOCAL: &str = "the local link";
const METADATA: &str = "a cloud's own service";
const MULTICAST: &str = "multicast";
const UNSPECIFIED: &str = "the unspecified network";
const DOCUMENTATION: &str = "documentation";
const BENCHMARKING: &str = "benchmarking";
const RESERVED: &str = "a reserved network";
const TUNNEL: &str = "a tunnel between IPv4 and IPv6";

/// The first that holds an address names it.
const V4: [(Ipv4Net, &str); 16] = [
    v4([0, 0, 0, 0], 8, UNSPECIFIED),
    v4([10, 0, 0, 0], 8, PRIVATE),
    v4([100, 64, 0, 0], 10, SHARED),
    v4([127, 0, 0, 0], 8, LOOPBACK),
    v4([168, 63, 129, 16], 32, METADATA),
    v4([169, 254, 0, 0], 16, LINK_LOCAL),
    v4([172, 16, 0, 0], 12, PRIVATE),
    v4([192, 0, 0, 0], 24, RESERVED),
    v4([192, 0, 2, 0], 24, DOCUMENTATION),
    v4([192, 88, 99, 0], 24, TUNNEL),
    v4([192, 168, 0, 0], 16, PRIVATE),
    v4([198, 18, 0, 0], 15, BENCHMARKING),
    v4([198, 51, 100, 0], 24, DOCUMENTATION),
    v4([203, 0, 113, 0], 24, DOCUMENTATION),
    v4([224, 0, 0, 0], 4, MULTICAST),
    v4([240, 0, 0, 0], 4, RESERVED),
];

/// As [`V4`]. An address outside of these networks and of global unicast is reserved.
const V6: [(Ipv6Net, &str); 15] = [
    v6([0, 0, 0, 0, 0, 0, 0, 0], 128, UNSPECIFIED),
    v6([0, 0, 0, 0, 0, 0, 0, 1], 128, LOOPBACK),
    // Addresses compatible with IPv4, out of use.
    v6([0, 0, 0, 0, 0, 0, 0, 0], 96, TUNNEL),
    // NAT64 under a prefix of the network's own; where the IPv4 address stands in it is not known here.
    v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, TUNNEL),
    v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, PRIVATE),
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, LINK_LOCAL),
    v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, PRIVATE),
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, MULTICAST),
    // Teredo, 6to4.
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, TUNNEL),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, TUNNEL),
    v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48, BENCHMARKING),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, RESERVED),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, DOCUMENTATION),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, DOCUMENTATION),
    v6([0x3ffe, 0, 0, 0, 0, 0, 0, 0], 16, RESERVED),
];

const GLOBAL_UNICAST: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3, "").0;
/// Every IPv4 address has one under it where a network speaks IPv6 only.
const NAT64: Ipv6Net = v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, "").0;

const fn v4(octets: [u8; 4], length: u8, name: &'static str) -> (Ipv4Net, &'static str) {
    (Ipv4Net::new_assert(Ipv4Addr::from_octets(octets), length), name)
}

const fn v6(segments: [u16; 8], length: u8, name: &'static str) -> (Ipv6Net, &'static str) {
    (Ipv6Net::new_assert(Ipv6Addr::from_segments(segments), length), name)
}

/// The kind of network of `ip`, if a partner cannot be there.
pub(super) fn special_network(ip: IpAddr) -> Option<&'static str> {
    match ip.to_canonical() {
        IpAddr::V4(ip) => special_v4(ip),
        IpAddr::V6(ip) => special_v6(ip),
    }
}

fn special_v4(ip: Ipv4Addr) -> Option<&'static str> {
    V4.iter().find(|(network, _)| network.contains(&ip)).map(|(_, name)| *name)
}

fn special_v6(ip: Ipv6Addr) -> Option<&'static str> {
    if NAT64.contains(&ip) {
        return special_v4(last_32_bits(ip));
    }
    if is_isatap(ip) && special_v4(last_32_bits(ip)).is_some() {
        return Some(TUNNEL);
    }
    let named = V6.iter().find(|(network, _)| network.contains(&ip)).map(|(_, name)| *name);
    named.or_else(|| (!GLOBAL_UNICAST.contains(&ip)).then_some(RESERVED))
}

/// An interface id of ISATAP: `0:5efe` or `200:5efe` and an IPv4 address, under any prefix.
fn is_isatap(ip: Ipv6Addr) -> bool {
    let [_, _, _, _, first, second, _, _] = ip.segments();
    first & !0x200 == 0 && second == 0x5efe
}

fn last_32_bits(ip: Ipv6Addr) -> Ipv4Addr {
    let [.., a, b, c, d] = ip.octets();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(address: &str) -> Option<&'static str> {
        special_network(address.parse().unwrap())
    }

    #[test]
    fn both_ends_of_every_network_are_special_and_their_neighbours_are_not() {
        let networks = [
            ("0.0.0.0", "0.255.255.255", "1.0.0.0"),
            ("10.0.0.0", "10.255.255.255", "11.0.0.0"),
            ("100.64.0.0", "100.127.255.255", "100.128.0.0"),
            ("127.0.0.0", "127.255.255.255", "128.0.0.0"),
            ("168.63.129.16", "168.63.129.16", "168.63.129.17"),
            ("169.254.0.0", "169.254.255.255", "169.255.0.0"),
            ("172.16.0.0", "172.31.255.255", "172.32.0.0"),
            ("192.0.0.0", "192.0.0.255", "192.0.1.0"),
            ("192.0.2.0", "192.0.2.255", "192.0.3.0"),
            ("192.88.99.0", "192.88.99.255", "192.88.100.0"),
            ("192.168.0.0", "192.168.255.255", "192.169.0.0"),
            ("198.18.0.0", "198.19.255.255", "198.20.0.0"),
            ("198.51.100.0", "198.51.100.255", "198.51.101.0"),
            ("203.0.113.0", "203.0.113.255", "203.0.114.0"),
            ("224.0.0.0", "255.255.255.255", "223.255.255.255"),
            ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"),
            ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"),
            ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"),
            ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"),
            ("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::"),
            ("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2a00::1"),
        ];

        for (first, last, outside) in networks {
            assert!(name(first).is_some() && name(last).is_some(), "{first} {last}");
            assert_eq!(name(outside), None, "{outside}");
        }
    }

    #[test]
    fn each_kind_has_its_name() {
        let table = [
            ("::1", LOOPBACK),
            ("::", UNSPECIFIED),
            ("fd00:ec2::254", PRIVATE),
            ("fec0::1", PRIVATE),
            ("fe80::1", LINK_LOCAL),
            ("ff02::1", MULTICAST),
            ("100::1", RESERVED),
            ("2001:2::1", BENCHMARKING),
            ("2001:20::1", RESERVED),
            ("2001:0:7f00:1::", TUNNEL),
            ("64:ff9b:1::a00:1", TUNNEL),
            ("::127.0.0.1", TUNNEL),
            ("2a00::5efe:10.0.0.1", TUNNEL),
            ("2a00::200:5efe:127.0.0.1", TUNNEL),
        ];

        for (address, kind) in table {
            assert_eq!(name(address), Some(kind), "{address}");
        }
    }

    #[test]
    fn an_address_that_holds_an_ipv4_address_is_judged_by_it() {
        for (address, kind) in [
            ("::ffff:127.0.0.1", Some(LOOPBACK)),
            ("::ffff:10.1.2.3", Some(PRIVATE)),
            ("::ffff:8.8.8.8", None),
            ("64:ff9b::169.254.169.254", Some(LINK_LOCAL)),
            ("64:ff9b::192.168.1.1", Some(PRIVATE)),
            ("64:ff9b::8.8.8.8", None),
        ] {
            assert_eq!(name(address), kind, "{address}");
        }
    }

    #[test]
    fn addresses_of_the_internet_are_not_special() {
        for address in ["1.1.1.1", "8.8.8.8", "93.184.216.34", "172.15.0.1", "2606:4700::1111", "2a02:26f0::1"] {
            assert_eq!(name(address), None, "{address}");
        }
    }
}
