//! Events of all entities, and what they refer to.

use crate::events::{OUTCOMES, deliver, ended, event, map, store};
use crate::harness::{Bench, LIMIT};
use serde_json::{Value, json};
use test_support::eventually;

/// A bench without a worker, where subscriptions refer to customers.
async fn referring() -> Bench {
    let bench = Bench::without_worker().await;
    let fields = [
        ("username", "subscription_username", "string", Value::Null),
        ("customer_id", "customer_id", "string", json!({"reference": "customers"})),
    ];
    map(&bench, "subscriptions", &fields).await;
    bench
}

fn subscribed() -> Value {
    let data = json!({"subscription_id": "s1", "subscription_username": "budi", "customer_id": "c1"});
    event("subscribed", "subscription.created", 1, &data)
}

fn joined() -> Value {
    let data = json!({"customer_id": "c1", "customer_name": "Budi", "customer_email": "budi@example.com"});
    event("joined", "customer.created", 2, &data)
}

const SUBSCRIBERS: &str = "SELECT string_agg(s.username || ' ' || c.name, ', ') FROM customer_subscriptions s JOIN customers c ON c.id = s.customer_id";

#[tokio::test(flavor = "multi_thread")]
async fn a_record_and_what_refers_to_it_are_made_by_one_batch_and_deleted_by_another() {
    let mut bench = referring().await;

    store(&bench, &[subscribed(), joined()]).await;
    bench.add_worker(&[]);
    ended(&bench).await;
    assert_eq!(bench.ask(OUTCOMES).await, "subscribed:processed:created joined:processed:created");
    assert_eq!(bench.ask(SUBSCRIBERS).await, "budi Budi");

    let left = event("left", "customer.deleted", 3, &json!({"customer_id": "c1"}));
    let ended_it = event("ended", "subscription.deleted", 3, &json!({"subscription_id": "s1"}));
    deliver(&bench, &[left, ended_it]).await;

    let deleted =
        "SELECT (SELECT count(deleted_at) FROM customers) + (SELECT count(deleted_at) FROM customer_subscriptions)";
    assert_eq!(bench.ask(deleted).await, "2");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_waits_for_what_it_refers_to_and_is_applied_when_that_comes() {
    let mut bench = referring().await;
    bench.add_worker(&[]);
    store(&bench, &[subscribed()]).await;

    let waiting = "SELECT concat_ws(' ', e.state, e.outcome, w.target_entity, w.target_key)
        FROM geniacs_webhook_events e JOIN waiting_references w ON w.webhook_event_id = e.id";
    eventually("it is put off and noted", LIMIT, async || {
        (bench.ask(waiting).await == "failed unresolved_reference customers c1").then_some(())
    })
    .await;

    deliver(&bench, &[joined()]).await;
    assert_eq!(bench.ask(SUBSCRIBERS).await, "budi Budi");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_waited_long_enough_is_set_aside_until_its_reference_is_linked() {
    let mut bench = referring().await;

    store(&bench, &[subscribed()]).await;
    bench.sql("UPDATE geniacs_webhook_events SET processing_attempts = 4").await;
    bench.add_worker(&[]);
    ended(&bench).await;
    assert_eq!(bench.ask(OUTCOMES).await, "subscribed:set_aside:unresolved_reference");

    deliver(&bench, &[joined()]).await;
    // The scheduler's loop does this.
    let waits: Vec<i64> = bench.ask("SELECT id FROM waiting_references").await.parse().into_iter().collect();
    storage::records::waiting::reopen_events(&mut *bench.connection().await, &waits).await.expect("it is opened");

    ended(&bench).await;
    assert_eq!(bench.ask(SUBSCRIBERS).await, "budi Budi");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_measurement_is_added_once_and_never_changed() {
    let bench = Bench::start().await;

    let fields = [
        ("metric_type", "metric", "string", Value::Null),
        ("value", "reading", "number", Value::Null),
        ("recorded_at", "taken_at", "date", Value::Null),
    ];
    map(&bench, "monitoring_data", &fields).await;

    let reading = |id: &str, event_type: &str, value: f64| {
        let data =
            json!({"monitoring_id": "m1", "metric": "cpu_usage", "reading": value, "taken_at": "2026-01-01T10:00:00Z"});
        event(id, event_type, 1, &data)
    };

    deliver(&bench, &[reading("e1", "monitoring.created", 0.5)]).await;
    deliver(
        &bench,
        &[
            reading("e2", "monitoring.created", 0.7),
            reading("e3", "monitoring.updated", 0.9),
            reading("e4", "monitoring.deleted", 0.9),
        ],
    )
    .await;

    assert_eq!(
        bench.ask("SELECT string_agg(metric_type || ' ' || value, ', ') FROM monitoring_data").await,
        "cpu_usage 0.5"
    );
    assert_eq!(
        bench.ask(OUTCOMES).await,
        "e1:processed:created e2:processed:unchanged e3:processed:append_only e4:processed:append_only"
    );
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_entity_is_made_changed_and_deleted_by_events() {
    let bench = Bench::start().await;

    let rows = [
        ("nas_servers", "nas_server", "nasname", "nas_servers"),
        ("subscriptions", "subscription", "username", "customer_subscriptions"),
        ("invoices", "invoice", "total_amount", "invoices"),
        ("payments", "payment", "amount", "payments"),
    ];
    for (entity, name, column, table) in rows {
        map(&bench, entity, &[(column, "told", "string", Value::Null)]).await;
        let about = |action: &str, second, told: &str| {
            let data = json!({format!("{name}_id"): "x1", "told": told});
            event(&format!("{name} {action}"), &format!("{name}.{action}"), second, &data)
        };

        deliver(&bench, &[about("created", 1, "10.00"), about("updated", 2, "20.00")]).await;
        deliver(&bench, &[about("deleted", 3, "")]).await;

        let row = bench.ask(&format!("SELECT concat_ws(' ', {column}, deleted_at IS NOT NULL) FROM {table}")).await;
        assert_eq!(row, "20.00 t", "{entity}");
    }

    assert_eq!(bench.ask("SELECT count(*) FROM geniacs_webhook_events WHERE NOT processed").await, "0");
    bench.stop().await;
}
