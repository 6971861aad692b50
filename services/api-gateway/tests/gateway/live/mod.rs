//! Live events over a running gateway.

mod access;
mod cost;
mod narrowed;
mod operations;
mod outage;
mod resuming;
mod telling;

use crate::stand::Stand;
use reqwest::{Method, Response};
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;

const STREAM: &str = "/api/geniacs/events/stream";
/// By far longer than anything takes to be told of.
const LIMIT: Duration = Duration::from_secs(30);

/// One event, as a browser reads it.
#[derive(Debug, Clone)]
struct Event {
    kind: String,
    data: Value,
    id: Option<String>,
}

/// A listener.
struct Listener {
    response: Response,
    text: String,
    /// What it would come back with.
    last_id: Option<String>,
}

impl Listener {
    /// Listens with a token, and reads until everything that is under way was told. Gives what that was.
    async fn start(stand: &Stand, token: &str) -> (Self, Vec<Event>) {
        Self::resume(stand, token, None).await
    }

    /// Comes back to a place.
    async fn resume(stand: &Stand, token: &str, last_id: Option<&str>) -> (Self, Vec<Event>) {
        let request = stand.request(Method::GET, STREAM).bearer_auth(token);
        let request = match last_id {
            Some(id) => request.header("Last-Event-ID", id),
            None => request,
        };
        Self::begin(request.send().await.unwrap()).await
    }

    async fn begin(response: Response) -> (Self, Vec<Event>) {
        assert_eq!(response.status(), 200);
        let mut listener = Self { response, text: String::new(), last_id: None };
        let mut told = Vec::new();
        loop {
            told.push(listener.next().await.expect("the stream goes on"));
            if told.last().unwrap().kind == "ready" {
                return (listener, told);
            }
        }
    }

    /// The next event; none once the stream has ended.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let event = read(block);
                let rest = rest.to_owned();
                self.text = rest;
                if let Some(event) = event {
                    self.last_id = event.id.clone().or(self.last_id.take());
                    return Some(event);
                }
                continue;
            }

            let bytes = timeout(LIMIT, self.response.chunk()).await.expect("an event or the end in time").ok()??;
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    /// The next event of a kind that fits.
    async fn until(&mut self, kind: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let search = async {
            loop {
                let event = self.next().await.expect("the stream goes on");
                if event.kind == kind && fits(&event.data) {
                    return event.data;
                }
            }
        };
        timeout(LIMIT, search).await.unwrap_or_else(|_| panic!("no such {kind} in time"))
    }

    async fn ends(&mut self) {
        let end = async { while self.next().await.is_some() {} };
        timeout(LIMIT, end).await.expect("the stream ends in time");
    }
}

fn read(block: &str) -> Option<Event> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let data = serde_json::from_str(field("data")?).unwrap();
    Some(Event { kind: field("event")?.to_owned(), data, id: field("id").map(str::to_owned) })
}

/// The events of a kind.
fn of<'e>(events: &'e [Event], kind: &str) -> Vec<&'e Value> {
    events.iter().filter(|event| event.kind == kind).map(|event| &event.data).collect()
}

/// A sync that runs, with one chunk, made by hand.
async fn running(stand: &Stand, integration: i64) -> i64 {
    let sql = format!(
        "WITH made AS (INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, data,
             started_at, total_records)
             VALUES ({integration}, 'full', 'customers', 'to_geniacs', 'processing', '{{}}', geniacs_now(), 1000) RETURNING id),
         chunk AS (INSERT INTO sync_chunks (sync_id, integration_id, kind)
             SELECT id, {integration}, 'push' FROM made RETURNING sync_id)
         SELECT sync_id AS count FROM chunk"
    );
    stand.count(&sql).await
}

/// Moves its chunk on.
async fn processed(stand: &Stand, sync: i64, records: i64) {
    let sql = format!("UPDATE sync_chunks SET records_read = {records}, updated = {records} WHERE sync_id = {sync}");
    stand.database.execute(&sql).await;
}

async fn ended(stand: &Stand, sync: i64) {
    let sql =
        format!("UPDATE geniacs_data_sync SET status = 'success', completed_at = geniacs_now() WHERE id = {sync}");
    stand.database.execute(&sql).await;
}

/// SQL that stores an event as the ingest does.
fn arrival(integration: i64, key: &str) -> String {
    format!(
        "INSERT INTO geniacs_webhook_events (integration_id, event_type, dedupe_key, entity_type, payload)
         VALUES ({integration}, 'customer.updated', '{key}', 'customers', '{{\"email\": \"siti@example.com\"}}')"
    )
}

/// SQL that stores a conflict.
fn conflict(integration: i64, record: i64) -> String {
    format!(
        "INSERT INTO conflicts (integration_id, entity_type, local_id, fields, policy, state)
         VALUES ({integration}, 'customers', {record}, '[{{\"local\": \"siti@example.com\"}}]', 'manual', 'open')"
    )
}
