//! A record at which the partner always fails: it fails alone, and the others arrive.

use crate::harness::{Bench, counts, run_settings};
use crate::odd_partner::{Reply, replace_partner};
use domain::sync::RecordKey;
use domain::{SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType};
use serde_json::{Value, json};
use storage::runs::syncs::RunSettings;

const POSITION: &str = "SELECT changed_xid IS NOT NULL FROM sync_positions WHERE direction = 'to_geniacs'";
const BREAKER: &str = "SELECT coalesce(bool_or(opened_at IS NOT NULL), false) FROM integration_limits";

/// Makes the partner answer 500 to each request that holds one of these records.
async fn always_fails_at(bench: &Bench, external_ids: &[&str]) {
    let rules: Vec<Value> = external_ids.iter().map(|id| json!({"field": "external_id", "equals": id})).collect();
    bench.admin("faults", json!({"reject": rules, "reject_status": 500, "reject_unnamed": true})).await;
}

async fn fails_alone(records: i64, bad: &[&str], settings: &RunSettings) {
    let mut bench = Bench::without_worker().await;
    bench.customers(records).await;
    always_fails_at(&bench, bad).await;
    bench.add_worker(&[]);

    let id = bench.trigger_with(&bench.request(SyncType::Incremental, ToGeniacs), settings).await;
    let sync = bench.ended(id).await;

    let count = i64::try_from(bad.len()).expect("few");
    assert_eq!(
        (sync.status.as_str(), counts(&sync).created, counts(&sync).failed),
        ("partial", records - count, count)
    );

    let failed = "SELECT string_agg(record_id || error_type, ' ' ORDER BY record_id) FROM sync_record_errors WHERE NOT retryable";
    let expected: Vec<String> = bad.iter().map(|id| format!("{id}partner_unavailable")).collect();
    assert_eq!(bench.ask(failed).await, expected.join(" "));

    assert_eq!(bench.show("count/customers").await["count"], records - count);
    assert_eq!(bench.ask(POSITION).await, "true");
    assert_eq!(bench.ask(BREAKER).await, "false");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_at_which_the_partner_always_answers_500_fails_alone_and_the_position_moves() {
    fails_alone(100, &["17"], &run_settings()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_or_the_last_record_of_a_batch_may_be_the_bad_one_and_several_may_be() {
    fails_alone(100, &["1"], &run_settings()).await;
    fails_alone(100, &["1", "50", "100"], &run_settings()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_bad_records_in_a_batch_fail_alone_and_the_position_moves() {
    let bad: Vec<String> = (1..=100).filter(|id| id % 4 == 0).map(|id| id.to_string()).collect();
    let bad: Vec<&str> = bad.iter().map(String::as_str).collect();
    fails_alone(100, &bad, &run_settings()).await;
    // A batch that holds almost nothing else.
    fails_alone(15, &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "14"], &run_settings()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_a_partner_stops_taking_meanwhile_wait_for_another_run_whatever_its_health_says() {
    let bench = Bench::start().await;
    bench.customers(60).await;
    let requests = std::sync::atomic::AtomicUsize::new(0);

    // It takes two batches, and then nothing more.
    replace_partner(&bench, move |asked| match asked.path.as_str() {
        "/health" => Reply::ok(json!({"version": "v1"})),
        "/customers/sync" if requests.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 2 => {
            let records = asked.body["data"].as_array().expect("records");
            let id = |record: &Value| format!("c{}", record["external_id"].as_str().expect("a text"));
            let result = |(index, record)| json!({"index": index, "status": "created", "id": id(record)});
            let results: Vec<Value> = records.iter().enumerate().map(result).collect();
            let (taken, failed) = (results.len(), 0);
            Reply::ok(json!({"success": true, "synced_records": taken, "failed_records": failed, "results": results}))
        }
        "/customers/sync" => Reply::new(500, json!({"error": {"type": "internal", "message": "down"}})),
        _ => Reply::page(&[]),
    })
    .await;

    let settings = RunSettings { batch_size: 20, max_attempts: 2, retry_failed: false, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Incremental, ToGeniacs), &settings).await;
    let sync = bench.ended(id).await;

    assert_eq!((sync.status.as_str(), counts(&sync).created, counts(&sync).failed), ("partial", 40, 20));
    assert_eq!(bench.ask("SELECT count(*) FROM sync_record_errors WHERE retryable").await, "20");
    assert_eq!(bench.ask(&format!("SELECT count(*) FROM ({POSITION}) p")).await, "0");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_an_answer_only_counts_as_failed_fails_alone() {
    let mut bench = Bench::without_worker().await;
    bench.customers(40).await;
    let rules = json!([{"field": "external_id", "equals": "17"}, {"field": "external_id", "equals": "18"}]);
    bench.admin("faults", json!({"reject": rules, "omit_results": true})).await;
    bench.add_worker(&[]);

    let settings = RunSettings { retry_failed: false, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Incremental, ToGeniacs), &settings).await;
    let sync = bench.ended(id).await;

    assert_eq!((sync.status.as_str(), counts(&sync).read, counts(&sync).failed), ("partial", 40, 2));
    let failed = "SELECT string_agg(record_id::text, ' ' ORDER BY record_id) FROM sync_record_errors";
    assert_eq!(bench.ask(failed).await, "17 18");
    let linked = "SELECT count(geniacs_id) FROM record_links WHERE NOT unconfirmed";
    assert_eq!((bench.ask(linked).await.as_str(), &bench.show("count/customers").await["live"]), ("38", &json!(38)));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_with_a_bad_record_is_split_where_only_one_attempt_is_allowed() {
    fails_alone(40, &["9"], &RunSettings { max_attempts: 1, retry_failed: false, ..run_settings() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_records_in_every_batch_leave_the_breaker_closed_once_others_go_through() {
    fails_alone(60, &["5", "15", "25", "35"], &RunSettings { batch_size: 10, ..run_settings() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_records_in_all_batches_do_not_keep_the_breaker_open() {
    let mut bench = Bench::without_worker().await;
    bench.customers(30).await;
    always_fails_at(&bench, &["5", "15", "25"]).await;
    bench.add_worker(&[]);

    let settings = RunSettings { batch_size: 10, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    let sync = bench.ended(id).await;

    assert_eq!((sync.status.as_str(), counts(&sync).created, counts(&sync).failed), ("partial", 27, 3));
    assert_eq!(bench.ask(BREAKER).await, "false");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_record_that_has_a_batch_for_itself_fails_alone_and_the_position_moves() {
    fails_alone(7, &["7"], &RunSettings { batch_size: 2, ..run_settings() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_nothing_but_bad_records_ends_waits_for_others_and_leaves_the_breaker_closed() {
    let mut bench = Bench::without_worker().await;
    bench.customers(2).await;
    always_fails_at(&bench, &["1", "2"]).await;
    bench.add_worker(&[]);
    let settings = RunSettings { batch_size: 1, retry_failed: false, ..run_settings() };
    let push = async || {
        let id = bench.trigger_with(&bench.request(SyncType::Incremental, ToGeniacs), &settings).await;
        bench.ended(id).await
    };
    for _ in 0..2 {
        let sync = push().await;
        assert_eq!((sync.status.as_str(), counts(&sync).failed), ("failed", 2));
        assert_eq!(bench.ask(BREAKER).await, "false");
        // Nothing tells a partner that takes no record of anybody from one that refuses these.
        assert_eq!(bench.ask(&format!("SELECT count(*) FROM ({POSITION}) p")).await, "0");
    }

    bench.customers_from(3, 5).await;
    let sync = push().await;
    assert_eq!((sync.status.as_str(), counts(&sync).created, counts(&sync).failed), ("partial", 3, 2));
    assert_eq!(bench.ask(POSITION).await, "true");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_everything_fails_few_requests_are_made() {
    let bench = Bench::start().await;
    bench.customers(100).await;
    bench.admin("faults", json!({"error_rate": 1})).await;

    let settings = RunSettings { retry_failed: false, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    let sync = bench.ended(id).await;

    assert_eq!((sync.status.as_str(), counts(&sync).failed), ("failed", 100));
    let requests = bench.show("stats").await["requests"].as_u64();
    assert!(requests <= Some(9), "{requests:?}");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_by_ids_counts_the_record_that_the_partner_cannot_show_and_takes_the_others() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 12, "seed": 1})).await;
    bench.admin("faults", json!({"fail_reads": ["cust_5"]})).await;

    let mut request = bench.request(SyncType::Full, FromGeniacs);
    request.filters.ids = (1..=12).map(|id| RecordKey::Geniacs(format!("cust_{id}"))).collect();
    let id = bench.trigger(&request).await;
    let sync = bench.ended(id).await;

    assert_eq!((sync.status.as_str(), counts(&sync).created, counts(&sync).failed), ("partial", 11, 1));
    assert!(bench.ask("SELECT error_message FROM sync_record_errors").await.contains("cust_5"));
    assert_eq!(bench.ask(BREAKER).await, "false");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_the_partner_cannot_show_does_not_hide_what_became_of_the_others() {
    let bench = Bench::start().await;
    bench.customers(20).await;
    let settings = RunSettings { max_attempts: 1, retry_failed: false, ..run_settings() };
    bench.admin("faults", json!({"lose_answer_rate": 1, "ignore_idempotency": true})).await;
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    assert_eq!(bench.ended(id).await.status, "failed");

    bench.admin("faults", json!({"lose_answer_rate": 0, "fail_reads": ["7"]})).await;
    // With one attempt; with more of them the record would be asked for again.
    let id = bench.trigger_with(&bench.request(SyncType::Incremental, ToGeniacs), &settings).await;
    let next = bench.ended(id).await;
    assert_eq!((next.status.as_str(), counts(&next).read, counts(&next).failed), ("partial", 20, 1));
    let failed = format!("SELECT record_id || error_type FROM sync_record_errors WHERE sync_id = {}", next.id);
    assert_eq!(bench.ask(&failed).await, "7partner_unavailable");
    assert_eq!(bench.show("count/customers").await["live"], 20);

    bench.admin("faults", json!({"fail_reads": []})).await;
    bench.sql("UPDATE customers SET name = 'Siti' WHERE id = 7").await;
    assert_eq!(bench.run(SyncType::Incremental, ToGeniacs).await.status, "success");
    assert_eq!(bench.show("count/customers").await["live"], 20, "it is found before it is sent again");
    bench.stop().await;
}
