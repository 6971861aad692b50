//! How a simulator is set up.

use crate::faults::Faults;
use std::net::{IpAddr, Ipv4Addr};

/// The configuration, which does not change while a simulator runs.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens. The admin API has no key: keep it on a loopback address.
    pub bind: IpAddr,
    /// The port; 0 takes any that is free.
    pub port: u16,
    /// The bearer token that it expects.
    pub api_key: String,
    /// The secret that requests are signed with.
    pub api_secret: String,
    /// Whether signatures and timestamps are checked at all.
    pub check_signatures: bool,
    /// What `/health` says.
    pub version: String,
    /// The faults from the start on.
    pub faults: Faults,
    /// So many customers, and what belongs to them, are there at the start; see `POST /admin/seed/all`.
    pub customers: usize,
    /// Where webhooks go, unless a request names its own place.
    pub webhook_url: Option<String>,
    /// Signs webhooks, unless a request names its own secret.
    pub webhook_secret: Option<String>,
    /// The seed of faults and of what the admin API changes, unless a request names its own.
    pub seed: u64,
    /// Threads that answer requests.
    pub workers: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            api_key: "simulator-key".to_owned(),
            api_secret: "simulator-secret".to_owned(),
            check_signatures: true,
            version: "v1.2.3".to_owned(),
            faults: Faults::default(),
            customers: 0,
            webhook_url: None,
            webhook_secret: None,
            seed: 1,
            workers: 2,
        }
    }
}
