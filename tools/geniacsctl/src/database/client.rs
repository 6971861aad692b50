//! A client that can COPY.

use anyhow::{Context as _, anyhow};
use rustls_platform_verifier::BuilderVerifierExt as _;
use secrets::{ExposeSecret as _, SecretString};
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, NoTls};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const NO_CONNECTION: &str = "PostgreSQL cannot be used; check that it runs and that DATABASE_URL is right";

/// Connects; the connection ends with the client.
pub async fn connect_client(url: &SecretString) -> anyhow::Result<Client> {
    let mut config: Config = url
        .expose_secret()
        .parse()
        .map_err(|error| anyhow!("DATABASE_URL is not understood: {}", innermost_cause(&error)))?;
    config.application_name("geniacsctl").connect_timeout(CONNECT_TIMEOUT).options("-c TimeZone=UTC");

    let client = if config.get_ssl_mode() == SslMode::Require {
        let tls = tokio_postgres_rustls::MakeRustlsConnect::new(tls_config()?);
        let (client, connection) = config.connect(tls).await.map_err(|error| refused_connection(&error))?;
        tokio::spawn(connection);
        client
    } else {
        let (client, connection) = config.connect(NoTls).await.map_err(|error| refused_connection(&error))?;
        tokio::spawn(connection);
        client
    };

    Ok(client)
}

fn tls_config() -> anyhow::Result<rustls::ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let builder = builder.with_platform_verifier().context("the system's CA certificates cannot be read")?;
    Ok(builder.with_no_client_auth())
}

fn refused_connection(error: &tokio_postgres::Error) -> anyhow::Error {
    anyhow!("{NO_CONNECTION}: {}", innermost_cause(error))
}

/// PostgreSQL's own message, or else the client's. Neither shows a password.
pub fn innermost_cause(error: &tokio_postgres::Error) -> String {
    if let Some(said) = error.as_db_error() {
        return said.message().to_owned();
    }
    let source = std::error::Error::source(error).map(|source| format!(": {source}"));
    format!("{error}{}", source.filter(|text| !error.to_string().contains(text.as_str())).unwrap_or_default())
}
