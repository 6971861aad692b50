//! Events as they are stored.

use broker::Queue;
use futures_util::future::join_all;
use serde_json::json;

use crate::stand::{Stand, event, eventually, told};

#[tokio::test(flavor = "multi_thread")]
async fn ten_copies_of_an_event_are_accepted_and_stored_once_before_it_is_applied() {
    let stand = Stand::new().await;
    let id = stand.integration("s3cret").await;
    let path = id.to_string();

    let answers = join_all((0..10).map(|_| stand.send(&path, "s3cret", event("evt_1")))).await;
    for answer in answers {
        assert_eq!(answer.status(), 200);
        assert_eq!(told(answer).await, json!({"success": true, "message": "Webhook processed successfully"}));
    }

    let rows = "geniacs_webhook_events WHERE state = 'received' AND NOT processed AND event_id = 'evt_1'
        AND entity_type = 'customers' AND geniacs_id = 'cust_1'";
    assert_eq!(stand.count(rows).await, 1);

    eventually("nine repeats are counted", async || {
        stand.count("geniacs_webhook_events WHERE duplicates = 9").await == 1
    })
    .await;

    let touched = "geniacs_integrations WHERE last_webhook_received_at IS NOT NULL";
    eventually("the integration is touched", async || stand.count(touched).await == 1).await;

    eventually("a worker is woken", async || stand.depth(Queue::Webhooks).await >= 1).await;
    stand.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_id_that_comes_again_with_another_body_is_accepted_and_not_stored() {
    let stand = Stand::new().await;
    let path = stand.integration("s3cret").await.to_string();
    let other = event("evt_1").replace("Budi", "Siti");

    assert_eq!(stand.send(&path, "s3cret", event("evt_1")).await.status(), 200);
    assert_eq!(stand.send(&path, "s3cret", other).await.status(), 200);

    assert_eq!(
        stand.count("geniacs_webhook_events WHERE payload #>> '{data,customer_name}' = 'Budi Santoso'").await,
        1
    );
    assert_eq!(stand.count("geniacs_webhook_events").await, 1);

    eventually("the repeat is counted", async || stand.count("geniacs_webhook_events WHERE duplicates = 1").await == 1)
        .await;
    let warned = "geniacs_sync_logs WHERE log_level = 'warning' AND message LIKE 'An event_id came again%'";
    assert_eq!(stand.count(warned).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_without_an_id_is_another_event_every_time() {
    let stand = Stand::new().await;
    let path = stand.integration("s3cret").await.to_string();
    for _ in 0..2 {
        assert_eq!(stand.send(&path, "s3cret", r#"{"event_type":"coffee.ready"}"#).await.status(), 200);
    }
    assert_eq!(stand.count("geniacs_webhook_events WHERE event_id IS NULL AND entity_type IS NULL").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_stored_does_not_fail_the_others_of_its_batch() {
    let stand = Stand::new().await;
    let path = stand.integration("s3cret").await.to_string();

    let unstorable = r#"{"event_type":"customer.updated","event_id":"bad","data":{"balance":1e200000}}"#;
    let bodies = (0..40).map(|n| if n == 20 { unstorable.to_owned() } else { event(&format!("evt_{n}")) });
    let answers = join_all(bodies.map(|body| stand.send(&path, "s3cret", body))).await;

    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status().as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 39, "{statuses:?}");
    assert_eq!(statuses[20], 400);

    assert_eq!(stand.count("geniacs_webhook_events").await, 39);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_events_at_once_are_all_stored() {
    let stand = Stand::new().await;
    let path = stand.integration("s3cret").await.to_string();
    let answers = join_all((0..1_000).map(|n| stand.send(&path, "s3cret", event(&n.to_string())))).await;
    assert!(answers.iter().all(|answer| answer.status() == 200));
    assert_eq!(stand.count("geniacs_webhook_events").await, 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_arrive_twice_in_opposite_order_are_all_stored() {
    let stand = Stand::new().await;
    let path = stand.integration("s3cret").await.to_string();
    let there = (0..300).map(|n| stand.send(&path, "s3cret", event(&n.to_string())));
    let back = (0..300).rev().map(|n| stand.send(&path, "s3cret", event(&n.to_string())));
    let answers = join_all(there.chain(back)).await;
    assert!(answers.iter().all(|answer| answer.status() == 200));
    assert_eq!(stand.count("geniacs_webhook_events").await, 300);
}
