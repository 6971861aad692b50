//! Stored events for tests, and what becomes of them.

use crate::harness::{Bench, LIMIT};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use storage::webhooks::arrivals::Envelope;
use storage::webhooks::{self, Arrival};
use test_support::eventually;

/// What every event came to, in the order of arrival.
pub(crate) const OUTCOMES: &str =
    "SELECT string_agg(event_id || ':' || state || ':' || outcome, ' ' ORDER BY id) FROM geniacs_webhook_events";

/// A moment of the tests' minute.
pub(crate) fn at(second: u32) -> DateTime<Utc> {
    format!("2026-01-01T10:00:{second:02}Z").parse().expect("a time")
}

pub(crate) fn event(id: &str, event_type: &str, second: u32, data: &Value) -> Value {
    json!({"event_id": id, "event_type": event_type, "timestamp": at(second), "data": data})
}

/// Stores events as the ingest does, one after the other.
pub(crate) async fn store(bench: &Bench, events: &[Value]) {
    for body in events {
        let envelope = Envelope {
            integration_id: bench.integration_id,
            signature: "",
            received_at: Utc::now(),
            traceparent: None,
        };

        let arrival = Arrival::read(envelope, body.to_string().as_bytes()).expect("a good body");
        webhooks::store(&mut *bench.connection().await, &[arrival]).await.expect("it is stored");
    }
}

/// Waits until every event has ended.
pub(crate) async fn ended(bench: &Bench) {
    eventually("every event has ended", LIMIT, async || {
        let open = "SELECT count(*) FROM geniacs_webhook_events WHERE state IN ('received', 'failed')";
        (bench.ask(open).await == "0").then_some(())
    })
    .await;
}

/// Stores events and waits until each has ended.
pub(crate) async fn deliver(bench: &Bench, events: &[Value]) {
    store(bench, events).await;
    ended(bench).await;
}

/// Makes these the mappings of an entity: local field, Geniacs field, type, transformation rules.
pub(crate) async fn map(bench: &Bench, entity: &str, fields: &[(&str, &str, &str, Value)]) {
    let id = bench.integration_id;
    bench
        .sql(&format!("DELETE FROM geniacs_field_mappings WHERE integration_id = {id} AND entity_type = '{entity}'"))
        .await;

    for (local, geniacs, kind, rules) in fields {
        bench
            .sql(&format!(
                "INSERT INTO geniacs_field_mappings
                     (integration_id, entity_type, local_field, geniacs_field, field_type, transformation_rules)
                 VALUES ({id}, '{entity}', '{local}', '{geniacs}', '{kind}', nullif('{rules}'::jsonb, 'null'))"
            ))
            .await;
    }
}
