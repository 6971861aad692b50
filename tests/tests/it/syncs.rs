//! Syncs, from the trigger to the values on the other side.

use end_to_end::{LIMIT, Stack, StackOptions};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use test_support::eventually;

/// Valid customers, numbered from 1.
pub(crate) async fn load_customers(stack: &Stack, count: i64) {
    let sql = format!(
        "INSERT INTO customers (customer_code, name, email, phone)
         SELECT 'C' || n, 'Customer ' || n, 'c' || n || '@example.co.id', '0812' || lpad(n::text, 8, '0')
         FROM generate_series(1, {count}) n"
    );
    stack.database.execute(&sql).await;
}

/// How many records the partner holds, and how many different local ids they name.
pub(crate) async fn at_geniacs(stack: &Stack) -> (usize, usize) {
    let mut ids = BTreeMap::<String, usize>::new();
    let mut records = 0;
    let mut after = String::new();
    loop {
        let page = stack.partner_shows(&format!("records/customers?limit=5000&after={after}")).await;
        for record in page["records"].as_array().expect("records") {
            records += 1;
            *ids.entry(record["external_id"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }

        match page["next_after"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => return (records, ids.len()),
        }
    }
}

fn summary(sync: &Value, names: [&str; 3]) -> [i64; 3] {
    names.map(|name| sync["summary"][name].as_i64().unwrap_or(-1))
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_go_to_geniacs_and_what_geniacs_owns_comes_here() {
    let stack = Stack::start(StackOptions::default()).await;
    load_customers(&stack, 300).await;
    let push = stack.run("full", "to_geniacs").await;
    assert_eq!(push["status"], "success", "{push}");
    assert_eq!(summary(&push, ["created", "updated", "failed"]), [300, 0, 0]);
    assert_eq!(
        push["progress"],
        json!({"total_records": 300, "processed_records": 300, "successful_records": 300, "failed_records": 0, "percentage": 100})
    );
    assert_eq!(at_geniacs(&stack).await, (300, 300));

    stack.admin("seed", &json!({"entity": "customers", "count": 200, "seed": 3})).await;
    let pull = stack.run("full", "from_geniacs").await;
    assert_eq!(
        (&pull["status"], summary(&pull, ["created", "unchanged", "failed"])),
        (&json!("success"), [200, 300, 0])
    );
    assert_eq!(stack.database.ask("SELECT count(*) FROM customers").await, "500");

    let again = stack.run("incremental", "to_geniacs").await;
    assert_eq!(summary(&again, ["created", "updated", "deleted"]), [0, 0, 0], "nothing is echoed: {again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_fails_is_told_with_its_reason_and_the_sync_is_partial() {
    let stack = Stack::start(StackOptions::default()).await;
    load_customers(&stack, 20).await;
    stack.database.execute("UPDATE customers SET email = 'nobody' WHERE id = 7").await;
    let push = stack.run("full", "to_geniacs").await;
    assert_eq!((&push["status"], summary(&push, ["created", "failed", "skipped"])), (&json!("partial"), [19, 1, 0]));
    let error = &push["errors"][0];
    assert_eq!((&error["record_id"], &error["error_type"]), (&json!(7), &json!("validation_error")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_fails_one_request_in_five_gets_every_record_once() {
    let stack = Stack::start(StackOptions::default()).await;
    load_customers(&stack, 3_000).await;
    stack.admin("faults", &json!({"error_rate": 0.1, "reset_rate": 0.05, "lose_answer_rate": 0.05})).await;
    let push = stack.run("full", "to_geniacs").await;
    assert_eq!((&push["status"], summary(&push, ["failed", "conflicts", "skipped"])), (&json!("success"), [0, 0, 0]));
    assert_eq!(at_geniacs(&stack).await, (3_000, 3_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_in_the_middle_of_a_sync_loses_and_doubles_nothing() {
    let settings = vec![
        ("GENIACS_WORK__LEASE_SECONDS", "4".to_owned()),
        ("GENIACS_WORK__LEASE_RENEW_SECONDS", "1".to_owned()),
        ("GENIACS_RESCUE__AFTER_SECONDS", "2".to_owned()),
    ];
    let mut stack = Stack::start(StackOptions { workers: 2, settings, ..StackOptions::default() }).await;
    load_customers(&stack, 10_000).await;
    stack.admin("faults", &json!({"latency_ms": 20, "ignore_idempotency": true})).await;
    let id = stack.trigger("full", "to_geniacs").await;

    eventually("the sync is in its middle", LIMIT, async || {
        let processed = stack.status(id).await["progress"]["processed_records"].as_i64()?;
        (processed > 1_000).then_some(())
    })
    .await;

    for worker in &mut stack.workers {
        worker.kill();
    }
    stack.add_worker();

    let push = stack.ended(id).await;
    assert_eq!(
        (&push["status"], &push["progress"]["processed_records"]),
        (&json!("success"), &json!(10_000)),
        "{push}"
    );

    assert_eq!(at_geniacs(&stack).await, (10_000, 10_000));
    assert_eq!(stack.database.ask("SELECT count(DISTINCT geniacs_id) FROM record_links").await, "10000");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_share_one_sync() {
    let stack = Stack::start(StackOptions { workers: 2, ..StackOptions::default() }).await;
    load_customers(&stack, 4_000).await;
    stack.admin("faults", &json!({"latency_ms": 30})).await;
    let push = stack.run("full", "to_geniacs").await;
    assert_eq!((&push["status"], summary(&push, ["created", "updated", "failed"])), (&json!("success"), [4_000, 0, 0]));
    assert_eq!(at_geniacs(&stack).await, (4_000, 4_000));
    assert_eq!(stack.database.ask("SELECT count(DISTINCT worker) FROM sync_chunks WHERE kind = 'push'").await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_service_stops_cleanly_when_it_is_asked_to() {
    let mut stack = Stack::start(StackOptions::default()).await;
    let codes = [&mut stack.gateway, &mut stack.ingest, &mut stack.scheduler].map(end_to_end::Process::stop);
    assert_eq!(codes, [Some(0); 3]);
    assert_eq!(stack.workers.iter_mut().map(end_to_end::Process::stop).collect::<Vec<_>>(), [Some(0)]);
}
