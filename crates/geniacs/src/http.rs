//! The pool of connections that every account shares.

use crate::guard::{Guard, OutboundRefusal, system_resolver};
use reqwest::dns::Resolve;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How connections to partners are made and kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpOptions {
    /// How long a connection may take to stand, TLS included.
    pub connect_timeout: Duration,
    /// How long an unused connection is kept. Shorter than what servers usually allow (60 s and more), so that it is
    /// seldom the other side that closes it.
    pub pool_idle_timeout: Duration,
    /// How many unused connections are kept for each host.
    pub pool_max_idle_per_host: usize,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            pool_idle_timeout: Duration::from_secs(30),
            pool_max_idle_per_host: 32,
        }
    }
}

/// Why no pool could be made.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be set up: {0}; are the system's CA certificates installed (package ca-certificates)?")]
pub struct ClientBuildError(#[from] reqwest::Error);

/// Connections to partners, whose addresses users set: only where a [`Guard`] lets them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbound {
    http: reqwest::Client,
    guard: Guard,
}

impl Outbound {
    /// Makes the pool, as [`http_client`] does.
    pub fn new(options: &HttpOptions, guard: Guard) -> Result<Self, ClientBuildError> {
        Self::resolving_by(options, guard, system_resolver())
    }

    /// As [`Outbound::new`], with somebody else than the operating system to ask for the addresses of names.
    pub fn resolving_by(
        options: &HttpOptions,
        guard: Guard,
        resolver: Arc<dyn Resolve>,
    ) -> Result<Self, ClientBuildError> {
        let http = client_builder(options).dns_resolver(Arc::new(guard.resolver(resolver))).build()?;
        Ok(Self { http, guard })
    }

    /// What it lets through.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// A request to be filled in, where the guard lets it. A host that is an address never comes to the resolver, so the
    /// URL is looked at here.
    pub fn request(&self, method: reqwest::Method, url: Url) -> Result<reqwest::RequestBuilder, OutboundRefusal> {
        self.guard.check(&url)?;
        Ok(self.http.request(method, url))
    }
}

/// Makes a pool for addresses of the operator's own. It trusts what the operating system trusts, follows no redirect and
/// uses no proxy, so that a credential goes nowhere but to the address that was configured. It has no timeout of its
/// own: each call sets one.
pub fn http_client(options: &HttpOptions) -> Result<reqwest::Client, ClientBuildError> {
    Ok(client_builder(options).build()?)
}

fn client_builder(options: &HttpOptions) -> reqwest::ClientBuilder {
    install_crypto_provider();

    reqwest::Client::builder()
        // A redirect would carry the signature to a host that the guard never judged.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        // A proxy would resolve names itself, past the guard.
        .no_proxy()
        .gzip(true)
        .tcp_nodelay(true)
        .connect_timeout(options.connect_timeout)
        .pool_idle_timeout(options.pool_idle_timeout)
        .pool_max_idle_per_host(options.pool_max_idle_per_host)
}

/// The client panics without a process-wide provider; another part of the process may have installed it already.
fn install_crypto_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error means that another thread was quicker, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_can_be_made_many_times_and_at_once() {
        let builders: Vec<_> =
            (0..4).map(|_| std::thread::spawn(|| http_client(&HttpOptions::default()).is_ok())).collect();
        assert!(builders.into_iter().all(|builder| builder.join().unwrap()));
    }
}
