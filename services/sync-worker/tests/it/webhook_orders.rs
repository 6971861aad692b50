//! What events come to, in whatever order they arrive.

use crate::events::{deliver, event, map};
use crate::harness::Bench;
use serde_json::{Value, json};

/// Every order of three.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// A subscription that is made at 1, activated at 2 and suspended at 3.
fn life(id: &str) -> [Value; 3] {
    let created = json!({"subscription_id": id, "subscription_username": id, "subscription_status": "pending"});
    let suspended = json!({"subscription_id": id, "changes": {"status": {"old": "active", "new": "suspended"}}});
    [
        event(&format!("{id} created"), "subscription.created", 1, &created),
        event(&format!("{id} activated"), "subscription.activated", 2, &json!({"subscription_id": id})),
        event(&format!("{id} suspended"), "subscription.updated", 3, &suspended),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_comes_to_the_same_end_in_every_order_of_its_events() {
    let bench = Bench::start().await;
    let text = |local, geniacs| (local, geniacs, "string", Value::Null);
    map(&bench, "subscriptions", &[text("username", "subscription_username"), text("status", "subscription_status")])
        .await;
    bench.sql("UPDATE geniacs_field_mappings SET is_required = true WHERE local_field = 'username'").await;

    let lives: Vec<[Value; 3]> = (0..ORDERS.len()).map(|n| life(&format!("s{n}"))).collect();
    for place in 0..3 {
        let next: Vec<Value> = ORDERS.iter().zip(&lives).map(|(order, life)| life[order[place]].clone()).collect();
        deliver(&bench, &next).await;
    }

    let ends = "SELECT string_agg(DISTINCT concat_ws(' ', status, activated_at), ', ') FROM customer_subscriptions";
    assert_eq!(bench.ask(ends).await, "suspended 2026-01-01 10:00:02+00");
    assert_eq!(bench.ask("SELECT count(*) FROM customer_subscriptions").await, "6");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_moment_of_a_creation_is_the_later_word_whichever_arrives_first() {
    let bench = Bench::start().await;
    let told = |id: &str, event_type: &str, name: &str| {
        let data = json!({"customer_id": id, "customer_name": name, "customer_email": format!("{id}@example.com")});
        event(&format!("{id} {event_type}"), event_type, 5, &data)
    };

    for (id, order) in [("c1", [0, 1]), ("c2", [1, 0])] {
        let events = [told(id, "customer.created", "As made"), told(id, "customer.updated", "Changed")];
        for place in order {
            deliver(&bench, std::slice::from_ref(&events[place])).await;
        }
    }

    assert_eq!(bench.ask("SELECT string_agg(name, ' ' ORDER BY id) FROM customers").await, "Changed Changed");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_in_any_order_comes_to_the_same_end() {
    let mut bench = Bench::without_worker().await;
    let text = |local, geniacs| (local, geniacs, "string", Value::Null);
    map(&bench, "subscriptions", &[text("username", "subscription_username"), text("status", "subscription_status")])
        .await;

    for (n, order) in ORDERS.iter().enumerate() {
        let life = life(&format!("s{n}"));
        crate::events::store(&bench, &order.map(|place| life[place].clone())).await;
    }

    bench.add_worker(&[]);
    crate::events::ended(&bench).await;
    let ends = "SELECT count(*) || string_agg(DISTINCT concat_ws(' ', status, activated_at), ', ') FROM customer_subscriptions";
    assert_eq!(bench.ask(ends).await, "6suspended 2026-01-01 10:00:02+00");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_was_deleted_last_stays_deleted_in_every_order_of_the_events() {
    let bench = Bench::start().await;
    let life = |id: &str| {
        let data = json!({"customer_id": id, "customer_name": "Budi", "customer_email": "budi@example.com"});
        [
            event(&format!("{id} created"), "customer.created", 1, &data),
            event(&format!("{id} renamed"), "customer.updated", 2, &json!({"customer_id": id, "customer_name": "New"})),
            event(&format!("{id} deleted"), "customer.deleted", 3, &json!({"customer_id": id})),
        ]
    };

    let lives: Vec<[Value; 3]> = (0..ORDERS.len()).map(|n| life(&format!("c{n}"))).collect();
    for place in 0..3 {
        let next: Vec<Value> = ORDERS.iter().zip(&lives).map(|(order, life)| life[order[place]].clone()).collect();
        deliver(&bench, &next).await;
    }

    assert_eq!(bench.ask("SELECT count(*) || ' ' || count(deleted_at) FROM customers").await, "6 6");
    bench.stop().await;
}
