//! How many connections there may be, in all and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::super::client::{TrustedProxies, network_of};

/// Counts the connections of all threads of a server.
#[derive(Clone)]
pub(in crate::http) struct Admission(Arc<Shared>);

struct Shared {
    most: usize,
    most_per_address: usize,
    /// They speak for many clients, and limit them themselves.
    proxies: Arc<TrustedProxies>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Why a connection is closed as soon as it is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::http) enum Refused {
    #[error("the server has the most connections that are allowed")]
    Total,
    #[error("its address has the most connections that are allowed")]
    Address,
}

/// An admitted connection, until it is dropped.
pub(in crate::http) struct Permit {
    shared: Arc<Shared>,
    address: Option<IpAddr>,
}

impl std::fmt::Debug for Permit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Permit").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Admission {
    pub(in crate::http) fn new(most: usize, most_per_address: usize, proxies: Arc<TrustedProxies>) -> Self {
        Self(Arc::new(Shared { most, most_per_address, proxies, open: Mutex::default() }))
    }

    /// Lets a connection in, or says why not.
    pub(in crate::http) fn admit(&self, peer: Option<IpAddr>) -> Result<Permit, Refused> {
        let shared = &self.0;
        let counted = peer.map(|peer| peer.to_canonical()).filter(|peer| !shared.proxies.has(*peer)).map(network_of);
        let mut open = shared.open.lock().unwrap_or_else(PoisonError::into_inner);

        // The total is checked first: it protects this process, the share only other clients.
        if open.total >= shared.most {
            return Err(Refused::Total);
        }
        if let Some(address) = counted {
            let of_address = open.by_address.entry(address).or_default();
            if *of_address >= shared.most_per_address {
                return Err(Refused::Address);
            }
            *of_address += 1;
        }

        open.total += 1;
        Ok(Permit { shared: shared.clone(), address: counted })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.shared.open.lock().unwrap_or_else(PoisonError::into_inner);

        open.total = open.total.saturating_sub(1);
        let Some(address) = self.address else { return };

        if let Some(of_address) = open.by_address.get_mut(&address) {
            // The map must not keep every address that was ever seen.
            *of_address = of_address.saturating_sub(1);
            if *of_address == 0 {
                open.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(most: usize, most_per_address: usize) -> Admission {
        let proxies = TrustedProxies(vec!["10.0.0.0/8".parse().unwrap()]);
        Admission::new(most, most_per_address, Arc::new(proxies))
    }

    fn admit(admission: &Admission, peer: &str) -> Result<Permit, Refused> {
        admission.admit(Some(peer.parse().unwrap()))
    }

    #[test]
    fn an_address_has_as_many_connections_as_it_may_and_gets_others_when_some_end() {
        let admission = admission(100, 2);
        let first = admit(&admission, "192.0.2.1").unwrap();
        let _second = admit(&admission, "::ffff:192.0.2.1").unwrap();
        assert_eq!(admit(&admission, "192.0.2.1").unwrap_err(), Refused::Address);
        let _other = admit(&admission, "192.0.2.2").unwrap();
        drop(first);
        assert!(admit(&admission, "192.0.2.1").is_ok());
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_address() {
        let admission = admission(100, 1);
        let _first = admit(&admission, "2001:db8:1:2::1").unwrap();
        assert_eq!(admit(&admission, "2001:db8:1:2::2").unwrap_err(), Refused::Address);
        assert!(admit(&admission, "2001:db8:1:3::1").is_ok());
    }

    #[test]
    fn a_trusted_proxy_counts_only_for_the_total() {
        let admission = admission(3, 1);
        let _open: Vec<Permit> = (0..3).map(|_| admit(&admission, "10.1.2.3").unwrap()).collect();
        assert_eq!(admit(&admission, "10.1.2.3").unwrap_err(), Refused::Total);
        assert_eq!(admit(&admission, "192.0.2.1").unwrap_err(), Refused::Total);
    }
}
