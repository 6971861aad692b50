//! The ingest while the database, the broker or both are away.

use std::time::{Duration, Instant};

use broker::{Broker, ConsumeOptions, Decision, Queue};
use messages::Message;
use service::CancellationToken;
use tokio::sync::mpsc;

use crate::stand::{Stand, event, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_events_are_kept_by_the_broker_with_their_bodies() {
    let stand = Stand::new().await;
    let id = stand.integration("s3cret").await;
    let path = id.to_string();
    assert_eq!(stand.send(&path, "s3cret", event("before")).await.status(), 200);
    eventually("the first event's permit is there", async || stand.depth(Queue::Webhooks).await == 1).await;

    stand.database_proxy.refuse();
    for n in 0..3 {
        assert_eq!(stand.send(&path, "s3cret", event(&format!("during_{n}"))).await.status(), 200);
    }

    eventually("the queue holds them", async || stand.depth(Queue::Webhooks).await == 4).await;

    // One of no integration at hand cannot be told from one that is new.
    assert_eq!(stand.send("999999", "s3cret", event("x")).await.status(), 503);
    assert_eq!(stand.send(&path, "wrong", event("x")).await.status(), 400);
    assert!(stand.ready().await);

    let deliveries = deliveries(&stand, 3).await;
    assert!(deliveries.iter().all(|(integration, _)| *integration == id));

    let mut bodies: Vec<_> = deliveries.into_iter().map(|(_, body)| String::from_utf8(body).unwrap()).collect();
    bodies.sort();
    assert_eq!(bodies, [event("during_0"), event("during_1"), event("during_2")]);

    stand.database_proxy.resume();
    eventually("events are stored again", async || {
        stand.send(&path, "s3cret", event("after")).await.status() == 200
            && stand.count("geniacs_webhook_events WHERE event_id = 'after'").await == 1
    })
    .await;
}

async fn deliveries(stand: &Stand, count: usize) -> Vec<(i64, Vec<u8>)> {
    let shutdown = CancellationToken::new();
    let broker = Broker::start(stand.broker.clone(), shutdown.clone()).unwrap();
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let consumer = broker.consume(Queue::Webhooks, ConsumeOptions::new("test"), move |delivery| {
        if let Message::WebhookDelivery(webhook) = delivery.message {
            let _ = sender.send((webhook.integration_id, webhook.body));
        }
        async { Decision::Done }
    });
    let mut found = Vec::new();
    while found.len() < count {
        found.push(tokio::time::timeout(Duration::from_secs(30), receiver.recv()).await.expect("it comes").unwrap());
    }
    consumer.stop().await;
    shutdown.cancel();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn while_both_are_away_the_answer_is_503_within_three_seconds() {
    let stand = Stand::new().await;
    let path = stand.integration("s3cret").await.to_string();
    assert_eq!(stand.send(&path, "s3cret", event("before")).await.status(), 200);

    stand.database_proxy.pause();
    stand.broker_proxy.pause();

    for _ in 0..2 {
        let began = Instant::now();
        let answer = stand.send(&path, "s3cret", event("during")).await;
        assert_eq!(answer.status(), 503);
        assert!(answer.headers().contains_key("retry-after"));
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    }

    stand.database_proxy.resume();
    stand.broker_proxy.resume();
    eventually("all is well again", async || stand.send(&path, "s3cret", event("during")).await.status() == 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_broker_is_away_events_are_stored() {
    let stand = Stand::new().await;
    let path = stand.integration("s3cret").await.to_string();
    stand.broker_proxy.refuse();
    for n in 0..5 {
        assert_eq!(stand.send(&path, "s3cret", event(&n.to_string())).await.status(), 200);
    }
    assert_eq!(stand.count("geniacs_webhook_events").await, 5);
    assert!(stand.ready().await);
}
