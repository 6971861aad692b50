//! Dry runs: their plans, and carrying them out.

use crate::harness::{Bench, counts, run_settings};
use domain::sync::SyncRequest;
use domain::{
    Counts, SyncDirection, SyncDirection::Bidirectional, SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType,
};
use serde_json::{Value, json};
use storage::listing::Place;
use storage::runs::plan_items::{self, PlanItem};
use storage::runs::syncs::{RunSettings, SyncRow};

/// Both sides, and what is known of them, as they are.
pub(crate) async fn everything(bench: &Bench) -> String {
    let mut all = Vec::new();
    for table in ["customers", "record_links", "sync_positions", "conflicts", "waiting_references", "record_tombstones"]
    {
        let dump = format!("SELECT string_agg(t::text, E'\\n' ORDER BY t::text) FROM {table} t");
        all.push(format!("{table}: {}", bench.ask(&dump).await));
    }
    all.push(bench.show("records/customers").await.to_string());
    all.join("\n")
}

async fn dry_run(bench: &Bench, sync_type: SyncType, direction: SyncDirection) -> SyncRow {
    let mut request = bench.request(sync_type, direction);
    request.options.dry_run = true;
    request.options.delete_missing = sync_type == SyncType::Full && direction == ToGeniacs;
    planned(bench, &request).await
}

/// A dry run that is seen to change nothing on either side.
async fn planned(bench: &Bench, request: &SyncRequest) -> SyncRow {
    let before = everything(bench).await;
    let sync = bench.ended(bench.trigger(request).await).await;
    assert_eq!(everything(bench).await, before, "a dry run changes nothing");
    assert_eq!((sync.status.as_str(), sync.error_message.as_deref()), ("success", None));
    sync
}

async fn items(bench: &Bench, sync: &SyncRow) -> Vec<PlanItem> {
    plan_items::list(&mut *bench.connection().await, sync.id, None, Place::First, 1_000).await.expect("the items")
}

/// What is planned for a local record: the action, and each field with its old and new value.
fn of(items: &[PlanItem], local_id: i64) -> (String, Vec<(String, Value, Value)>) {
    let item = items.iter().find(|item| item.local_id == Some(local_id)).expect("an item of the record");
    let changes = item.changes.as_array().expect("a list").iter();
    let changes =
        changes.map(|c| (c["geniacs_field"].as_str().unwrap_or("?").to_owned(), c["old"].clone(), c["new"].clone()));
    (item.action.clone(), changes.collect())
}

async fn geniacs_id(bench: &Bench, local_id: i64) -> String {
    bench.ask(&format!("SELECT geniacs_id FROM record_links WHERE local_id = {local_id}")).await
}

pub(crate) async fn set_there(bench: &Bench, local_id: i64, fields: Value) {
    let id = geniacs_id(bench, local_id).await;
    bench.put(&format!("records/customers/{id}"), fields).await;
}

