//! Local changes that are at Geniacs as they happen.

use crate::syncs::load_customers;
use end_to_end::{LIMIT, Stack, StackOptions};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use test_support::eventually;

/// What a change may take while this machine does other things; by itself it takes less than a second.
const LENIENT: Duration = Duration::from_secs(10);

const RUNS: &str = "SELECT count(*) FROM geniacs_data_sync WHERE sync_type = 'real_time'";

/// A system that wants customers in real time and has brought its first ones up to date.
async fn in_step(customers: i64) -> Stack {
    let stack = Stack::start(StackOptions::default()).await;
    load_customers(&stack, customers).await;
    stack
        .database
        .execute("UPDATE geniacs_integrations SET configuration = configuration || '{\"real_time\": [\"customers\"]}'")
        .await;
    eventually("what is here is brought up to date first", LIMIT, async || {
        (stack.partner_shows("count/customers").await["live"] == customers && idle(&stack).await).then_some(())
    })
    .await;
    stack
}

async fn idle(stack: &Stack) -> bool {
    let open = "SELECT count(*) FROM geniacs_data_sync WHERE status IN ('pending', 'processing')";
    stack.database.ask(open).await == "0"
}

async fn at_geniacs(stack: &Stack, local_id: i64) -> Value {
    let shown = stack.partner_shows("records/customers?limit=50000").await;
    let wanted = local_id.to_string();
    let records = shown["records"].as_array().expect("records");
    records.iter().find(|record| record["external_id"] == wanted).cloned().unwrap_or_default()
}

async fn requests(stack: &Stack) -> i64 {
    stack.partner_shows("stats").await["requests"].as_i64().expect("a number")
}

/// Makes a change and measures how long it takes to Geniacs.
async fn measured(stack: &Stack, name: &str, change: &str, arrived: impl AsyncFn() -> bool) {
    stack.database.execute(change).await;
    let began = Instant::now();
    eventually(name, LIMIT, async || arrived().await.then_some(())).await;
    let took = began.elapsed();
    println!("{name}: at Geniacs after {took:?}");
    assert!(took < LENIENT, "{name} took {took:?}");
    eventually("its run ends", LIMIT, async || idle(stack).await.then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_made_or_deleted_row_is_at_geniacs_at_once() {
    let stack = in_step(20).await;
    let shows = async |id, field: &str, value: Value| at_geniacs(&stack, id).await["fields"][field] == value;
    let gone = async |id| at_geniacs(&stack, id).await["deleted"] == true;

    for round in 1..=3 {
        let name = format!("Changed {round}");
        let change = format!("UPDATE customers SET name = '{name}' WHERE id = 3");
        measured(&stack, "a change", &change, async || shows(3, "customer_name", json!(name)).await).await;
    }

    let made = "INSERT INTO customers (id, name, email) VALUES (21, 'New', 'new@example.com')";
    measured(&stack, "a new row", made, async || shows(21, "customer_name", json!("New")).await).await;
    let soft = "UPDATE customers SET deleted_at = now() WHERE id = 4";
    measured(&stack, "a soft delete", soft, async || gone(4).await).await;
    measured(&stack, "a hard delete", "DELETE FROM customers WHERE id = 5", async || gone(5).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_rows_changed_at_once_become_few_requests_and_one_sync() {
    let stack = in_step(10_000).await;
    let runs: i64 = stack.database.ask(RUNS).await.parse().expect("a number");
    let before = requests(&stack).await;
    stack.database.execute("UPDATE customers SET name = 'Changed ' || id").await;

    eventually("all are there", LIMIT, async || {
        let last = at_geniacs(&stack, 10_000).await["fields"]["customer_name"] == "Changed 10000";
        (last && idle(&stack).await).then_some(())
    })
    .await;

    let sent = requests(&stack).await - before;
    assert!(sent <= 102, "{sent} requests");
    assert_eq!(stack.database.ask(RUNS).await, (runs + 1).to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_one_record_arrive_in_order_and_gather() {
    let stack = in_step(1).await;
    let before = requests(&stack).await;
    for n in 1..=40 {
        stack.database.execute(&format!("UPDATE customers SET name = 'Version {n}'")).await;
    }

    eventually("the last one is there", LIMIT, async || {
        let last = at_geniacs(&stack, 1).await["fields"]["customer_name"] == "Version 40";
        (last && idle(&stack).await).then_some(())
    })
    .await;

    let sent = requests(&stack).await - before;
    assert!(sent < 40, "40 changes became {sent} requests");
    assert_eq!(at_geniacs(&stack, 1).await["fields"]["customer_name"], "Version 40", "nothing older came later");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_a_webhook_brought_is_not_echoed() {
    let stack = in_step(3).await;
    let geniacs_id = stack.database.ask("SELECT geniacs_id FROM record_links WHERE local_id = 2").await;
    let runs = stack.database.ask(RUNS).await;
    let before = requests(&stack).await;

    let event = json!({
        "event_type": "customer.updated", "event_id": "e1", "timestamp": "2030-01-01T00:00:00Z",
        "data": {"customer_id": geniacs_id, "changes": {"customer_name": {"old": "?", "new": "From Geniacs"}}},
    });
    assert_eq!(stack.webhook(&event).await, 200);
    stack.events_ended().await;
    assert_eq!(stack.database.ask("SELECT name FROM customers WHERE id = 2").await, "From Geniacs");

    let passed = "SELECT p.changed_xid > (SELECT max(changed_xid::text::bigint) FROM customers) FROM sync_positions p
        WHERE p.direction = 'to_geniacs'";
    eventually("the scheduler has passed over it", LIMIT, async || {
        (stack.database.ask(passed).await == "true" || stack.database.ask(passed).await == "t").then_some(())
    })
    .await;

    assert_eq!(stack.database.ask(RUNS).await, runs, "no sync");
    assert_eq!(requests(&stack).await, before, "no request");
}
