//! The system as callers see it.

use crate::openapi::names;
use crate::routes::integrations::StandingView;
use broker::{Queue, Standing};
use chrono::{DateTime, Utc};
use serde::Serialize;
use storage::console::system::SystemRow;
use storage::upkeep::running_services::RunningService;
use utoipa::ToSchema;

const AWAY: &str = "RabbitMQ does not answer for now. Work goes on more slowly: workers look for it in the database.";

/// The whole system.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = System)]
pub(super) struct SystemView {
    versions: VersionsView,
    broker: BrokerView,
    queues: Vec<QueueView>,
    outbox: OutboxView,
    backlog: BacklogView,
    integrations: Vec<IntegrationView>,
    /// Processes that gave a sign of life within the last hour, by service.
    services: Vec<ServiceView>,
    /// Where Geniacs reaches the ingest from outside; null where no setting says it. An integration's events go to
    /// `/api/geniacs/webhook/{id}` there.
    #[schema(example = "https://hooks.example.com/")]
    ingest_address: Option<String>,
    /// The database's clock, by which the ages are counted.
    at: DateTime<Utc>,
}

/// A process of a service.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunningService)]
pub(super) struct ServiceView {
    id: i64,
    #[schema(example = "sync-worker")]
    name: String,
    #[schema(example = "0.1.0")]
    version: String,
    started_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    /// Whether it gave a sign within the last minute.
    alive: bool,
}

/// What the database knows.
pub(super) struct SystemData {
    pub(super) row: SystemRow,
    pub(super) integrations: Vec<IntegrationView>,
    pub(super) services: Vec<ServiceView>,
}

impl From<RunningService> for ServiceView {
    fn from(row: RunningService) -> Self {
        let RunningService { id, service, version, started_at, seen_at, is_alive } = row;
        Self { id, name: service, version, started_at, last_seen_at: seen_at, alive: is_alive }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Versions)]
struct VersionsView {
    #[schema(example = "0.1.0")]
    service: &'static str,
    /// The newest migration.
    #[schema(example = "0032_retention_and_lists")]
    schema: String,
    #[schema(example = "15.14")]
    postgresql: String,
    /// Null while it is away, or where it speaks TLS only.
    #[schema(example = "3.10.8")]
    rabbitmq: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BrokerStanding)]
struct BrokerView {
    connected: bool,
    /// What is wrong, if something is.
    message: Option<&'static str>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QueueStanding)]
struct QueueView {
    #[schema(value_type = names::QueueName)]
    name: &'static str,
    /// Null while the broker is away.
    #[schema(minimum = 0)]
    messages: Option<u32>,
    #[schema(minimum = 0)]
    consumers: Option<u32>,
    /// Since when the oldest work waits that its messages stand for: a message is a permit, and the work is a row.
    oldest_message_at: Option<DateTime<Utc>>,
    oldest_message_seconds: Option<i64>,
}

/// Messages that a transaction decided to send and that the broker has not confirmed yet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutboxStanding)]
struct OutboxView {
    /// Those for later included.
    rows: i64,
    oldest_at: Option<DateTime<Utc>>,
    lag_seconds: Option<i64>,
}

/// What workers could take up now, and what only a person can.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Backlog)]
struct BacklogView {
    ready_chunks: i64,
    ready_events: i64,
    dead_letters: i64,
    oldest_at: Option<DateTime<Utc>>,
    oldest_seconds: Option<i64>,
}

/// One integration: its breaker, its rate windows, its pauses.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IntegrationStanding)]
pub(super) struct IntegrationView {
    pub(super) id: i64,
    #[schema(example = "Geniacs")]
    pub(super) name: String,
    pub(super) health: StandingView,
}

impl SystemView {
    pub(super) fn new(found: SystemData, broker: Option<Standing>, ingest_address: Option<String>) -> Self {
        let SystemData { row, integrations, services } = found;
        let connected = broker.is_some();
        let age = |at: Option<DateTime<Utc>>| at.map(|at| (row.now - at).num_seconds().max(0));

        let queue = |queue: Queue| {
            let found = broker.as_ref().and_then(|b| b.queues.iter().find(|found| found.queue == queue));
            let oldest = match queue {
                Queue::Work => row.oldest_chunk,
                Queue::Webhooks => row.oldest_event,
                Queue::DeadLetters => row.oldest_dead_letter,
            };
            QueueView {
                name: queue.as_str(),
                messages: found.map(|found| found.messages),
                consumers: found.map(|found| found.consumers),
                oldest_message_at: oldest,
                oldest_message_seconds: age(oldest),
            }
        };

        // Dead letters are left out: they wait for a person, not for a worker.
        let oldest = row.oldest_chunk.into_iter().chain(row.oldest_event).min();
        Self {
            queues: [Queue::Work, Queue::Webhooks, Queue::DeadLetters].map(queue).into(),
            versions: VersionsView {
                service: env!("CARGO_PKG_VERSION"),
                schema: row.schema.clone(),
                postgresql: row.postgresql.clone(),
                rabbitmq: broker.and_then(|standing| standing.version),
            },
            broker: BrokerView { connected, message: (!connected).then_some(AWAY) },
            outbox: OutboxView {
                rows: row.outbox_rows,
                oldest_at: row.outbox_oldest,
                lag_seconds: age(row.outbox_oldest),
            },
            backlog: BacklogView {
                ready_chunks: row.ready_chunks,
                ready_events: row.ready_events,
                dead_letters: row.dead_letters,
                oldest_at: oldest,
                oldest_seconds: age(oldest),
            },
            integrations,
            services,
            ingest_address,
            at: row.now,
        }
    }
}
