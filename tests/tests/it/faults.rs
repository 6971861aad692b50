//! Servers that stop. Each test has servers of its own, and they run one after the other.

use crate::syncs::{at_geniacs, load_customers};
use end_to_end::{LIMIT, Servers, Stack, StackOptions};
use serde_json::json;
use std::time::{Duration, Instant};
use test_support::eventually;

async fn on(servers: &Servers) -> Stack {
    let options = StackOptions {
        database_url: Some(servers.database_url.clone()),
        amqp_url: Some(servers.amqp_url.clone()),
        settings: vec![
            ("GENIACS_WORK__LEASE_SECONDS", "4".to_owned()),
            ("GENIACS_WORK__LEASE_RENEW_SECONDS", "1".to_owned()),
        ],
        ..StackOptions::default()
    };
    Stack::start(options).await
}

async fn processed(stack: &Stack, id: i64, more_than: i64) {
    eventually("records are processed", LIMIT, async || {
        let processed = stack.status(id).await["progress"]["processed_records"].as_i64()?;
        (processed > more_than).then_some(())
    })
    .await;
}

fn update(n: usize) -> serde_json::Value {
    let name = format!("Name {n}");
    json!({
        "event_id": format!("evt_{n}"), "event_type": "customer.updated", "timestamp": "2026-01-01T10:00:00Z",
        "data": {"customer_id": "cust_1", "customer_name": name},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_crashes_under_load_costs_no_record_and_no_webhook() {
    let servers = Servers::start("broker");
    let stack = on(&servers).await;
    load_customers(&stack, 3_000).await;
    stack.admin("faults", &json!({"latency_ms": 40})).await;
    let id = stack.trigger("full", "to_geniacs").await;
    processed(&stack, id, 100).await;

    servers.kill("rabbitmq");
    for n in 0..50 {
        assert_eq!(stack.webhook(&update(n)).await, 200, "the database keeps it");
    }
    let triggered_meanwhile = stack.trigger("incremental", "from_geniacs").await;

    servers.restart("rabbitmq");
    assert_eq!(stack.ended(id).await["status"], "success");
    assert_eq!(stack.ended(triggered_meanwhile).await["status"], "success");
    stack.events_ended().await;
    assert_eq!(at_geniacs(&stack).await, (3_000, 3_000));
    assert_eq!(stack.database.ask("SELECT count(*) FROM geniacs_webhook_events WHERE processed").await, "50");

    // Whatever waited in the outbox leaves it once the broker is back.
    eventually("the outbox is empty", LIMIT, async || {
        (stack.database.ask("SELECT count(*) FROM outbox WHERE available_at <= now()").await == "0").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_crashes_under_load_costs_no_record_and_no_webhook() {
    let servers = Servers::start("database");
    let stack = on(&servers).await;
    load_customers(&stack, 3_000).await;
    stack.admin("faults", &json!({"latency_ms": 40})).await;
    let id = stack.trigger("full", "to_geniacs").await;
    processed(&stack, id, 100).await;

    // The ingest knows the secrets of integrations that it has heard of.
    assert_eq!(stack.webhook(&update(1_000)).await, 200);
    servers.kill("postgres");
    let mut accepted = 0;
    for n in 0..20 {
        accepted += usize::from(stack.webhook(&update(n)).await == 200);
    }
    assert_eq!(accepted, 20, "the broker keeps them");

    servers.restart("postgres");
    let push = stack.ended(id).await;
    assert_eq!((&push["status"], &push["progress"]["processed_records"]), (&json!("success"), &json!(3_000)), "{push}");
    assert_eq!(at_geniacs(&stack).await, (3_000, 3_000));

    eventually("what the broker kept is stored and applied", LIMIT, async || {
        let ended = "SELECT count(*) FROM geniacs_webhook_events WHERE state NOT IN ('received', 'failed')";
        (stack.database.ask(ended).await == "21").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_answers_nothing_costs_no_webhook_and_lets_nobody_wait() {
    const WEBHOOKS: i64 = 1_000;
    let servers = Servers::start("silent");
    let stack = on(&servers).await;
    stack.admin("seed", &json!({"entity": "customers", "count": 50, "seed": 5})).await;
    // The ingest knows the secrets of integrations that it has heard of.
    assert_eq!(stack.webhook(&update(0)).await, 200);
    stack.events_ended().await;

    servers.pause("postgres");
    let began = Instant::now();
    assert_eq!(stack.answers("/api/geniacs/integrations").await, 503);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    let run = json!({
        "url": stack.webhook_url(), "secret": stack.webhook_secret, "entity": "customers", "count": WEBHOOKS,
        "concurrency": 64, "kind": "updated", "form": "changes",
    });
    let report = stack.admin("webhooks", &run).await;
    assert_eq!(report["accepted"], WEBHOOKS, "the broker keeps them: {report}");

    servers.resume("postgres");
    let back = Instant::now();
    eventually("what the broker kept is stored and applied", LIMIT, async || {
        let ended = "SELECT count(*) FROM geniacs_webhook_events WHERE state NOT IN ('received', 'failed')";
        (stack.database.ask(ended).await == (WEBHOOKS + 1).to_string()).then_some(())
    })
    .await;
    println!("{WEBHOOKS} kept events were stored and applied {:?} after the database's return", back.elapsed());
}