async fn left_out(bench: &Bench, sync: &SyncRow) -> String {
    let said = "SELECT string_agg(message, '; ') FROM geniacs_sync_logs WHERE message LIKE '%left out%'";
    bench.ask(&format!("{said} AND sync_id = {}", sync.id)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_push_compares_each_record_with_what_geniacs_holds_now_and_changes_nothing() {
    let bench = Bench::start().await;
    bench.customers(6).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    bench.sql("UPDATE customers SET name = 'Changed here', balance = 1000.50 WHERE id = 2").await;
    set_there(&bench, 3, json!({"customer_name": "Changed there"})).await;
    bench.sql("UPDATE customers SET deleted_at = now() WHERE id = 4").await;
    bench.sql("UPDATE customers SET email = 'nobody' WHERE id = 5").await;
    bench
        .http
        .delete(format!("{}/records/customers/{}", bench.partner.admin_url, geniacs_id(&bench, 6).await))
        .send()
        .await
        .expect("it is deleted there");
    bench.sql("INSERT INTO customers (name, email) VALUES ('New', 'new@example.co.id')").await;

    let mut request = bench.request(SyncType::Full, ToGeniacs);
    request.options.dry_run = true;
    request.options.delete_missing = true;
    let sync = planned(&bench, &request).await;
    let expected = Counts { read: 7, created: 2, updated: 2, deleted: 1, unchanged: 1, failed: 1, ..Counts::default() };
    assert_eq!(counts(&sync), expected);
    let items = items(&bench, &sync).await;
    assert_eq!(items.len(), 7);
    assert_eq!(of(&items, 1), ("unchanged".to_owned(), vec![]));
    let (action, changes) = of(&items, 2);
    assert_eq!(action, "update");
    assert!(changes.contains(&("customer_name".to_owned(), json!("Customer 2"), json!("Changed here"))), "{changes:?}");
    let back = ("customer_name".to_owned(), json!("Changed there"), json!("Customer 3"));
    assert_eq!(of(&items, 3), ("update".to_owned(), vec![back]));
    assert_eq!(of(&items, 4).0, "delete");
    assert_eq!(of(&items, 5).0, "fail");
    assert_eq!(of(&items, 6).0, "create");
    assert!(of(&items, 7).1.contains(&("customer_name".to_owned(), Value::Null, json!("New"))));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incremental_dry_push_does_not_trust_what_was_confirmed_once() {
    let bench = Bench::start().await;
    bench.customers(3).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    bench.sql("UPDATE customers SET notes = 'touched'").await;
    set_there(&bench, 2, json!({"customer_name": "Changed there"})).await;
    let sync = dry_run(&bench, SyncType::Incremental, ToGeniacs).await;
    assert_eq!(counts(&sync).updated, 1, "{:?}", counts(&sync));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applying_a_plan_does_what_it_says_and_leaves_out_what_has_moved_on_since() {
    let bench = Bench::start().await;
    bench.customers(8).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    bench.sql("UPDATE customers SET name = 'Planned ' || id WHERE id <= 5").await;
    bench.sql("UPDATE customers SET deleted_at = now() WHERE id = 6").await;
    bench.sql("INSERT INTO customers (name, email) VALUES ('New', 'new@example.co.id')").await;
    let plan = dry_run(&bench, SyncType::Full, ToGeniacs).await;
    assert_eq!((counts(&plan).created, counts(&plan).updated, counts(&plan).deleted), (1, 5, 1));

    bench.sql("UPDATE customers SET name = 'Later' WHERE id IN (1, 8)").await;
    set_there(&bench, 2, json!({"customer_name": "Moved on there"})).await;
    let sync = bench.apply(&plan, &run_settings()).await;
    assert_eq!((sync.status.as_str(), sync.total_records), ("success", Some(7)));
    let done = Counts { read: 7, created: 1, updated: 3, deleted: 1, skipped: 2, ..Counts::default() };
    assert_eq!(counts(&sync), done);
    assert_eq!(left_out(&bench, &sync).await, "2 records were left out: they have changed since the plan was made");
    let there = bench.show("records/customers").await.to_string();
    for (name, is_there) in
        [("Planned 3", true), ("New", true), ("Moved on there", true), ("Later", false), ("Planned 1", false)]
    {
        assert_eq!(there.contains(&format!("\"{name}\"")), is_there, "{name}: {there}");
    }
    assert_eq!(bench.show("count/customers").await["live"], 8);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_carried_out_once_however_many_answers_get_lost() {
    let bench = Bench::start().await;
    bench.customers(40).await;
    let plan = dry_run(&bench, SyncType::Full, ToGeniacs).await;

    bench.admin("faults", json!({"lose_answer_rate": 0.3, "ignore_idempotency": true})).await;
    let sync = bench.apply(&plan, &RunSettings { batch_size: 5, max_attempts: 20, ..run_settings() }).await;

    assert_eq!((sync.status.as_str(), counts(&sync).read, counts(&sync).skipped), ("success", 40, 0));
    let count = bench.show("count/customers").await;
    assert_eq!((count["count"].as_i64(), count["live"].as_i64()), (Some(40), Some(40)));
    assert_eq!(bench.ask("SELECT count(*) FROM record_links WHERE geniacs_id IS NOT NULL").await, "40");
    assert_eq!(bench.ask("SELECT count(*) FROM sync_positions").await, "0", "a plan moves no position");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_came_to_geniacs_meanwhile_is_not_created_again() {
    let bench = Bench::start().await;
    bench.customers(2).await;
    let plan = dry_run(&bench, SyncType::Full, ToGeniacs).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    let sync = bench.apply(&plan, &run_settings()).await;
    assert_eq!((counts(&sync).read, counts(&sync).created), (2, 0));
    assert_eq!(bench.show("count/customers").await["count"], 2);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_could_not_ask_about_some_records_is_partial() {
    let bench = Bench::start().await;
    bench.customers(3).await;
    bench.admin("faults", json!({"error_rate": 1.0, "error_status": 500})).await;

    let mut request = bench.request(SyncType::Full, ToGeniacs);
    request.options.dry_run = true;
    let settings = RunSettings { max_attempts: 1, retry_failed: false, ..run_settings() };
    let sync = bench.ended(bench.trigger_with(&request, &settings).await).await;

    assert_eq!((sync.status.as_str(), counts(&sync).failed), ("failed", 3));
    assert_eq!(bench.ask("SELECT count(*) FROM record_links").await, "0");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_pull_shows_field_by_field_what_would_change_here_and_changes_nothing() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 4, "seed": 7})).await;
    bench.run(SyncType::Full, FromGeniacs).await;
    bench.put("records/customers/cust_1", json!({"customer_name": "Siti Rahayu"})).await;
    bench.put("records/customers/cust_2", json!({"customer_email": "not an address"})).await;
    bench.http.delete(format!("{}/records/customers/cust_3", bench.partner.admin_url)).send().await.expect("deleted");
    bench.admin("seed", json!({"entity": "customers", "count": 1, "seed": 8})).await;

    let old = bench.ask("SELECT name FROM customers WHERE geniacs_customer_id = 'cust_1'").await;
    let sync = dry_run(&bench, SyncType::Full, FromGeniacs).await;
    let Counts { read, created, updated, deleted, .. } = counts(&sync);
    assert_eq!((read, created, updated, deleted), (5, 1, 1, 1));

    let items = items(&bench, &sync).await;
    let by_id = |id: &str| items.iter().find(|item| item.geniacs_id.as_deref() == Some(id)).expect("an item");
    let expected = json!([{"field": "name", "geniacs_field": "customer_name", "old": old, "new": "Siti Rahayu"}]);
    assert_eq!((by_id("cust_1").action.as_str(), &by_id("cust_1").changes), ("update", &expected));
    assert_eq!(by_id("cust_3").action, "delete");

    let new = by_id("cust_5");
    assert_eq!((new.action.as_str(), new.local_id, new.local_hash.is_some()), ("create", None, false));
    assert!(new.changes.as_array().is_some_and(|changes| changes.len() > 3), "{}", new.changes);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applying_a_pulls_plan_writes_here_what_is_still_as_it_was_planned() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 6, "seed": 7})).await;
    bench.run(SyncType::Full, FromGeniacs).await;
    for id in 1..=3 {
        bench.put(&format!("records/customers/cust_{id}"), json!({"customer_name": format!("Planned {id}")})).await;
    }
    bench.http.delete(format!("{}/records/customers/cust_4", bench.partner.admin_url)).send().await.expect("deleted");
    bench.admin("seed", json!({"entity": "customers", "count": 2, "seed": 8})).await;
    let plan = dry_run(&bench, SyncType::Full, FromGeniacs).await;
    assert_eq!((counts(&plan).created, counts(&plan).updated, counts(&plan).deleted), (2, 3, 1));

    bench.put("records/customers/cust_2", json!({"customer_name": "Moved on there"})).await;
    bench.sql("UPDATE customers SET name = 'Moved on here' WHERE geniacs_customer_id = 'cust_3'").await;
    let sync = bench.apply(&plan, &RunSettings { batch_size: 2, ..run_settings() }).await;
    let done = Counts { read: 6, created: 2, updated: 1, deleted: 1, skipped: 2, ..Counts::default() };
    assert_eq!((sync.status.as_str(), counts(&sync)), ("success", done));
    let name = |id: &str| format!("SELECT name FROM customers WHERE geniacs_customer_id = '{id}'");
    assert_eq!(bench.ask(&name("cust_1")).await, "Planned 1");
    assert_eq!(bench.ask(&name("cust_3")).await, "Moved on here");
    assert_eq!(bench.ask("SELECT count(*) FROM customers WHERE deleted_at IS NOT NULL").await, "1");
    assert_eq!(bench.ask("SELECT count(*) FROM customers").await, "8");

    let again = bench.apply(&plan, &run_settings()).await;
    assert_eq!((counts(&again).skipped, counts(&again).read), (6, 6), "nothing is created or changed twice");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_both_ways_shows_what_would_change_here_and_there_and_applying_it_merges() {
    let bench = Bench::start().await;
    bench.customers(4).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    bench.run(SyncType::Full, FromGeniacs).await;
    bench.sql("UPDATE customers SET name = 'Changed here' WHERE id IN (1, 2)").await;
    set_there(&bench, 1, json!({"customer_email": "there1@example.co.id"})).await;
    set_there(&bench, 3, json!({"customer_email": "there3@example.co.id"})).await;
    bench.sql("INSERT INTO customers (name, email) VALUES ('New', 'new@example.co.id')").await;
    let plan = dry_run(&bench, SyncType::Full, Bidirectional).await;
    let items = items(&bench, &plan).await;
    let said = |local_id: i64, direction: &str| {
        let item = items.iter().find(|i| i.local_id == Some(local_id) && i.direction == direction);
        let item = item.unwrap_or_else(|| panic!("no item {direction} of {local_id}: {items:?}"));
        let fields = item.changes.as_array().expect("a list").iter();
        (item.action.as_str(), fields.map(|c| c["geniacs_field"].as_str().unwrap_or("?")).collect::<Vec<_>>())
    };
    assert_eq!(said(1, "from_geniacs"), ("update", vec!["customer_email"]));
    assert_eq!(said(1, "to_geniacs"), ("update", vec!["customer_name"]));
    assert_eq!(said(2, "to_geniacs"), ("update", vec!["customer_name"]));
    assert_eq!(said(3, "from_geniacs"), ("update", vec!["customer_email"]));
    assert_eq!(said(3, "to_geniacs").0, "unchanged");
    assert_eq!(said(5, "to_geniacs").0, "create");

    set_there(&bench, 3, json!({"customer_email": "moved.on@example.co.id"})).await;
    let sync = bench.apply(&plan, &run_settings()).await;
    assert_eq!(sync.status, "success");
    let Counts { created, updated, skipped, .. } = counts(&sync);
    assert_eq!((created, updated, skipped), (1, 3, 1));
    assert_eq!(
        bench.ask("SELECT name || ' ' || email FROM customers WHERE id = 1").await,
        "Changed here there1@example.co.id"
    );
    let there = bench.show("records/customers").await.to_string();
    assert_eq!(there.matches("Changed here").count(), 2, "{there}");
    assert!(there.contains("there1@example.co.id") && there.contains("moved.on@example.co.id"), "{there}");
    bench.stop().await;
}
