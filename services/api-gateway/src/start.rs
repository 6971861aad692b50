//! From settings to a gateway that answers.

use crate::access::failed_logins;
use crate::dashboard::Dashboard;
use crate::database::Database;
use crate::live::Hub;
use crate::operations;
use crate::state::State;
use actix_web::web::{Data, ServiceConfig};
use anyhow::Context as _;
use audit_chain::AuditChain;
use broker::{Broker, BrokerOptions};
use secrecy::SecretString;
use secrets::KeyRing;
use service::http::RunningServer;
use service::{CancellationToken, Readiness, Settings};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use storage::upkeep::{running_services, sealed};
use storage::{Pool, PoolOptions};

/// Where it listens unless told otherwise.
pub const DEFAULT_PORT: u16 = 8080;

const NAME: &str = "api-gateway";
/// A statement of the gateway that takes longer is not worth waiting for.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long connections to the broker get to close.
const BROKER_CLOSE: Duration = Duration::from_secs(2);

/// A gateway that listens, until the token it was given fires.
#[derive(Debug)]
pub struct Gateway {
    /// Where it listens, with the real port.
    pub address: SocketAddr,
    server: RunningServer,
    broker: Broker,
}

impl Gateway {
    /// Waits until it has stopped and the requests in flight have been answered.
    pub async fn join(self) -> anyhow::Result<()> {
        self.server.join().await?;
        // Nothing is lost by a connection that does not close in time.
        let _ = tokio::time::timeout(BROKER_CLOSE, self.broker.closed()).await;
        Ok(())
    }
}

/// Runs a gateway until `shutdown` fires.
pub async fn run(settings: Settings, shutdown: CancellationToken) -> anyhow::Result<()> {
    start(settings, shutdown).await?.join().await
}

/// Starts a gateway. The database must answer and have this program's schema; the broker may come later.
pub async fn start(settings: Settings, shutdown: CancellationToken) -> anyhow::Result<Gateway> {
    service::install_tls_provider();
    let keys = settings.encryption.keys()?;
    let dashboard = settings.dashboard.folder.as_deref().map(Dashboard::read).transpose()?;

    let pool = open_database(&settings).await?;
    check_keys(&pool, &keys).await?;
    settle_audit_log(&pool, &keys).await?;
    let broker = open_broker(&settings, shutdown.clone()).await?;

    // The settings move into the state below.
    let http = settings.http.clone();
    let alive = running_services::give_signs_of_life(pool.clone(), NAME, env!("CARGO_PKG_VERSION"));
    tokio::spawn(shutdown.clone().run_until_cancelled_owned(alive));

    let database = Database::new(pool);
    database.watch(pool_options(&settings, settings.database.url()?), shutdown.clone());
    let readiness = register_readiness(&database, &broker);

    let live = start_hub(&settings, database.clone(), shutdown.clone())?;
    let state = Data::new(State::new(settings, database, broker.clone(), keys, live, dashboard)?);

    tokio::spawn(failed_logins::write_failed_logins(state.database.clone(), state.log.clone(), shutdown.clone()));
    tokio::spawn(operations::carry_out_operations(state.clone(), shutdown.clone()));

    let server = service::http::serve(&http, readiness, shutdown, move |app: &mut ServiceConfig| {
        app.app_data(state.clone()).configure(crate::routes::configure_routes);
    })?;
    Ok(Gateway { address: server.address, server, broker })
}

async fn open_database(settings: &Settings) -> anyhow::Result<Pool> {
    let pool = storage::pool::pool(&pool_options(settings, settings.database.url()?))?;
    storage::upkeep::migrations::check(storage::pool::get(&pool).await?).await?;
    Ok(pool)
}

fn pool_options(settings: &Settings, url: &SecretString) -> PoolOptions {
    PoolOptions {
        url: url.clone(),
        size: settings.database.pool_size as usize,
        role: settings.database.role.clone(),
        application_name: NAME.to_owned(),
        statement_timeout: STATEMENT_TIMEOUT,
        least_log_level: settings.telemetry.log_level.as_str(),
    }
}

/// A pooler hands connections round, so that what is told to one would reach anybody: past it.
fn start_hub(settings: &Settings, database: Database, shutdown: CancellationToken) -> anyhow::Result<Hub> {
    let direct = pool_options(settings, settings.database.direct_url()?);
    Ok(Hub::start(database, direct, settings.live.max_listeners, shutdown))
}

/// Stops the start when something is sealed with a key that is not on the ring. A single value that does not open stops
/// nothing but the calls that need it.
async fn check_keys(pool: &Pool, keys: &KeyRing) -> anyhow::Result<()> {
    let used = sealed::key_ids(&mut *storage::pool::get(pool).await?, sealed::ALL).await;
    Ok(keys.must_hold(&used.context("the keys in use cannot be read")?)?)
}

/// A signing key that does not open stops the changes that would be signed, and nothing else.
async fn settle_audit_log(pool: &Pool, keys: &Arc<KeyRing>) -> anyhow::Result<()> {
    let mut connection = storage::pool::get(pool).await?;
    if let Err(error) = AuditChain::new(keys.clone()).settle(&mut connection).await {
        tracing::error!(%error, "the audit log cannot be written");
    }
    Ok(())
}

async fn open_broker(settings: &Settings, shutdown: CancellationToken) -> anyhow::Result<Broker> {
    let mut options = BrokerOptions::new(settings.broker.url()?.clone(), settings.broker.prefix.clone());
    NAME.clone_into(&mut options.name);
    Ok(Broker::open(options, shutdown).await?)
}

fn register_readiness(database: &Database, broker: &Broker) -> Readiness {
    let readiness = Readiness::new();
    let database = database.clone();
    readiness.register("database", move || {
        let database = database.clone();
        async move { if database.answers().await { Ok(()) } else { Err("the database does not answer") } }
    });

    // The gateway is ready without the broker: permits wait in the outbox.
    crate::wake::watch_broker(broker);
    readiness
}
