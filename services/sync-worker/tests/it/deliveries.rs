//! Events that the broker kept with their bodies while the database was away.

use crate::events::event;
use crate::harness::Bench;
use broker::{Broker, Queue, RawMessage};
use chrono::Utc;
use messages::Message;
use messages::v1::WebhookDelivery;
use serde_json::json;
use std::time::{Duration, Instant};
use test_support::eventually;
use tokio_util::sync::CancellationToken;

/// More than one at a time could store in [`WITHIN`].
const EVENTS: usize = 3_000;
const WITHIN: Duration = Duration::from_secs(15);

fn delivery(bench: &Bench, key: &str, body: Vec<u8>) -> (Queue, RawMessage) {
    let delivery = WebhookDelivery {
        integration_id: bench.integration_id,
        dedupe_key: key.to_owned(),
        event_type: Some("customer.created".to_owned()),
        signature: String::new(),
        body,
        received_at_micros: Utc::now().timestamp_micros(),
    };
    (Queue::Webhooks, RawMessage::of(&Message::WebhookDelivery(delivery)))
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_kept_events_are_stored_and_applied_within_seconds_and_poisonous_ones_harm_no_other() {
    let mut bench = Bench::without_worker().await;
    let shutdown = CancellationToken::new();
    let broker = Broker::start(bench.broker(), shutdown.clone()).unwrap();
    broker.connected().await;

    let mut messages: Vec<_> = (0..EVENTS)
        .map(|number| {
            let key = format!("e{number}");
            let data = json!({"customer_id": format!("c{number}"), "customer_name": "Budi",
                "customer_email": format!("{number}@example.com")});
            delivery(&bench, &key, event(&key, "customer.created", 1, &data).to_string().into_bytes())
        })
        .collect();
    messages.insert(10, delivery(&bench, "no JSON", b"{".to_vec()));
    messages.insert(20, delivery(&bench, "a long number", br#"{"event_type": "x", "data": 1e131071}"#.to_vec()));
    // The column takes 255 characters.
    messages.insert(30, delivery(&bench, &"k".repeat(300), br#"{"event_type": "x"}"#.to_vec()));
    let published = broker.publish_raw_all(messages).await;
    assert!(published.iter().all(Result::is_ok));

    let began = Instant::now();
    bench.add_worker(&[]);
    let applied = "SELECT count(*) FROM geniacs_webhook_events WHERE state = 'processed'";
    eventually("all are stored and applied", Duration::from_mins(2), async || {
        (bench.ask(applied).await == EVENTS.to_string()).then_some(())
    })
    .await;
    assert!(began.elapsed() < WITHIN, "{:?}", began.elapsed());

    eventually("the others are dead letters", Duration::from_secs(30), async || {
        (broker::queue_depth(&bench.broker(), Queue::DeadLetters).await.unwrap() == 3).then_some(())
    })
    .await;
    shutdown.cancel();
    bench.stop().await;
}
