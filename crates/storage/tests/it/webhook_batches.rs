//! Stored events: taken in batches, ended, put off, opened again.

use domain::EntityType::{Customers, Payments};
use domain::webhook::WebhookState;
use serde_json::json;
use storage::Connection;
use storage::webhooks::{self, PutOff, Verdict};

use crate::stand::{Stand, run};
use crate::webhooks::arrival;

/// Stores events of an integration, in this order; their bodies hold their names.
async fn stored(stand: &Stand, integration_id: i64, names: &[&str]) {
    let events: Vec<_> = names
        .iter()
        .map(|name| webhooks::Arrival { integration_id, ..arrival(name, json!({ "name": name })) })
        .collect();
    webhooks::store(&mut *stand.connection().await, &events).await.unwrap();
}

/// The names of the events that a worker gets now.
async fn names(connection: &mut Connection, limit: i64) -> Vec<String> {
    let events = webhooks::lock_batch(connection, limit).await.unwrap();
    let ids: Vec<i64> = events.iter().map(|event| event.id).collect();
    let payloads = webhooks::payloads(connection, &ids).await.unwrap();
    payloads.into_iter().map(|payload| payload.unwrap()["name"].as_str().unwrap().to_owned()).collect()
}

async fn id(stand: &Stand, name: &str) -> i64 {
    stand.ask(&format!("SELECT id FROM geniacs_webhook_events WHERE dedupe_key = '{name}'")).await.parse().unwrap()
}

