//! Messages that the queues gave up.

use broker::{ConsumeOptions, Decision, Queue, RawMessage};
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

    let depth = async || broker::queue_depth(&stand.broker, Queue::DeadLetters).await.unwrap() == 0;
    eventually("nothing is left in the queue", depth).await;

    stand.stop([scheduler]).await;
    let letters = async |state: &str| stand.count(&format!("dead_letters WHERE state = '{state}'")).await;
    assert_eq!((letters("set_aside").await, letters("stored_already").await, letters("dropped").await), (3, 1, 1));

    let of_its_event =
        "dead_letters d JOIN geniacs_webhook_events e ON e.id = d.webhook_event_id AND d.integration_id = 1
        WHERE e.state = 'set_aside' AND d.payload IS NULL";
    assert_eq!(stand.count(of_its_event).await, 4);
    assert_eq!(stand.count("dead_letters WHERE queue = 'work' AND payload IS NOT NULL").await, 1, "the permit");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_message_and_one_of_a_gone_integration_leave_letters_too() {
    let stand = Stand::new().await;
    let broker = stand.connect().await;

    let newer = RawMessage { type_name: "geniacs.messages.v2.Newer".into(), payload: vec![1, 2], headers: [].into() };
    broker.publish_raw(Queue::DeadLetters, newer).await.unwrap();
    broker.publish(Queue::DeadLetters, &dead("evt_1", "{}")).await.unwrap();

    let scheduler = stand.scheduler(&[]).await;
    let unreadable = "dead_letters WHERE state = 'unreadable' AND message_type = 'geniacs.messages.v2.Newer' AND payload = '\\x0102'";
    eventually("the bytes are kept", async || stand.count(unreadable).await == 1).await;

    let gone = "dead_letters WHERE state = 'dropped' AND integration_id = 1 AND payload IS NULL";
    eventually("the webhook of nobody is noted", async || stand.count(gone).await == 1).await;
    stand.stop([scheduler]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_tells_which_queue_gave_the_message_up_and_why() {
    let stand = Stand::new().await;
    let broker = stand.connect().await;
    broker.publish(Queue::Webhooks, &Message::webhooks(WakeReason::Triggered)).await.unwrap();

    let refuse = |_| async { Decision::DeadLetter { reason: "a test".into() } };
    let _consumer = broker.consume(Queue::Webhooks, ConsumeOptions::new("refuses"), refuse);

    let scheduler = stand.scheduler(&[]).await;
    let letter = "dead_letters WHERE queue = 'webhooks' AND reason = 'rejected' AND state = 'dropped'";
    eventually("its letter is there", async || stand.count(letter).await == 1).await;
    stand.stop([scheduler]).await;
}
