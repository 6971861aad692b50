//! Everything that the system has said, with where it was said.

use super::needle::Needle;
use end_to_end::{Process, Stack};
use lapin::options::{BasicAckOptions, BasicGetOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};

/// What was gathered: where, and the bytes.
#[derive(Default)]
pub(super) struct Evidence(Vec<(String, Vec<u8>)>);

impl Evidence {
    pub(super) fn add(&mut self, place: impl Into<String>, text: impl AsRef<[u8]>) {
        self.0.push((place.into(), text.as_ref().to_vec()));
    }

    /// What every process has written, and what its metrics say.
    pub(super) async fn add_processes(&mut self, stack: &Stack) {
        let services = [("gateway", &stack.gateway), ("ingest", &stack.ingest), ("scheduler", &stack.scheduler)];
        let workers = stack.workers.iter().map(|worker| ("worker", worker));
        for (name, process) in services.into_iter().chain(workers) {
            self.add(format!("log of {name}"), process.log().join("\n"));
            self.add(format!("metrics of {name}"), metrics(process).await);
        }
    }

    /// A dump of every table, but for the columns in which the provider keeps secrets.
    pub(super) async fn add_database(&mut self, stack: &Stack) {
        let tables = "SELECT string_agg(oid::regclass::text, ' ') FROM pg_class
            WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace";
        for table in stack.database.ask(tables).await.split(' ') {
            let row = if table == "nas_servers" { "to_jsonb(t) - 'secret' - 'community'" } else { "t" };
            let dump = stack.database.ask(&format!("SELECT string_agg(({row})::text, E'\\n') FROM {table} t")).await;
            self.add(format!("table {table}"), dump);
        }
    }

    /// Where a secret is, if anywhere.
    pub(super) fn places_of(&self, needle: &Needle) -> Vec<&str> {
        self.0.iter().filter(|(_, text)| needle.is_in(text)).map(|(place, _)| place.as_str()).collect()
    }

    /// How many bytes of a kind there are.
    pub(super) fn size(&self, kind: &str) -> usize {
        self.0.iter().filter(|(place, _)| place.starts_with(kind)).map(|(_, text)| text.len()).sum()
    }
}

async fn metrics(process: &Process) -> String {
    let answer = reqwest::get(format!("{}/metrics", process.url())).await.expect("metrics");
    answer.text().await.expect("text")
}

/// A queue beside the system's own that gets a copy of every message.
pub(super) struct Copies {
    channel: Channel,
    queue: String,
    _connection: Connection,
}

impl Copies {
    pub(super) async fn of(stack: &Stack) -> Self {
        let setting = |name: &str| stack.settings()[name].clone();
        let (url, prefix) = (setting("GENIACS_BROKER__URL"), setting("GENIACS_BROKER__PREFIX"));
        let connection = Connection::connect(&url, ConnectionProperties::default()).await.expect("RabbitMQ answers");
        let channel = connection.create_channel().await.expect("a channel");

        let queue = format!("{prefix}copies");
        let options = QueueDeclareOptions { exclusive: true, auto_delete: true, ..QueueDeclareOptions::default() };
        channel.queue_declare(queue.as_str().into(), options, FieldTable::default()).await.expect("a queue");

        for key in broker::Queue::ALL.map(broker::Queue::as_str) {
            let (exchange, key) = (format!("{prefix}geniacs"), format!("{prefix}{key}"));
            let (name, exchange, key) = (queue.as_str().into(), exchange.as_str().into(), key.as_str().into());
            let bound = channel.queue_bind(name, exchange, key, QueueBindOptions::default(), FieldTable::default());
            bound.await.expect("it is bound");
        }

        Self { channel, queue, _connection: connection }
    }

    /// Bodies and headers.
    pub(super) async fn add_to(&self, evidence: &mut Evidence) {
        loop {
            let next = self.channel.basic_get(self.queue.as_str().into(), BasicGetOptions::default()).await;
            let Some(message) = next.expect("RabbitMQ answers") else { return };
            message.acker.ack(BasicAckOptions::default()).await.expect("it is taken");
            evidence.add("message", &message.delivery.data);
            evidence.add("message's headers", format!("{:?}", message.delivery.properties));
        }
    }
}
