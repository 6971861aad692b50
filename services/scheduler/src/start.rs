//! From settings to a scheduler at work, until the shutdown.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use broker::{Broker, BrokerOptions, Consumer};
use service::http::RunningServer;
use service::{CancellationToken, Readiness, Settings};
use storage::upkeep::running_services;
use storage::{Pool, PoolOptions, pool};
use tokio_util::task::TaskTracker;

use crate::apart::Apart;
use crate::bell::{self, Bell};
use crate::context::Context;
use crate::housekeeping::Housekeeping;
use crate::lag::Lag;
use crate::notifications::Notifications;
use crate::partitions::Partitions;
use crate::rescue::Rescue;
use crate::{dead_letters, held, intervals, real_time, references, stalled, task, ticks, waiting};

const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);

/// A running scheduler.
#[derive(Debug)]
pub struct Scheduler {
    /// The address of its own endpoints, with the real port where port 0 was asked for.
    pub address: SocketAddr,
    server: RunningServer,
    tasks: TaskTracker,
    dead_letters: Consumer,
    broker: Broker,
}

/// Schedules until `shutdown` fires.
pub async fn run(settings: Settings, shutdown: CancellationToken) -> anyhow::Result<()> {
    start(settings, shutdown).await?.join().await
}

/// Starts, and returns as soon as everything runs.
pub async fn start(settings: Settings, shutdown: CancellationToken) -> anyhow::Result<Scheduler> {
    let pool = open_pool(&settings)?;
    storage::upkeep::migrations::check(pool::get(&pool).await?).await?;

    let broker = open_broker(&settings, shutdown.clone()).await?;
    let context = Context { settings, pool, broker, apart: Apart::default() };

    let http = &context.settings.http;
    let server = service::http::serve(http, readiness_of(&context), shutdown.clone(), |_| {})?;

    let tasks = TaskTracker::new();
    spawn_tasks(&context, &tasks, &shutdown)?;
    let dead_letters = dead_letters::drain_dead_letters(&context);

    Ok(Scheduler { address: server.address, server, tasks, dead_letters, broker: context.broker })
}

impl Scheduler {
    /// Waits for the end that the shutdown brings.
    pub async fn join(self) -> anyhow::Result<()> {
        let served = self.server.join().await;
        self.tasks.close();
        self.tasks.wait().await;
        self.dead_letters.stopped().await;
        self.broker.closed().await;
        Ok(served?)
    }
}

fn spawn_tasks(context: &Context, tasks: &TaskTracker, shutdown: &CancellationToken) -> anyhow::Result<()> {
    let alive = running_services::give_signs_of_life(context.pool.clone(), "scheduler", env!("CARGO_PKG_VERSION"));
    tasks.spawn(shutdown.clone().run_until_cancelled_owned(alive));

    let (bell, ringer) = bell::hang_bell();
    tasks.spawn(ringer.run(shutdown.clone()));
    tasks.spawn(broker::relay::relay_outbox(context.pool.clone(), context.broker.clone(), shutdown.clone()));

    // With automatic syncs off, ticks are still met, and written down as skipped.
    every_ring(tasks, "schedules", &bell, shutdown, context, ticks::start_due_schedules);
    if context.settings.sync.auto_sync_enabled {
        every_ring(tasks, "intervals", &bell, shutdown, context, intervals::start_due_intervals);
    } else {
        tracing::info!("schedules and intervals start no sync, because GENIACS_AUTO_SYNC_ENABLED is false");
    }

    let (quick_bell, ringing) = bell::hang_quick(context.settings.scheduler.probe, shutdown.clone());
    tasks.spawn(ringing);
    every_ring(tasks, "local changes", &quick_bell, shutdown, context, real_time::push_local_changes);

    every_ring(tasks, "waiting syncs", &bell, shutdown, context, waiting::start_waiting_syncs);
    every_ring(tasks, "held integrations", &bell, shutdown, context, held::release_held);
    every_ring(tasks, "stalled syncs", &bell, shutdown, context, stalled::count_stalled_syncs);
    every_ring(tasks, "references", &bell, shutdown, context, references::sync_linked_references);

    let rescue = Arc::new(Rescue::new(context.clone()));
    every_ring(tasks, "rescue", &bell, shutdown, &rescue, Rescue::round);

    let lag = Arc::new(Lag::new(context.clone()));
    every_ring(tasks, "lag of local changes", &bell, shutdown, &lag, Lag::round);

    let partitions = Arc::new(Partitions::new(context.clone()));
    every_ring(tasks, "partitions", &bell, shutdown, &partitions, Partitions::round);

    let notifications = Arc::new(Notifications::new(context.clone())?);
    every_ring(tasks, "notices", &bell, shutdown, &notifications, Notifications::look);
    every_ring(tasks, "notice deliveries", &bell, shutdown, &notifications, Notifications::send);

    let housekeeping = Arc::new(Housekeeping::new(context.clone(), shutdown.clone())?);
    every_ring(tasks, "housekeeping", &bell, shutdown, &housekeeping, Housekeeping::round);
    Ok(())
}

fn every_ring<S, F>(
    tasks: &TaskTracker,
    name: &'static str,
    bell: &Bell,
    shutdown: &CancellationToken,
    shared: &S,
    round: impl Fn(S) -> F + Send + 'static,
) where
    S: Clone + Send + 'static,
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let shared = shared.clone();
    tasks.spawn(task::run_task(name, bell.clone(), shutdown.clone(), move || round(shared.clone())));
}

/// The scheduler's connections; the first is made when it is needed.
pub(crate) fn open_pool(settings: &Settings) -> anyhow::Result<Pool> {
    Ok(pool::pool(&PoolOptions {
        url: settings.database.url()?.clone(),
        size: settings.database.pool_size as usize,
        role: settings.database.role.clone(),
        application_name: "geniacs scheduler".to_owned(),
        statement_timeout: STATEMENT_TIMEOUT,
        least_log_level: settings.telemetry.log_level.as_str(),
    })?)
}

async fn open_broker(settings: &Settings, shutdown: CancellationToken) -> anyhow::Result<Broker> {
    let mut options = BrokerOptions::new(settings.broker.url()?.clone(), settings.broker.prefix.clone());
    options.name = "geniacs scheduler".into();
    options.linger = Duration::from_secs(2);
    Ok(Broker::open(options, shutdown).await?)
}

fn readiness_of(context: &Context) -> Readiness {
    let readiness = Readiness::new();
    let pool = context.pool.clone();
    readiness.register("database", move || {
        let pool = pool.clone();
        async move { pool::get(&pool).await.map(|_| ()).map_err(|_| "the database does not answer") }
    });
    let broker = context.broker.clone();
    readiness.register("broker", move || {
        let connected = broker.is_connected();
        async move { if connected { Ok(()) } else { Err("the broker is not connected") } }
    });
    readiness
}
