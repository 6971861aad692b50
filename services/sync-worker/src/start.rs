//! From settings to a worker that takes permits, until the shutdown.

use crate::worker::Worker;
use anyhow::Context;
use broker::{Broker, BrokerOptions, BrokerState, ConsumeOptions, Consumer, Queue};
use service::health::Readiness;
use service::{Settings, http};
use std::sync::Arc;
use std::time::Duration;
use storage::upkeep::{running_services, sealed};
use storage::{Pool, PoolOptions, pool};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How this process is called at the servers.
const NAME: &str = "geniacs sync-worker";
/// Messages of the queue `webhooks` that it takes at once: while the database is away, each is an event with its body.
const WEBHOOKS_AT_ONCE: u16 = 50;
/// Chunks that it works on at once meanwhile.
const HANDS_WITHOUT_BROKER: usize = 4;
/// How often it looks for work while the broker is away.
const SWEEP_WITHOUT_BROKER: Duration = Duration::from_millis(250);

/// Runs a worker until `shutdown` fires, and then until what it holds is finished or given back.
pub async fn run(settings: Settings, shutdown: CancellationToken) -> anyhow::Result<()> {
    let pool = open_pool(&settings)?;
    storage::upkeep::migrations::check(pool::get(&pool).await?).await?;
    let used = sealed::key_ids(&mut *pool::get(&pool).await?, sealed::CREDENTIALS).await;
    // A worker that lacks a key in use does not start, since it could not open all credentials.
    settings.encryption.keys()?.must_hold(&used.context("the keys in use cannot be read")?)?;

    let broker = connect(&settings, &shutdown).await?;
    let (prefetch, http_settings) = (settings.broker.prefetch, settings.http.clone());
    let look_every = settings.work.look_every;
    let worker = Arc::new(Worker::new(settings, pool.clone(), broker.clone(), shutdown.clone())?);
    // The phone library reads its tables at the first use; not in the middle of a record.
    tokio::task::spawn_blocking(mapping::warm_up);

    let alive = running_services::give_signs_of_life(pool.clone(), "sync-worker", env!("CARGO_PKG_VERSION"));
    tokio::spawn(shutdown.clone().run_until_cancelled_owned(alive));

    let server = http::serve(&http_settings, readiness(&pool, &broker), shutdown.clone(), |_| {})?;
    let consumers = consume(&worker, prefetch);
    let relay = tokio::spawn(broker::relay::relay_outbox(pool.clone(), broker.clone(), shutdown.clone()));
    Looking { worker: &worker, broker: &broker, every: look_every, shutdown: &shutdown }.until_the_shutdown().await;

    for consumer in consumers {
        consumer.stopped().await;
    }

    relay.await.context("the relay ended badly")?;
    let stopped = server.join().await;
    // The connection stays as long as anybody may still publish.
    drop(worker);
    broker.closed().await;
    Ok(stopped?)
}

/// The worker's connections; the first is made when it is needed.
pub(crate) fn open_pool(settings: &Settings) -> anyhow::Result<Pool> {
    Ok(pool::pool(&PoolOptions {
        url: settings.database.url()?.clone(),
        size: usize::try_from(settings.database.pool_size).unwrap_or(usize::MAX),
        role: settings.database.role.clone(),
        application_name: NAME.to_owned(),
        statement_timeout: Duration::from_secs(30),
        least_log_level: settings.telemetry.log_level.as_str(),
    })?)
}

async fn connect(settings: &Settings, shutdown: &CancellationToken) -> anyhow::Result<Broker> {
    let options = BrokerOptions {
        name: NAME.to_owned(),
        ..BrokerOptions::new(settings.broker.url()?.clone(), settings.broker.prefix.clone())
    };
    Ok(Broker::open(options, shutdown.clone()).await?)
}

/// Takes permits for chunks and for events, each queue on a connection of its own.
fn consume(worker: &Arc<Worker>, prefetch: u16) -> [Consumer; 3] {
    let chunks = worker.clone();
    let work = worker.broker.consume(Queue::Work, consuming("work", prefetch), move |_| {
        let worker = chunks.clone();
        async move { worker.take_work().await }
    });
    // A batch of events holds its integration's; more hands than two would only wait for one another.
    let webhooks = || {
        let events = worker.clone();
        worker.broker.consume_batches(Queue::Webhooks, consuming("webhooks", WEBHOOKS_AT_ONCE), move |messages| {
            let worker = events.clone();
            async move { worker.take_webhooks(messages).await }
        })
    };
    [work, webhooks(), webhooks()]
}

fn consuming(name: &str, prefetch: u16) -> ConsumeOptions {
    let mut options = ConsumeOptions::new(name);
    options.prefetch = prefetch;
    options
}

fn readiness(pool: &Pool, broker: &Broker) -> Readiness {
    let readiness = Readiness::new();
    let pool = pool.clone();
    readiness.register("database", move || {
        let pool = pool.clone();
        async move { pool::get(&pool).await.map(|_| ()).map_err(|_| "the database does not answer") }
    });
    let state = broker.state();
    readiness.register("broker", move || {
        let connected = *state.borrow() == BrokerState::Connected;
        async move { if connected { Ok(()) } else { Err("the broker is not connected") } }
    });
    readiness
}

/// How often this worker looks for work without a permit: rarely while the broker delivers, often while it is away.
struct Looking<'a> {
    worker: &'a Arc<Worker>,
    broker: &'a Broker,
    every: Duration,
    shutdown: &'a CancellationToken,
}

impl Looking<'_> {
    /// Looks for chunks, for events and for credentials to test. Each by itself: a chunk that takes long, because its partner
    /// does, must not stop the look for events.
    async fn until_the_shutdown(&self) {
        let hands = || if self.broker.is_connected() { 1 } else { HANDS_WITHOUT_BROKER };
        tokio::join!(
            self.again(hands, |worker| async move { drop(worker.take_work().await) }),
            self.again(|| 1, |worker| async move { drop(worker.sweep_webhooks().await) }),
            self.again(|| 1, |worker| async move { worker.limits.test_credentials(&worker.accounts).await }),
        );
    }

    async fn again<F>(&self, hands: impl Fn() -> usize, look: impl Fn(Arc<Worker>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        loop {
            let pause = if self.broker.is_connected() { self.every } else { self.every.min(SWEEP_WITHOUT_BROKER) };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.shutdown.cancelled() => return,
            }

            let mut looks: JoinSet<()> = (0..hands()).map(|_| look(self.worker.clone())).collect();
            while let Some(done) = looks.join_next().await {
                if let Err(error) = done {
                    tracing::error!(%error, "a look for work ended badly; the lease of its chunk runs out");
                }
            }
        }
    }
}