async fn conclude(stand: &Stand, name: &str, state: WebhookState, outcome: &'static str) {
    let error = (state == WebhookState::SetAside).then(|| "why".to_owned());
    let verdict = Verdict { id: id(stand, name).await, state, outcome, error };
    webhooks::conclude(&mut *stand.connection().await, &[verdict]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_take_different_events_of_one_integration_at_a_time() {
    let stand = Stand::new().await;
    stand.integration(2).await;
    stored(&stand, 1, &["a", "b", "c"]).await;
    stored(&stand, 2, &["x", "y"]).await;
    stored(&stand, 1, &["d"]).await;
    let mut workers = [stand.connection().await, stand.connection().await, stand.connection().await];
    let expected: [(i64, &[&str]); 3] = [(2, &["a", "b"]), (10, &["c", "d"]), (10, &["x", "y"])];

    for (worker, (limit, events)) in workers.iter_mut().zip(expected) {
        run(worker, "BEGIN").await;
        assert_eq!(names(worker, limit).await, events);
    }

    assert!(names(&mut *stand.connection().await, 10).await.is_empty(), "everything is taken");
    for worker in &mut workers {
        run(worker, "ROLLBACK").await;
    }
    assert_eq!(names(&mut workers[0], 10).await, ["a", "b", "c", "d"], "a worker that died gives them back");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_an_integration_out_of_use_are_taken_and_say_so() {
    let stand = Stand::new().await;
    stored(&stand, 1, &["a"]).await;
    let mut connection = stand.connection().await;
    assert!(webhooks::lock_batch(&mut connection, 1).await.unwrap()[0].integration_active);
    for change in ["is_active = false", "is_active = true, archived_at = now()"] {
        stand.execute(&format!("UPDATE geniacs_integrations SET {change}")).await;
        assert!(!webhooks::lock_batch(&mut connection, 1).await.unwrap()[0].integration_active, "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_event_is_not_taken_again() {
    let stand = Stand::new().await;
    stored(&stand, 1, &["a", "b", "c", "d"]).await;
    conclude(&stand, "a", WebhookState::Processed, "updated").await;
    conclude(&stand, "b", WebhookState::Superseded, "superseded").await;
    conclude(&stand, "c", WebhookState::SetAside, "invalid").await;

    assert_eq!(names(&mut *stand.connection().await, 10).await, ["d"]);
    let rows =
        "SELECT string_agg(concat_ws(' ', dedupe_key, state, processed, outcome, processing_attempts, error_message,
        processed_at IS NOT NULL), ', ' ORDER BY id) FROM geniacs_webhook_events";
    let expected =
        "a processed t updated 1 t, b superseded t superseded 1 t, c set_aside f invalid 1 why t, d received f 0 f";
    assert_eq!(stand.ask(rows).await, expected);
}

async fn put_off(stand: &Stand, name: &str, delay_seconds: f64, outcome: &'static str) {
    let later = PutOff { id: id(stand, name).await, delay_seconds, outcome, error: "why".to_owned() };
    webhooks::put_off(&mut *stand.connection().await, &[later]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_put_off_is_taken_after_its_delay_with_its_attempts() {
    let stand = Stand::new().await;
    stored(&stand, 1, &["a", "b"]).await;
    let mut connection = stand.connection().await;

    put_off(&stand, "a", 60.0, "unresolved_reference").await;
    assert_eq!(names(&mut connection, 10).await, ["b"]);

    stand.move_clock("61 seconds").await;
    assert!(!webhooks::overdue(&mut connection, 120.0).await.unwrap());
    assert!(webhooks::overdue(&mut connection, 30.0).await.unwrap(), "somebody is to be woken for the other");

    let events = webhooks::lock_batch(&mut connection, 10).await.unwrap();
    let attempts: Vec<i32> = events.iter().map(|event| event.processing_attempts).collect();
    assert_eq!(attempts, [0, 1], "the one that has waited longest comes first");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_broke_its_transaction_comes_alone_and_not_before_its_time() {
    let stand = Stand::new().await;
    stored(&stand, 1, &["broken", "a", "b"]).await;
    let mut connection = stand.connection().await;

    put_off(&stand, "broken", -60.0, "timeout").await;
    assert_eq!(names(&mut connection, 10).await, ["broken"]);
    put_off(&stand, "broken", 1.0, "error").await;
    stand.move_clock("2 seconds").await;
    assert_eq!(names(&mut connection, 10).await, ["a", "b"], "others do not wait for it, nor break with it");

    let broken = id(&stand, "broken").await;
    assert_eq!(webhooks::lock_one(&mut connection, broken).await.unwrap().unwrap().processing_attempts, 2);
    conclude(&stand, "broken", WebhookState::SetAside, "error").await;
    assert!(webhooks::lock_one(&mut connection, broken).await.unwrap().is_none(), "it has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_found_no_record_are_opened_again_once_it_exists() {
    let stand = Stand::new().await;
    stand.integration(2).await;
    stored(&stand, 1, &["waited", "applied"]).await;
    stored(&stand, 2, &["theirs"]).await;
    for name in ["waited", "theirs"] {
        conclude(&stand, name, WebhookState::Processed, "unknown_record").await;
    }
    conclude(&stand, "applied", WebhookState::Processed, "updated").await;

    let mut connection = stand.connection().await;
    assert_eq!(webhooks::reopen_for(&mut connection, 1, Customers, &["g2"]).await.unwrap(), 0);
    assert_eq!(webhooks::reopen_for(&mut connection, 1, Payments, &["g1"]).await.unwrap(), 0);
    assert!(names(&mut connection, 10).await.is_empty());
    assert_eq!(webhooks::reopen_for(&mut connection, 1, Customers, &["g1", "g2"]).await.unwrap(), 1);
    assert_eq!(names(&mut connection, 10).await, ["waited"]);
    assert_eq!(webhooks::reopen_for(&mut connection, 1, Customers, &["g1"]).await.unwrap(), 0, "it is open already");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_webhook_of_an_integration_is_noted_at_most_once_a_second() {
    let stand = Stand::new().await;
    let mut connection = stand.connection().await;
    let mut noted = Vec::new();
    for second in ["00.0", "00.9", "01.1"] {
        stand.stop_clock(&format!("2026-01-01 00:00:{second}Z")).await;
        webhooks::touch_integrations(&mut connection, &[1]).await.unwrap();
        noted.push(stand.ask("SELECT last_webhook_received_at FROM geniacs_integrations").await);
    }

    assert_eq!(noted[0], noted[1]);
    assert_ne!(noted[1], noted[2]);
}
