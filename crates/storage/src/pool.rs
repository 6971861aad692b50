//! Connections: a pool with limits on every wait, TLS where the address asks for it.

use crate::Connection;
use crate::sqlstate::wire;
use crate::tables::look_along_schemas;
use diesel::sql_types::Text;
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::pooled_connection::deadpool as managed;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures_util::FutureExt;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::time::Duration;

/// A pool of connections; cloning shares it.
pub type Pool = managed::Pool<AsyncPgConnection>;
/// A connection on loan.
pub type PooledConnection = managed::Object<AsyncPgConnection>;

/// How the database is reached.
#[derive(Clone)]
pub struct PoolOptions {
    /// `postgres://user:password@host:port/database`, with `?sslmode=require` for TLS.
    pub url: SecretString,
    /// Connections at most.
    pub size: usize,
    /// The role that statements run with, instead of the one that signs in; a name of letters, digits and `_`.
    pub role: Option<String>,
    /// Shown in `pg_stat_activity`.
    pub application_name: String,
    /// A statement that takes longer is ended by the server.
    pub statement_timeout: Duration,
    /// Entries of the sync logs below this level are not stored: `debug`, `info`, `warning`, `error` or `critical`.
    pub least_log_level: &'static str,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// The address is not one.
    #[error("the database address is not understood ({0}); expected postgres://user:password@host:port/database")]
    Address(String),
    /// The pool could not be made.
    #[error("the connection pool cannot be made: {0}")]
    Build(String),
    /// No connection within the time allowed.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// What `limit_statements` never exceeds.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);
const WAIT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection that was used so lately is taken for a live one: one question less for each piece of work.
const CHECKED_AFTER: Duration = Duration::from_secs(1);
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// Makes a pool; it connects when it is first used.
pub fn pool(options: &PoolOptions) -> Result<Pool, PoolError> {
    let config = config(options)?;
    let mut manager = ManagerConfig::default();
    manager.recycling_method = RecyclingMethod::Fast;
    manager.custom_setup = Box::new(move |_url| {
        let config = config.clone();
        async move { connect(config).await }.boxed()
    });

    managed::Pool::builder(AsyncDieselConnectionManager::new_with_config(String::new(), manager))
        .max_size(options.size)
        .wait_timeout(Some(WAIT_TIMEOUT))
        .create_timeout(Some(CONNECT_TIMEOUT))
        .recycle_timeout(Some(CHECK_TIMEOUT))
        .pre_recycle(managed::Hook::async_fn(|connection, metrics| check(connection, metrics.last_used()).boxed()))
        .runtime(deadpool::Runtime::Tokio1)
        .build()
        .map_err(|e| PoolError::Build(e.to_string()))
}

/// Opens a connection that belongs to no pool, for LISTEN.
pub async fn dedicated(options: &PoolOptions) -> Result<AsyncPgConnection, PoolError> {
    let connecting = tokio::time::timeout(CONNECT_TIMEOUT, connect(config(options)?));
    let connected = connecting.await.map_err(|_| PoolError::Unavailable("no answer in time".to_owned()))?;
    connected.map_err(|e| PoolError::Unavailable(cause(&e)))
}

/// Connects, however long that takes.
pub(crate) async fn connect_to(options: &PoolOptions) -> Result<AsyncPgConnection, PoolError> {
    connect(config(options)?).await.map_err(|e| PoolError::Unavailable(cause(&e)))
}

fn config(options: &PoolOptions) -> Result<tokio_postgres::Config, PoolError> {
    let mut config: tokio_postgres::Config =
        options.url.expose_secret().parse().map_err(|e: tokio_postgres::Error| PoolError::Address(cause(&e)))?;
    config
        .application_name(&options.application_name)
        .connect_timeout(CONNECT_TIMEOUT)
        .keepalives_idle(Duration::from_secs(10));

    let statement = options.statement_timeout.as_millis();
    // Statements here are short. Compiling one, because the planner expects a table to be huge, takes longer than running it.
    // Where a session begins with it, nothing that resets the session takes it away.
    let role = options.role.as_ref().map(|role| format!(" -c role={role}")).unwrap_or_default();

    config.options(format!(
        "-c statement_timeout={statement} -c lock_timeout={} -c idle_in_transaction_session_timeout=30000 -c TimeZone=UTC \
         -c plan_cache_mode=force_custom_plan \
         -c jit=off \
         -c geniacs.log_level={}{role}",
        LOCK_TIMEOUT.as_millis(),
        options.least_log_level
    ));

    Ok(config)
}

/// Takes a connection from the pool, waiting 5 s at most.
pub async fn get(pool: &Pool) -> Result<PooledConnection, PoolError> {
    pool.get().await.map_err(|e| PoolError::Unavailable(cause(&e)))
}

/// Takes a connection out of its pool for good: dropped, it is closed, and a transaction left open on it rolled back.
pub fn take(connection: PooledConnection) -> AsyncPgConnection {
    deadpool::managed::Object::take(connection)
}

/// Lets no statement of the transaction take longer than `within`, nor wait longer than `for_locks` for a lock; never longer
/// than the connection allows anyway.
pub async fn limit_statements(connection: &mut Connection, within: Duration, for_locks: Duration) -> crate::Result<()> {
    let limit = |asked: Duration, most: Duration| format!("{}ms", asked.min(most).as_millis());
    // Where both would end at the same moment, it is to be told that a lock was waited for.
    let for_locks = for_locks.min(within * 3 / 4);

    diesel::sql_query("SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true)")
        .bind::<Text, _>(limit(within, STATEMENT_TIMEOUT))
        .bind::<Text, _>(limit(for_locks, LOCK_TIMEOUT))
        .execute(connection)
        .await?;
    Ok(())
}

/// Asks a connection that has been idle whether the server is still there.
async fn check(connection: &mut AsyncPgConnection, idle: Duration) -> Result<(), managed::HookError> {
    if idle < CHECKED_AFTER {
        return Ok(());
    }
    match tokio::time::timeout(CHECK_TIMEOUT, connection.batch_execute("SELECT 1")).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(managed::HookError::message(error.to_string())),
        Err(_) => Err(managed::HookError::message("no answer in time")),
    }
}

