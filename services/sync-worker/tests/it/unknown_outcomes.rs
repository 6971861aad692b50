//! Requests whose outcome nobody knows, at a partner that ignores idempotency keys and parameters: nothing is doubled.

use crate::harness::{Bench, counts, run_settings};
use domain::{SyncDirection::ToGeniacs, SyncType};
use serde_json::{Value, json};
use storage::syncs::RunSettings;

/// A partner by which nothing is recognised.
fn forgetful(faults: Value) -> Value {
    let mut forgetful = json!({
        "ignore_idempotency": true, "ignore_external_id_filter": true, "ignore_updated_since": true,
    });
    if let (Some(all), Value::Object(more)) = (forgetful.as_object_mut(), faults) {
        all.extend(more);
    }
    forgetful
}

async fn pushed_once(bench: &Bench, customers: i64) {
    let count = bench.show("count/customers").await;
    assert_eq!((count["count"].as_i64(), count["live"].as_i64()), (Some(customers), Some(customers)), "{count}");
    let linked = "SELECT count(DISTINCT geniacs_id) FROM record_links WHERE NOT unconfirmed";
    assert_eq!(bench.ask(linked).await, customers.to_string());
    let records = bench.show("records/customers?limit=5000").await;
    for record in records["records"].as_array().expect("records") {
        let (id, external_id) = (record["id"].as_str(), record["external_id"].as_str());
        let linked = format!("SELECT geniacs_id FROM record_links WHERE local_id = {}", external_id.unwrap_or("0"));
        assert_eq!(Some(bench.ask(&linked).await.as_str()), id, "{record}");
    }
}

async fn pushes_once_although(faults: Value) {
    let bench = Bench::start().await;
    // Others of the partner's own, so that what it shows first is not what is looked for.
    bench.admin("seed", json!({"entity": "customers", "count": 1_200, "seed": 5})).await;
    bench.customers(40).await;
    bench.admin("faults", forgetful(faults)).await;
    let settings = RunSettings { batch_size: 5, max_attempts: 20, timeout_seconds: 2, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    let sync = bench.ended(id).await;
    assert_eq!((sync.status.as_str(), counts(&sync).read), ("success", 40));
    let own = bench.show("count/customers").await["linked"].as_i64();
    assert_eq!(own, Some(40));
    assert_eq!(bench.ask("SELECT count(DISTINCT geniacs_id) FROM record_links WHERE NOT unconfirmed").await, "40");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_dropped_after_the_effect_doubles_nothing() {
    pushes_once_although(json!({"lose_answer_rate": 0.3})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_comes_after_the_effect_doubles_nothing() {
    pushes_once_although(json!({"hang_rate": 0.2})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_5xx_after_the_effect_doubles_nothing() {
    pushes_once_although(json!({"late_error_rate": 0.3, "error_status": 502})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_after_the_effect_doubles_nothing() {
    pushes_once_although(json!({"cut_body_rate": 0.1, "half_json_rate": 0.1, "html_rate": 0.1})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_gave_up_is_followed_by_one_that_asks_first() {
    let bench = Bench::start().await;
    bench.customers(20).await;
    bench.admin("faults", forgetful(json!({"lose_answer_rate": 1}))).await;
    let settings = RunSettings { max_attempts: 1, retry_failed: false, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    assert_eq!(bench.ended(id).await.status, "failed");
    bench.admin("faults", forgetful(json!({"lose_answer_rate": 0}))).await;
    let next = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!((next.status.as_str(), counts(&next).read), ("success", 20));
    pushed_once(&bench, 20).await;
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_vanished_after_its_request_is_followed_by_one_that_asks_first() {
    let bench = Bench::without_worker().await;
    bench.customers(20).await;
    bench.admin("faults", forgetful(json!({}))).await;
    let id = bench.trigger(&bench.request(SyncType::Full, ToGeniacs)).await;
    let mut bench = bench;
    bench.add_worker(&[]);
    bench.ended(id).await;
    // As if the worker had been killed between the answer and the commit: there are no links, and its chunk is open.
    let id = bench.trigger(&bench.request(SyncType::Full, ToGeniacs)).await;
    bench.ended(id).await;
    bench.sql("DELETE FROM record_links").await;
    bench.sql("UPDATE customers SET geniacs_customer_id = NULL").await;
    bench
        .sql(&format!("UPDATE geniacs_data_sync SET status = 'processing', completed_at = NULL WHERE id = {id}"))
        .await;
    bench
        .sql(&format!(
            "UPDATE sync_chunks SET state = 'open', completed_at = NULL, worker = '00000000-0000-0000-0000-000000000001',
                 records_read = 0, created = 0, updated = 0, unchanged = 0, available_at = now()
             WHERE sync_id = {id} AND kind = 'push'"
        ))
        .await;
    let sync = bench.ended(id).await;
    assert_eq!((sync.status.as_str(), counts(&sync).read, counts(&sync).created), ("success", 20, 0));
    pushed_once(&bench, 20).await;
    bench.stop().await;
}
