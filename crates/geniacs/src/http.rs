//! The pool of connections that every account shares.

use std::time::Duration;

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

/// Makes the pool. It trusts what the operating system trusts, follows no redirect and uses no proxy, so that a
/// credential goes nowhere but to the address that was configured. It has no timeout of its own: each call sets one.
pub fn http_client(options: &HttpOptions) -> Result<reqwest::Client, ClientBuildError> {
    install_crypto_provider();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .gzip(true)
        .tcp_nodelay(true)
        .connect_timeout(options.connect_timeout)
        .pool_idle_timeout(options.pool_idle_timeout)
        .pool_max_idle_per_host(options.pool_max_idle_per_host)
        .build()?;
    Ok(client)
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
