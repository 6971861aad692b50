//! Webhooks, from the partner to the provider's table.

use end_to_end::{Stack, StackOptions};
use serde_json::{Value, json};

fn event(id: &str, event_type: &str, timestamp: &str, data: &Value) -> Value {
    json!({"event_id": id, "event_type": event_type, "timestamp": timestamp, "data": data})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_webhooks_are_accepted_and_applied() {
    let stack = Stack::start(StackOptions::default()).await;
    stack.admin("seed", &json!({"entity": "customers", "count": 400, "seed": 5})).await;
    stack.run("full", "from_geniacs").await;

    let run = json!({
        "url": stack.webhook_url(), "secret": stack.webhook_secret, "entity": "customers", "count": 1_000,
        "concurrency": 16, "kind": "updated", "form": "changes",
    });
    let report = stack.admin("webhooks", &run).await;
    assert_eq!((&report["accepted"], &report["failed"]), (&json!(1_000), &json!(0)), "{report}");
    stack.events_ended().await;

    let states = "SELECT string_agg(DISTINCT state::text, ' ') FROM geniacs_webhook_events WHERE state NOT IN ('processed', 'superseded')";
    assert_eq!(stack.database.ask(states).await, "");

    let pull = stack.run("full", "from_geniacs").await;
    assert_eq!(pull["summary"]["unchanged"], 400, "both sides say the same: {pull}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_copies_of_an_event_have_one_effect_and_stale_ones_none() {
    let stack = Stack::start(StackOptions::default()).await;
    let data = json!({"customer_id": "c1", "customer_name": "Budi", "customer_email": "b@example.com"});
    let created = event("evt_1", "customer.created", "2026-01-01T10:00:00Z", &data);
    for _ in 0..10 {
        assert_eq!(stack.webhook(&created).await, 200);
    }
    stack.events_ended().await;

    let changes = |name: &str| json!({"customer_id": "c1", "changes": {"customer_name": {"old": "?", "new": name}}});
    let newer = event("evt_3", "customer.updated", "2026-01-01T10:00:03Z", &changes("Budi III"));
    let older = event("evt_2", "customer.updated", "2026-01-01T10:00:02Z", &changes("Budi II"));
    assert_eq!(stack.webhook(&newer).await, 200);
    stack.events_ended().await;
    assert_eq!(stack.webhook(&older).await, 200);
    stack.events_ended().await;

    assert_eq!(stack.database.ask("SELECT string_agg(name, ',') FROM customers").await, "Budi III");
    assert_eq!(stack.database.ask("SELECT count(*) FROM geniacs_webhook_events").await, "3");
    assert_eq!(
        stack.database.ask("SELECT string_agg(state::text, ' ' ORDER BY event_id) FROM geniacs_webhook_events").await,
        "processed superseded processed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_signature_is_refused_and_nothing_is_stored() {
    let mut stack = Stack::start(StackOptions::default()).await;
    "another secret".clone_into(&mut stack.webhook_secret);
    let data = json!({"customer_id": "c1"});
    assert_eq!(stack.webhook(&event("evt_1", "customer.deleted", "2026-01-01T10:00:00Z", &data)).await, 400);
    assert_eq!(stack.database.ask("SELECT count(*) FROM geniacs_webhook_events").await, "0");
}
