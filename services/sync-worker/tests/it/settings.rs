//! What the worker's settings and a run's change.

use crate::harness::{Bench, LIMIT, counts, run_settings};
use domain::SyncDirection::{FromGeniacs, ToGeniacs};
use domain::SyncType;
use serde_json::json;
use std::time::Instant;
use storage::runs::syncs::RunSettings;
use test_support::eventually;

#[tokio::test(flavor = "multi_thread")]
async fn retry_failed_sync_false_ends_a_run_whose_failures_could_be_retried() {
    let mut bench = Bench::without_worker().await;
    bench.add_worker(&[("GENIACS_RETRY_FAILED_SYNC", "false")]);
    bench.customers(2).await;
    bench.admin("faults", json!({"error_rate": 1.0, "error_status": 503})).await;

    let settings = RunSettings { max_attempts: 1, ..run_settings() };
    for direction in [ToGeniacs, FromGeniacs] {
        let id = bench.trigger_with(&bench.request(SyncType::Full, direction), &settings).await;
        let sync = bench.ended(id).await;
        assert_eq!((sync.status.as_str(), sync.retry_count), ("failed", 0), "{direction:?}");
    }
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn max_retry_attempts_is_how_often_a_chunk_is_tried_within_a_run() {
    let bench = Bench::start().await;
    bench.customers(2).await;
    bench.admin("faults", json!({"error_rate": 1.0, "error_status": 503})).await;
    let settings = RunSettings { max_attempts: 2, retry_failed: false, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    assert_eq!(bench.ended(id).await.status, "failed");
    let tried = "SELECT count(*) || ' ' || max(context ->> 'attempt') FROM geniacs_sync_logs WHERE status_code = 503";
    assert_eq!(bench.ask(tried).await, "2 2");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn default_timeout_is_how_long_one_request_may_take() {
    let bench = Bench::start().await;
    bench.customers(2).await;
    bench.admin("faults", json!({"hang_rate": 1.0})).await;

    let settings = RunSettings { timeout_seconds: 1, max_attempts: 1, retry_failed: false, ..run_settings() };
    let began = Instant::now();
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    assert_eq!(bench.ended(id).await.status, "failed");

    let took = "SELECT bool_and(duration_ms BETWEEN 900 AND 5000) FROM geniacs_sync_logs WHERE context ->> 'error_type' = 'timeout'";
    assert_eq!(bench.ask(took).await, "true", "{:?}", began.elapsed());
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batch_size_is_how_many_records_a_request_and_a_page_hold() {
    let bench = Bench::start().await;
    bench.customers(25).await;

    let settings = RunSettings { batch_size: 10, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    assert_eq!(counts(&bench.ended(id).await).created, 25);

    let chunks = "SELECT string_agg(records_read::text, ' ' ORDER BY id) FROM sync_chunks WHERE kind = 'push'";
    assert_eq!(bench.ask(chunks).await, "10 10 5");

    let id = bench.trigger_with(&bench.request(SyncType::Full, FromGeniacs), &settings).await;
    bench.ended(id).await;
    let pages =
        format!("SELECT request_data ->> 'limit' FROM geniacs_sync_logs WHERE sync_id = {id} AND status_code = 200");
    assert_eq!(bench.ask(&pages).await, "10");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_in_flight_is_the_window_of_one_sync() {
    let mut bench = Bench::without_worker().await;
    bench.customers(50).await;
    bench.admin("faults", json!({"error_rate": 1.0, "error_status": 503})).await;
    bench.add_worker(&[("GENIACS_WORK__CHUNKS_IN_FLIGHT", "3"), ("GENIACS_RETRY__CHUNK_BACKOFF_SECONDS", "600")]);

    let settings = RunSettings { batch_size: 1, ..run_settings() };
    bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;

    let open = "SELECT count(*) FROM sync_chunks WHERE state = 'open' AND attempt = 1";
    eventually("the window was tried", LIMIT, async || (bench.ask(open).await == "3").then_some(())).await;
    assert_eq!(bench.ask("SELECT count(*) FROM sync_chunks WHERE kind = 'push'").await, "3");
    bench.stop().await;
}
