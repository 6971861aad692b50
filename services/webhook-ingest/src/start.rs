//! From settings to a service that takes webhooks, until the shutdown.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use broker::{Broker, BrokerOptions};
use service::http::RunningServer;
use service::{CancellationToken, Readiness, Settings};
use storage::upkeep::{running_services, sealed};
use storage::{Pool, PoolOptions, pool};
use tokio_util::task::TaskTracker;

use crate::http::{self, Ingress};
use crate::intake::Intake;
use crate::secrets::KnownSecrets;

/// One statement stores at most 256 events; one that takes longer waits for something.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);

/// A running ingest.
#[derive(Debug)]
pub struct Ingest {
    /// The address on which it listens, with the real port where port 0 was asked for.
    pub address: SocketAddr,
    server: RunningServer,
    tasks: TaskTracker,
    /// Ends what works for requests, once those in flight are answered.
    finish: CancellationToken,
    broker: Broker,
}

/// Takes webhooks until `shutdown` fires, then answers those in flight.
pub async fn run(settings: Settings, shutdown: CancellationToken) -> anyhow::Result<()> {
    start(settings, shutdown).await?.join().await
}

/// Starts, and returns as soon as webhooks are taken.
pub async fn start(settings: Settings, shutdown: CancellationToken) -> anyhow::Result<Ingest> {
    let keys = settings.encryption.keys()?;

    let pool = open_pool(&settings)?;
    storage::upkeep::migrations::check(pool::get(&pool).await?).await?;

    let used = sealed::key_ids(&mut *pool::get(&pool).await?, sealed::WEBHOOK_SECRETS).await;
    // A missing key would show only with the first webhook of some integration.
    keys.must_hold(&used.context("the keys in use cannot be read")?)?;

    // Work goes on while requests are answered, so its end is a token of its own.
    let finish = CancellationToken::new();
    let broker = open_broker(&settings, finish.clone()).await?;

    let tasks = TaskTracker::new();

    let alive = running_services::give_signs_of_life(pool.clone(), "webhook-ingest", env!("CARGO_PKG_VERSION"));
    tasks.spawn(finish.clone().run_until_cancelled_owned(alive));

    let secrets = KnownSecrets::load(pool.clone(), keys, &tasks, finish.clone()).await?;
    let intake = Intake::start(pool.clone(), broker.clone(), &tasks, finish.clone());

    let ingress = Arc::new(Ingress { secrets, intake });
    let readiness = readiness_of(pool, broker.clone());
    let server =
        service::http::serve(&settings.http, readiness, shutdown, move |app| http::configure_routes(app, &ingress))?;

    Ok(Ingest { address: server.address, server, tasks, finish, broker })
}

impl Ingest {
    /// Waits for the end that the shutdown brings.
    pub async fn join(self) -> anyhow::Result<()> {
        let served = self.server.join().await;
        self.finish.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.broker.closed().await;
        Ok(served?)
    }
}

fn open_pool(settings: &Settings) -> anyhow::Result<Pool> {
    Ok(pool::pool(&PoolOptions {
        url: settings.database.url()?.clone(),
        size: settings.database.pool_size as usize,
        role: settings.database.role.clone(),
        application_name: "geniacs webhook-ingest".to_owned(),
        statement_timeout: STATEMENT_TIMEOUT,
        least_log_level: settings.telemetry.log_level.as_str(),
    })?)
}

async fn open_broker(settings: &Settings, finish: CancellationToken) -> anyhow::Result<Broker> {
    let mut options = BrokerOptions::new(settings.broker.url()?.clone(), settings.broker.prefix.clone());
    options.name = "geniacs webhook-ingest".into();
    options.linger = Duration::from_secs(1);
    Ok(Broker::open(options, finish).await?)
}

fn readiness_of(pool: Pool, broker: Broker) -> Readiness {
    let readiness = Readiness::new();

    readiness.register("database or broker", move || {
        let (pool, connected) = (pool.clone(), broker.is_connected());
        async move {
            if connected || pool::get(&pool).await.is_ok() {
                Ok(())
            } else {
                Err("neither database nor broker answers")
            }
        }
    });

    readiness
}