/// Connects, and says in which schemas tables are looked for.
async fn connect(config: tokio_postgres::Config) -> ConnectionResult<AsyncPgConnection> {
    let mut connection = open(config).await?;
    let found = connection.batch_execute(&look_along_schemas()).await;
    found.map_err(|e| ConnectionError::BadConnection(cause(&e)))?;
    Ok(connection)
}

/// Connects so that errors tell their SQLSTATE; over a socket file they tell what Diesel keeps of it.
async fn open(mut config: tokio_postgres::Config) -> ConnectionResult<AsyncPgConnection> {
    use tokio_postgres::config::{Host, SslMode, SslNegotiation};

    let bad = |e: &dyn std::error::Error| ConnectionError::BadConnection(cause(e));
    if config.get_ssl_mode() == SslMode::Require {
        let tls = tokio_postgres_rustls::MakeRustlsConnect::new(tls_config().map_err(|e| bad(&e))?);
        let (client, connection) = config.connect(wire::Encrypted(tls)).await.map_err(|e| bad(&e))?;
        return AsyncPgConnection::try_from_client_and_connection(client, connection).await;
    }

    let has_names = !config.get_hosts().is_empty();
    if has_names && config.get_hosts().iter().all(|host| matches!(host, Host::Tcp(_))) {
        config.ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct);
        let (client, connection) = config.connect(wire::Plain).await.map_err(|e| bad(&e))?;
        return AsyncPgConnection::try_from_client_and_connection(client, connection).await;
    }

    let (client, connection) = config.connect(tokio_postgres::NoTls).await.map_err(|e| bad(&e))?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await
}

fn tls_config() -> Result<rustls::ClientConfig, rustls::Error> {
    use rustls_platform_verifier::BuilderVerifierExt;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth())
}

/// An error with its causes in one line. PostgreSQL's messages hold no password.
fn cause(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let source_text = source.to_string();
        if !text.contains(&source_text) {
            text.push_str(": ");
            text.push_str(&source_text);
        }
        next = source.source();
    }
    text
}
