//! Statuses move by rules, whoever tells them.

use crate::events::{OUTCOMES, deliver, event, map};
use crate::harness::{Bench, LIMIT, counts};
use domain::{Counts, SyncDirection, SyncType};
use serde_json::{Value, json};
use test_support::eventually;

async fn with_statuses() -> Bench {
    let bench = Bench::start().await;
    let fields = [
        ("name", "customer_name", "string", Value::Null),
        ("email", "customer_email", "string", Value::Null),
        ("status", "customer_status", "string", json!({"lowercase": true})),
    ];
    map(&bench, "customers", &fields).await;
    bench
}

fn told(id: &str, second: u32, fields: &Value) -> Value {
    let mut data = fields.clone();
    data["customer_id"] = json!("c1");
    // Only the news of its creation makes a row of a record that nobody knows here.
    let kind = if id == "e1" { "customer.created" } else { "customer.updated" };
    event(id, kind, second, &data)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_status_is_left_out_and_the_rest_of_the_event_applies() {
    let bench = with_statuses().await;
    let created = told("e1", 1, &json!({"customer_name": "Budi", "customer_status": "active"}));
    let refused = told("e2", 2, &json!({"customer_name": "Budi Santoso", "customer_status": "PROSPECT"}));
    let nothing_else = told("e3", 3, &json!({"customer_status": "prospect"}));

    deliver(&bench, &[created, refused, nothing_else]).await;
    assert_eq!(bench.ask("SELECT name || ' ' || status FROM customers").await, "Budi Santoso active");
    assert_eq!(bench.ask(OUTCOMES).await, "e1:processed:created e2:processed:updated e3:processed:unchanged");

    let log =
        "SELECT count(*) || min(log_level::text) || min(message) || min(context ->> 'rule') FROM geniacs_sync_logs";
    assert_eq!(
        bench.ask(log).await,
        "1infoThe status of record 1 of customers is `active` by a rule: a customer who was served is no prospect again\
         served_once"
    );
    bench.stop().await;
}

/// Pushes what changed, once no transaction on the server hides the changes any more.
async fn pushed(bench: &Bench) -> Counts {
    eventually("the change is read", LIMIT, async || {
        let sync = bench.run(SyncType::Incremental, SyncDirection::ToGeniacs).await;
        Some(counts(&sync)).filter(|counts| counts.read > 0)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_kept_its_status_is_pushed_by_the_next_incremental() {
    let bench = with_statuses().await;
    deliver(&bench, &[told("e1", 1, &json!({"customer_name": "Budi", "customer_status": "active"}))]).await;
    let quiet = pushed(&bench).await;
    assert_eq!(quiet.unchanged, 1, "what came from Geniacs is not sent back");

    deliver(&bench, &[told("e2", 2, &json!({"customer_status": "prospect"}))]).await;
    let repair = pushed(&bench).await;
    assert_eq!((repair.read, repair.unchanged, repair.failed), (1, 0, 0));

    let hashes = "SELECT count(*) FROM record_links WHERE content_hash <> ''";
    assert_eq!(bench.ask(hashes).await, "1", "and once is enough");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_keeps_to_the_rules_too() {
    let bench = with_statuses().await;
    bench.admin("seed", json!({"entity": "customers", "count": 2, "seed": 1})).await;
    for id in ["cust_1", "cust_2"] {
        bench.put(&format!("records/customers/{id}"), json!({"customer_status": "active"})).await;
    }
    bench.run(SyncType::Full, SyncDirection::FromGeniacs).await;

    bench.put("records/customers/cust_1", json!({"customer_status": "prospect", "customer_name": "New"})).await;
    bench.put("records/customers/cust_2", json!({"customer_status": "prospect"})).await;
    let pulled = counts(&bench.run(SyncType::Full, SyncDirection::FromGeniacs).await);
    assert_eq!((pulled.updated, pulled.unchanged, pulled.failed), (1, 1, 0));

    let rows = "SELECT string_agg(status || ' ' || (name = 'New'), ', ' ORDER BY id) FROM customers";
    assert_eq!(bench.ask(rows).await, "active true, active false");

    let said = "SELECT count(*) FROM record_links WHERE agreed ->> 'customer_status' = 'prospect'";
    assert_eq!(bench.ask(said).await, "2", "so that the next push tells Geniacs the status that stands");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_nobody_knows_fails_its_record_and_says_what_it_may_be() {
    let bench = with_statuses().await;
    let created = told("e1", 1, &json!({"customer_name": "Budi", "customer_status": "active"}));
    deliver(&bench, &[created, told("e2", 2, &json!({"customer_status": "lost"}))]).await;
    assert_eq!(bench.ask(OUTCOMES).await, "e1:processed:created e2:set_aside:validation_error");
    assert_eq!(
        bench.ask("SELECT error_message FROM geniacs_webhook_events WHERE event_id = 'e2'").await,
        "status: is no status of customers; it must be one of: prospect, active, suspended, terminated"
    );
    bench.stop().await;
}
