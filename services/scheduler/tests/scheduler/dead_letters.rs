//! What the queues gave up.

use broker::Queue;
use messages::Message;
use messages::v1::{WakeReason, WebhookDelivery};

use crate::stand::{Stand, eventually};

fn dead(dedupe_key: &str, body: &str) -> Message {
    Message::WebhookDelivery(WebhookDelivery {
        integration_id: 1,
        dedupe_key: dedupe_key.into(),
        event_type: Some("customer.updated".into()),
        signature: "5e".into(),
        body: body.into(),
        received_at_micros: 1_700_000_000_000_000,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_the_queue_gave_up_becomes_an_event_set_aside() {
    let stand = Stand::new().await;
    stand.integration().await;
    let broker = stand.connect().await;
    let body = r#"{"event_type":"customer.updated","event_id":"evt_1","data":{"customer_id":"c1"}}"#;
    let unstorable = r#"{"event_type":"customer.updated","data":{"balance":1e200000}}"#;
    let letters = [dead("evt_1", body), dead("evt_1", body), dead("evt_2", unstorable), dead("evt_3", "rubbish")];
    broker.publish_all(Queue::DeadLetters, &letters).await.unwrap();
    broker.publish(Queue::DeadLetters, &Message::work(WakeReason::Triggered)).await.unwrap();
    let scheduler = stand.scheduler(&[]).await;
    let set_aside = "geniacs_webhook_events WHERE state = 'set_aside' AND NOT processed AND error_message IS NOT NULL";
    eventually("all three are set aside", async || stand.count(set_aside).await == 3).await;
    assert_eq!(stand.count("geniacs_webhook_events WHERE geniacs_id = 'c1' AND event_id = 'evt_1'").await, 1);
    assert_eq!(stand.count("geniacs_webhook_events WHERE payload ? 'body_base64'").await, 2);
    let depth = async || broker::depth(&stand.broker, Queue::DeadLetters).await.unwrap() == 0;
    eventually("nothing is left in the queue", depth).await;
    stand.stop([scheduler]).await;
}
