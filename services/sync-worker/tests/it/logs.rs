//! What a sync's calls leave in `geniacs_sync_logs`, and on the sync.

use crate::harness::{Bench, run_settings};
use domain::SyncDirection::{FromGeniacs, ToGeniacs};
use domain::SyncType;
use serde_json::{Value, json};
use storage::runs::syncs::RunSettings;

/// Successes that are stored as samples.
const SAMPLES: &str = "FROM geniacs_sync_logs WHERE log_level = 'info' AND status_code = 200";

async fn json(bench: &Bench, query: &str) -> Value {
    serde_json::from_str(&bench.ask(query).await).unwrap_or_default()
}

async fn push(bench: &Bench, settings: &RunSettings) {
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), settings).await;
    bench.ended(id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_call_leaves_request_answer_duration_status_and_what_it_was_about() {
    let bench = Bench::start().await;
    bench.customers(3).await;
    bench.admin("faults", json!({"fail_next": {"count": 1, "status": 503}})).await;
    push(&bench, &run_settings()).await;

    let row = json(
        &bench,
        "SELECT to_jsonb(l) FROM geniacs_sync_logs l WHERE log_level = 'warning' AND request_data IS NOT NULL",
    )
    .await;
    assert_eq!(
        row["message"],
        "Geniacs has trouble (HTTP 503), saying: simulated_fault: a fault that was asked for; it will be tried again"
    );
    assert_eq!((&row["status_code"], row["duration_ms"].is_number()), (&json!(503), true), "{row}");

    let context = &row["context"];
    assert_eq!((&context["records"], &context["attempt"], &context["sync_id"]), (&json!(3), &json!(1), &json!(1)));
    assert_eq!((&context["path"], &context["error_type"]), (&json!("/customers/sync"), &json!("partner_unavailable")));

    let sent = &row["request_data"]["data"][0];
    assert_eq!((&sent["external_id"], &sent["customer_email"]), (&json!("1"), &json!("c•••")), "{row}");
    assert!(row["response_data"].is_object(), "{row}");

    assert_eq!(bench.ask("SELECT count(*) FROM geniacs_sync_logs WHERE log_level = 'warning'").await, "1");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_success_of_a_sync_and_one_in_a_hundred_are_stored() {
    let bench = Bench::start().await;
    bench.customers(250).await;
    push(&bench, &RunSettings { batch_size: 1, ..run_settings() }).await;
    assert_eq!(bench.ask(&format!("SELECT count(*) {SAMPLES}")).await, "3", "of 250 calls the 1st, 100th and 200th");
    push(&bench, &run_settings()).await;
    assert_eq!(bench.ask(&format!("SELECT count(*) {SAMPLES} AND sync_id = 2")).await, "1");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn log_level_debug_stores_every_call_and_error_only_what_ends_a_sync() {
    let mut bench = Bench::without_worker().await;
    bench.add_worker(&[("GENIACS_LOG_LEVEL", "debug")]);
    bench.customers(30).await;
    push(&bench, &RunSettings { batch_size: 10, ..run_settings() }).await;
    let calls = "SELECT string_agg(log_level::text, ' ' ORDER BY log_level) FROM geniacs_sync_logs
                 WHERE response_data IS NOT NULL";
    assert_eq!(bench.ask(calls).await, "debug debug info");
    bench.stop().await;

    let mut bench = Bench::without_worker().await;
    bench.add_worker(&[("GENIACS_LOG_LEVEL", "error")]);
    bench.customers(3).await;
    bench.sql("UPDATE customers SET phone = 'call me' WHERE id = 1").await;
    bench.admin("faults", json!({"fail_next": {"count": 1, "status": 503}})).await;
    push(&bench, &run_settings()).await;
    assert_eq!(bench.ask("SELECT count(*) FROM geniacs_sync_logs").await, "0", "warnings and less are not stored");
    bench.admin("faults", json!({"error_rate": 1.0, "error_status": 401})).await;
    push(&bench, &run_settings()).await;
    assert_eq!(
        bench.ask("SELECT string_agg(coalesce(status_code, 0)::text, ' ' ORDER BY id) FROM geniacs_sync_logs").await,
        "401 0",
        "the refused call, and the sync's end"
    );
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_of_a_large_call_is_at_most_8_kib_and_masked() {
    let bench = Bench::start().await;
    bench.customers(1_000).await;
    push(&bench, &RunSettings { batch_size: 1_000, ..run_settings() }).await;
    bench.run(SyncType::Full, FromGeniacs).await;

    let sizes = "SELECT count(*) FILTER (WHERE octet_length(request_data::text) > 8192
                     OR octet_length(response_data::text) > 8192) || ' of ' || count(*)
                 FROM geniacs_sync_logs WHERE response_data IS NOT NULL";
    assert_eq!(bench.ask(sizes).await, "0 of 2");

    let all = "SELECT string_agg(request_data::text || response_data::text, '') FROM geniacs_sync_logs";
    let all = bench.ask(all).await;
    for hidden in ["Customer 1", "example.co.id", "62812"] {
        assert!(!all.contains(hidden), "{hidden}");
    }
    assert!(all.contains("more left out"));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_shows_its_first_mapped_record_the_last_answer_and_the_counts() {
    let bench = Bench::start().await;
    bench.customers(3).await;
    bench.run(SyncType::Full, ToGeniacs).await;

    let sync = json(&bench, "SELECT to_jsonb(s) FROM geniacs_data_sync s WHERE id = 1").await;
    assert_eq!(sync["mapped_data"]["customer_email"], "c•••", "{sync}");
    assert_eq!(sync["response_data"]["counts"]["created"], 3);
    assert_eq!(sync["response_data"]["last_answer"]["results"][0]["status"], "created", "{sync}");

    bench.run(SyncType::Full, FromGeniacs).await;
    let sync = json(&bench, "SELECT to_jsonb(s) FROM geniacs_data_sync s WHERE id = 2").await;
    assert_eq!(sync["mapped_data"]["email"], "c•••", "the local form, {sync}");
    assert_eq!(sync["response_data"]["last_answer"]["data"][0]["customer_name"], "C•••", "{sync}");

    bench.admin("faults", json!({"error_rate": 1.0, "error_status": 401})).await;
    bench.run(SyncType::Full, FromGeniacs).await;
    let failed = "SELECT response_data #>> '{counts,read}' || (response_data -> 'last_answer' IS NOT NULL)::text
                  FROM geniacs_data_sync WHERE id = 3";
    assert_eq!(bench.ask(failed).await, "0true");
    bench.stop().await;
}
