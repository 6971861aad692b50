//! How far operations have come.

use super::{Listener, of};
use crate::stand::Stand;
use domain::Role;
use serde_json::{Value, json};

const REPLAY: &str = "/api/geniacs/webhook-events/replay";

/// Events that were set aside, more than one set of an operation.
async fn stand_with_events(number: i64) -> (Stand, i64) {
    let stand = Stand::start().await;
    let integration = stand.integration("Primary").await;
    let insert = format!(
        "INSERT INTO geniacs_webhook_events (integration_id, event_type, event_id, dedupe_key, payload, signature, state)
         SELECT {integration}, 'customer.updated', 'e' || n, 'e' || n, '{{}}', 's', 'set_aside' FROM generate_series(1, {number}) n"
    );
    stand.database.execute(&insert).await;
    (stand, integration)
}

async fn replay(stand: &Stand, number: i64) -> i64 {
    let body = json!({"filter": {"state": "set_aside"}, "confirm_count": number});
    let accepted = stand.post_as(Role::Operator, REPLAY, &body).await;
    assert_eq!(accepted.status, 202, "{}", accepted.body);
    accepted.body["data"]["operation"]["id"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_is_told_of_set_by_set_until_its_end_and_never_backwards() {
    let (stand, _) = stand_with_events(1_200).await;
    let (mut listener, _) = Listener::start(&stand, stand.token_for(Role::Viewer)).await;
    let id = replay(&stand, 1_200).await;

    let mut done = 0;
    let end = loop {
        let told = listener.until("operation", |operation| operation["id"] == id).await;
        let now = told["done"].as_i64().unwrap();
        assert!(now >= done, "{told} after {done}");
        assert_eq!(told["left"], 1_200 - now, "{told}");
        done = now;
        if told["state"] == "done" {
            break told;
        }
        assert_eq!(told["completed_at"], Value::Null);
    };
    let shown = stand.get(&format!("/api/geniacs/operations/{id}")).await.body["data"]["operation"].clone();
    for name in ["id", "kind", "state", "total", "done", "failed", "left", "user_id", "created_at", "completed_at"] {
        assert_eq!(end[name], shown[name], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_was_away_hears_how_an_operation_ended() {
    let (stand, integration) = stand_with_events(3).await;
    let (listener, _) = Listener::start(&stand, stand.admin()).await;
    let place = listener.last_id.clone().unwrap();
    drop(listener);

    let id = replay(&stand, 3).await;
    let (mut other, _) = Listener::start(&stand, stand.admin()).await;
    if !is_done(&stand, id).await {
        other.until("operation", |operation| operation["state"] == "done").await;
    }
    let (_, told) = Listener::resume(&stand, stand.admin(), Some(&place)).await;
    let operations = of(&told, "operation");
    assert_eq!(operations.len(), 1, "each is told once: {operations:?}");
    assert_eq!(
        (&operations[0]["id"], &operations[0]["state"], &operations[0]["done"]),
        (&json!(id), &json!("done"), &json!(3))
    );

    let (_, told) = Listener::start(&stand, stand.admin()).await;
    assert!(of(&told, "operation").is_empty(), "one that begins hears only of what goes on");
    assert_eq!(of(&told, "integration")[0]["id"], integration);
}

async fn is_done(stand: &Stand, id: i64) -> bool {
    stand.get(&format!("/api/geniacs/operations/{id}")).await.body["data"]["operation"]["state"] == "done"
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_begins_hears_of_operations_under_way() {
    let (mut stand, _) = stand_with_events(0).await;
    // As another gateway leaves it that waits for its next attempt.
    let waiting = "INSERT INTO operations (id, kind, filter, total, done, actor, request_id, available_at)
        VALUES (7, 'retry', '{}', 40, 10, 'siti@example.com', 'r', now() + interval '1 hour')";
    stand.database.execute(waiting).await;

    let (_, told) = Listener::start(&stand, stand.admin()).await;
    let operations = of(&told, "operation");
    assert_eq!(operations.len(), 1, "{operations:?}");
    assert_eq!(
        (&operations[0]["id"], &operations[0]["state"], &operations[0]["left"]),
        (&json!(7), &json!("running"), &json!(30))
    );

    assert!(!operations[0].to_string().contains("siti"), "nothing personal");
    stand.stop().await;
}
