//! Events as they arrive: each kept once.

use chrono::DateTime;
use domain::EntityType::Customers;
use futures_util::future::join_all;
use serde_json::{Value, json};
use storage::webhooks::{self, Arrival, Repeat, Stored};

use crate::stand::Stand;

/// An event of integration 1 that speaks of the customer `g1`.
pub(crate) fn arrival(key: &str, body: Value) -> Arrival {
    Arrival {
        integration_id: 1,
        event_type: "customer.updated".to_owned(),
        event_id: Some(key.to_owned()),
        dedupe_key: key.to_owned(),
        payload: body,
        signature: "5e".to_owned(),
        subject: Some((Customers, "g1".to_owned())),
        traceparent: None,
        received_at: DateTime::UNIX_EPOCH,
    }
}

async fn store(stand: &Stand, events: &[Arrival]) -> Vec<Stored> {
    webhooks::store(&mut *stand.connection().await, events).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_stored_once_within_a_batch_and_across_batches() {
    let stand = Stand::new().await;
    let (a, b) = (arrival("a", json!({"n": 1})), arrival("b", json!({"n": 2})));
    let first = store(&stand, &[a.clone(), b.clone(), a.clone()]).await;
    assert_eq!(first, [Stored::New, Stored::New, Stored::Duplicate]);
    let again = store(&stand, &[b, arrival("c", json!({"n": 3})), a]).await;
    assert_eq!(again, [Stored::Duplicate, Stored::New, Stored::Duplicate]);
    assert_eq!(stand.ask("SELECT string_agg(dedupe_key, ' ' ORDER BY id) FROM geniacs_webhook_events").await, "a b c");
    assert!(store(&stand, &[]).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_with_another_body_is_noticed_and_the_first_body_stays() {
    let stand = Stand::new().await;
    let within = [arrival("a", json!({"n": 1})), arrival("a", json!({"n": 2})), arrival("a", json!({"n": 1}))];
    assert_eq!(store(&stand, &within).await, [Stored::New, Stored::Different, Stored::Duplicate]);
    let across = [arrival("a", json!({"n": 2})), arrival("a", json!({"n": 1}))];
    assert_eq!(store(&stand, &across).await, [Stored::Different, Stored::Duplicate]);
    assert_eq!(stand.ask("SELECT string_agg(payload::text, ' ') FROM geniacs_webhook_events").await, r#"{"n": 1}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_from_another_integration_is_another_event() {
    let stand = Stand::new().await;
    stand.integration(2).await;
    let (ours, mut theirs) = (arrival("a", json!({"n": 1})), arrival("a", json!({"n": 2})));
    theirs.integration_id = 2;
    assert_eq!(store(&stand, &[ours, theirs]).await, [Stored::New, Stored::New]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_arrives_many_times_at_once_is_new_once() {
    let stand = Stand::new().await;
    let batch: Vec<Arrival> = (0..20).map(|n| arrival(&format!("e{n:02}"), json!({"n": n}))).collect();
    let answers = join_all((0..6).map(async |_| store(&stand, &batch).await)).await.concat();
    assert_eq!(answers.iter().filter(|stored| **stored == Stored::New).count(), 20);
    assert!(!answers.contains(&Stored::Different));
    assert_eq!(stand.ask("SELECT count(*) FROM geniacs_webhook_events").await, "20");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_event_keeps_its_arrival_and_its_digits() {
    let stand = Stand::new().await;
    let body = serde_json::from_str(r#"{"amount": 12345678901234567890.10}"#).unwrap();
    store(&stand, &[arrival("a", body)]).await;
    let row = "SELECT concat_ws(' ', event_type, event_id, signature, entity_type, geniacs_id, state, processed,
        extract(epoch FROM created_at)::int, payload) FROM geniacs_webhook_events";
    let expected = r#"customer.updated a 5e customers g1 received f 0 {"amount": 12345678901234567890.10}"#;
    assert_eq!(stand.ask(row).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn repeats_are_counted_by_event_and_other_bodies_are_warned_about() {
    let stand = Stand::new().await;
    store(&stand, &[arrival("a", json!({})), arrival("b", json!({})), arrival("c", json!({}))]).await;

    let mut connection = stand.connection().await;
    let repeat = |integration_id, dedupe_key, different| Repeat { integration_id, dedupe_key, different };
    let repeats =
        [(1, "a", false), (1, "b", true), (1, "a", false), (2, "c", true), (1, "none", true), (1, "b", false)];
    let repeats = repeats.map(|(integration_id, key, different)| repeat(integration_id, key, different));
    webhooks::note_repeats(&mut connection, &repeats).await.unwrap();
    webhooks::note_repeats(&mut connection, &[repeat(1, "a", false)]).await.unwrap();

    let counts = "SELECT string_agg(dedupe_key || duplicates, ' ' ORDER BY id) FROM geniacs_webhook_events";
    assert_eq!(stand.ask(counts).await, "a3 b2 c0");
    let warnings =
        "SELECT string_agg(log_level || ' ' || (context ->> 'webhook_event_id'), ', ') FROM geniacs_sync_logs";
    assert_eq!(
        stand.ask(warnings).await,
        format!("warning {}", stand.ask("SELECT id FROM geniacs_webhook_events WHERE dedupe_key = 'b'").await),
        "another body is told"
    );
}
