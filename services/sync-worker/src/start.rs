//! From settings to a worker that takes permits, until the shutdown.

use crate::worker::Worker;
use anyhow::Context;
use broker::{Broker, BrokerOptions, BrokerState, ConsumeOptions, Queue};
use service::health::Readiness;
use service::{Settings, http};
use std::sync::Arc;
use std::time::Duration;
use storage::{PoolOptions, pool};
use tokio_util::sync::CancellationToken;

/// How often a worker looks for work by itself while permits arrive; they are the rule, this is the net.
const SWEEP: Duration = Duration::from_secs(5);
/// How often it looks while the broker is away.
const SWEEP_WITHOUT_BROKER: Duration = Duration::from_millis(250);

/// Runs a worker until `shutdown` fires, and then until what it holds is finished or given back.
pub async fn run(settings: Settings, shutdown: CancellationToken) -> anyhow::Result<()> {
    let pool = pool::pool(&PoolOptions {
        url: settings.database.url()?.clone(),
        size: usize::try_from(settings.database.pool_size).unwrap_or(usize::MAX),
        application_name: "geniacs sync-worker".to_owned(),
        statement_timeout: Duration::from_secs(30),
    })?;
    storage::migrations::check(pool::get(&pool).await?).await?;
    let options = BrokerOptions {
        name: "geniacs sync-worker".to_owned(),
        ..BrokerOptions::new(settings.broker.url()?.clone(), settings.broker.prefix.clone())
    };
    let broker = Broker::start(options, shutdown.clone())?;
    let prefetch = settings.broker.prefetch;
    let http_settings = settings.http.clone();
    let worker = Arc::new(Worker::new(settings, pool.clone(), broker.clone(), shutdown.clone())?);
    // The phone library reads its tables at the first use; not in the middle of a record.
    tokio::task::spawn_blocking(mapping::warm_up);

    let server = http::serve(&http_settings, readiness(&pool, &broker), shutdown.clone(), |_| {})?;
    let work = {
        let worker = worker.clone();
        broker.consume(Queue::Work, consuming("work", prefetch), move |_| {
            let worker = worker.clone();
            async move { worker.take_work().await }
        })
    };
    let events = {
        let worker = worker.clone();
        broker.consume(Queue::Webhooks, consuming("webhooks", prefetch.min(2)), move |delivery| {
            let worker = worker.clone();
            async move { worker.take_webhooks(delivery.message).await }
        })
    };
    let relay = tokio::spawn(broker::relay::relay(pool.clone(), broker.clone(), shutdown.clone()));
    sweep(&worker, &broker, &shutdown).await;

    work.stopped().await;
    events.stopped().await;
    relay.await.context("the relay ended badly")?;
    let served = server.join().await;
    // The connection stays as long as anybody may still publish.
    drop(worker);
    broker.closed().await;
    Ok(served?)
}

fn consuming(name: &str, prefetch: u16) -> ConsumeOptions {
    let mut options = ConsumeOptions::new(name);
    options.prefetch = prefetch;
    options
}

fn readiness(pool: &storage::Pool, broker: &Broker) -> Readiness {
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

/// Looks for work without a permit: rarely while the broker delivers, often while it is away.
async fn sweep(worker: &Arc<Worker>, broker: &Broker, shutdown: &CancellationToken) {
    loop {
        let pause = if broker.is_connected() { SWEEP } else { SWEEP_WITHOUT_BROKER };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shutdown.cancelled() => return,
        }
        worker.take_work().await;
        worker.sweep_webhooks().await;
    }
}
