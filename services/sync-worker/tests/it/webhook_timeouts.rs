//! Events that take too long: the others go on.

use crate::events::{deliver, ended, event, store};
use crate::harness::{Bench, LIMIT};
use crate::provider_refusals::refuse;
use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};
use std::time::Duration;
use test_support::eventually;

fn created(id: &str, name: &str) -> Value {
    let data = json!({"customer_id": name, "customer_name": name, "customer_email": "a@example.com"});
    event(id, "customer.created", 1, &data)
}

fn renamed(id: &str, customer: &str) -> Value {
    event(id, "customer.updated", 2, &json!({"customer_id": customer, "customer_name": "New"}))
}

/// Well below the time that a statement may take, and below the deadline of a service.
const STOPS_WITHIN: Duration = Duration::from_secs(12);
const NAMES: &str = "SELECT string_agg(name, ' ' ORDER BY id) FROM customers";

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_row_another_transaction_holds_waits_uncounted_and_the_others_go_on() {
    let mut bench = Bench::without_worker().await;
    bench.add_worker(&[("GENIACS_WEBHOOK_TIMEOUT", "1")]);
    deliver(&bench, &[created("e1", "c1")]).await;

    let mut other = bench.connection().await;
    other.batch_execute("BEGIN; SELECT 1 FROM customers FOR UPDATE").await.expect("a lock");
    store(&bench, &[renamed("e2", "c1"), created("e3", "c3")]).await;
    eventually("the other event is applied", LIMIT, async || (bench.ask(NAMES).await == "c1 c3").then_some(())).await;

    let row = "SELECT concat_ws(' ', state, outcome, processing_attempts > 0) FROM geniacs_webhook_events
        WHERE event_id = 'e2'";
    eventually("the other one waits, with its reason", LIMIT, async || {
        let expected = "failed timeout f";
        (bench.ask(row).await == expected).then_some(())
    })
    .await;

    eventually("it is looked at again and again", LIMIT, async || {
        let held =
            "SELECT available_at > created_at + interval '5 seconds' FROM geniacs_webhook_events WHERE event_id = 'e2'";
        (bench.ask(held).await == "true").then_some(())
    })
    .await;
    assert_eq!(bench.ask(row).await, "failed timeout f", "no attempt is counted however long it waits");

    other.batch_execute("COMMIT").await.expect("the lock goes");
    ended(&bench).await;
    assert_eq!(bench.ask(NAMES).await, "New c3");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_stops_leaves_a_batch_that_waits_to_another() {
    let mut bench = Bench::start().await;
    deliver(&bench, &[created("e1", "c1")]).await;
    let mut other = bench.connection().await;
    other.batch_execute("BEGIN; SELECT 1 FROM customers FOR UPDATE").await.expect("a lock");
    store(&bench, &[renamed("e2", "c1")]).await;

    let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    eventually("the batch waits for the row", LIMIT, async || (bench.ask(waits).await == "1").then_some(())).await;

    let stopped = tokio::time::timeout(STOPS_WITHIN, bench.stop_workers()).await;
    assert!(stopped.is_ok(), "the worker waits for the row until its statement is too old");

    let kept = "SELECT concat_ws(' ', state, processing_attempts) FROM geniacs_webhook_events WHERE event_id = 'e2'";
    assert_eq!(bench.ask(kept).await, "received 0", "nothing speaks against the event");

    other.batch_execute("COMMIT").await.expect("the lock goes");
    bench.add_worker(&[]);
    ended(&bench).await;
    assert_eq!(bench.ask(NAMES).await, "New");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_takes_too_long_for_the_fifth_time_is_set_aside() {
    let mut bench = Bench::without_worker().await;
    bench.customers(1).await;
    bench.sql("INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id) VALUES (1, 'customers', 1, 'c1')").await;
    refuse(&bench, "UPDATE", "PERFORM pg_sleep(20)").await;

    store(&bench, &[renamed("e1", "c1"), created("e2", "c2")]).await;
    bench.sql("UPDATE geniacs_webhook_events SET processing_attempts = 4 WHERE event_id = 'e1'").await;
    bench.add_worker(&[("GENIACS_WEBHOOK_TIMEOUT", "1")]);
    ended(&bench).await;

    let rows = "SELECT string_agg(concat_ws(' ', state, outcome, processing_attempts), ', ' ORDER BY id) FROM geniacs_webhook_events";
    assert_eq!(bench.ask(rows).await, "set_aside timeout 5, processed created 1");
    assert_eq!(bench.ask(NAMES).await, "Customer 1 c2");
    bench.stop().await;
}
