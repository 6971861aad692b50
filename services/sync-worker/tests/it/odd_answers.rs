//! Answers that say one thing by their status and another by their body.

use crate::harness::{Bench, counts, run_settings};
use crate::odd_partner::{Asked, Reply, replace_partner};
use domain::sync::{SyncOptions, SyncRequest};
use domain::{SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use storage::runs::syncs::RunSettings;

fn customer(number: usize) -> Value {
    json!({"customer_id": format!("c{number}"), "customer_name": format!("Customer {number}"),
        "customer_email": format!("c{number}@example.com"), "updated_at": "2026-01-01T00:00:00Z"})
}

/// A listing of two pages, whose second one cannot be had as often as this.
fn dying_cursor(status: u16, times: usize) -> impl Fn(&Asked) -> Reply + Send + Sync + 'static {
    let asked_for_later = Arc::new(AtomicUsize::new(0));
    move |asked| match asked.query.get("cursor") {
        _ if asked.path != "/customers" => Reply::not_found(),
        None => Reply::ok(json!({"data": [customer(1), customer(2)], "next_cursor": "second"})),
        Some(_) if asked_for_later.fetch_add(1, Ordering::Relaxed) < times => {
            Reply::new(status, json!({"error": {"type": "cursor", "message": "expired"}}))
        }
        Some(_) => Reply::page(&[customer(3)]),
    }
}

fn without_retry() -> RunSettings {
    RunSettings { retry_failed: false, max_attempts: 1, ..run_settings() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_200_that_says_that_it_failed_is_no_empty_listing() {
    let bench = Bench::start().await;
    replace_partner(&bench, |_| {
        Reply::ok(json!({"success": false, "error": {"type": "quota", "message": "none left for siti@contoh.id"}}))
    })
    .await;

    let sync = bench.trigger_with(&bench.request(SyncType::Full, FromGeniacs), &without_retry()).await;
    let sync = bench.ended(sync).await;

    assert_eq!((sync.status.as_str(), sync.error_type.as_deref()), ("failed", Some("partner_failed")));
    let message = sync.error_message.expect("a message");
    assert!(message.contains("quota: none left for s•••"), "{message}");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_partners_reason_is_shown_where_a_record_and_a_run_fail() {
    let bench = Bench::start().await;
    bench.customers(1).await;
    replace_partner(&bench, |_| {
        let error = json!({"type": "closed", "message": "Customer 1 of c1@example.co.id comes too late"});
        Reply::new(503, json!({"error": error}))
    })
    .await;
    let sync = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &without_retry()).await;
    bench.ended(sync).await;
    let record = bench.ask("SELECT error_message FROM sync_record_errors LIMIT 1").await;
    assert!(record.contains("closed: C••• of c••• comes too late"), "{record}");

    replace_partner(&bench, |_| Reply::new(401, json!({"error": "the key was withdrawn"}))).await;
    bench.accept_credentials().await;
    let sync = bench.trigger_with(&bench.request(SyncType::Full, FromGeniacs), &without_retry()).await;
    let message = bench.ended(sync).await.error_message.expect("a message");
    assert!(message.contains("the key was withdrawn"), "{message}");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_whose_cursor_dies_is_begun_anew_once() {
    for status in [400, 404, 410] {
        let bench = Bench::start().await;
        replace_partner(&bench, dying_cursor(status, 1)).await;
        let sync = bench.run(SyncType::Full, FromGeniacs).await;
        assert_eq!(sync.status, "success", "{status}: {:?}", sync.error_message);
        let counts = counts(&sync);
        assert_eq!((counts.created, counts.unchanged, counts.read), (3, 2, 5), "{status}");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_dies_again_ends_the_run_deletes_nothing_and_is_not_asked_for_by_a_resume() {
    let bench = Bench::start().await;
    // Linked, and on the page that never comes.
    replace_partner(&bench, dying_cursor(410, 0)).await;
    bench.run(SyncType::Full, FromGeniacs).await;
    replace_partner(&bench, dying_cursor(410, 2)).await;
    let options = SyncOptions { delete_missing: true, confirm_deletes: true, ..SyncOptions::default() };
    let request = SyncRequest { options, ..bench.request(SyncType::Full, FromGeniacs) };
    let sync = bench.trigger(&request).await;
    let sync = bench.ended(sync).await;
    assert_eq!((sync.status.as_str(), sync.error_type.as_deref()), ("failed", Some("dead_cursor")));
    assert_eq!(bench.ask("SELECT count(*) FROM customers WHERE deleted_at IS NOT NULL").await, "0");

    // The partner would refuse the dead cursor once more, if it were asked for.
    replace_partner(&bench, dying_cursor(410, 0)).await;
    let resumed = bench.resume(&sync, &run_settings()).await;
    assert_eq!((resumed.status.as_str(), counts(&resumed).deleted), ("success", 0), "{:?}", resumed.error_message);
    let seen = bench.ask("SELECT count(*) FROM customers WHERE deleted_at IS NULL").await;
    assert_eq!(seen, "3");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_whose_cursor_dies_plans_each_record_once() {
    let bench = Bench::start().await;
    replace_partner(&bench, dying_cursor(410, 1)).await;
    let options = SyncOptions { dry_run: true, ..SyncOptions::default() };
    let sync = bench.trigger(&SyncRequest { options, ..bench.request(SyncType::Full, FromGeniacs) }).await;
    let sync = bench.ended(sync).await;
    assert_eq!((sync.status.as_str(), counts(&sync).created), ("success", 3), "{:?}", sync.error_message);
    assert_eq!(bench.ask("SELECT count(*) FROM sync_plan_items").await, "3");
    bench.stop().await;
}
