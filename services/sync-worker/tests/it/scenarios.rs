//! Whole syncs with partners that have a character.

use crate::harness::{Bench, counts, run_settings};
use domain::{SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType};
use serde_json::{Value, json};
use storage::runs::syncs::{RunSettings, SyncRow};

/// Pushes a hundred customers to a partner of that scenario, with some of its faults set otherwise.
async fn pushed(scenario: &str, faults: Value) -> (Bench, SyncRow) {
    let bench = Bench::start().await;
    bench.customers(100).await;
    bench.admin("scenario", json!({"name": scenario})).await;
    bench.admin("faults", faults).await;
    let settings = RunSettings { batch_size: 10, max_attempts: 20, timeout_seconds: 2, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    let sync = bench.ended(id).await;
    (bench, sync)
}

/// How many records the partner holds, and how many of them are live.
async fn held(bench: &Bench) -> (Option<u64>, Option<u64>) {
    let count = bench.show("count/customers").await;
    (count["count"].as_u64(), count["live"].as_u64())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flaky_partner_gets_every_record_once() {
    let (bench, sync) = pushed("flaky", json!({"latency_jitter_ms": 0})).await;
    assert_eq!((sync.status.as_str(), counts(&sync).failed), ("success", 0));
    assert_eq!(held(&bench).await, (Some(100), Some(100)));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_hangs_or_drips_is_cut_off_and_the_sync_goes_on() {
    let (bench, sync) = pushed("hanging", json!({})).await;
    assert_eq!((sync.status.as_str(), counts(&sync).failed), ("success", 0));
    assert_eq!(held(&bench).await, (Some(100), Some(100)));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_in_html_half_a_json_or_cut_off_is_asked_for_again_and_walked_to_its_end() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 250, "seed": 1})).await;
    bench.admin("faults", json!({"html_rate": 0.1, "half_json_rate": 0.1, "cut_body_rate": 0.1})).await;
    let settings = RunSettings { batch_size: 25, max_attempts: 20, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, FromGeniacs), &settings).await;
    let sync = bench.ended(id).await;
    assert_eq!((sync.status.as_str(), counts(&sync).created, counts(&sync).failed), ("success", 250, 0));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgetful_partner_gets_every_record_once() {
    let (bench, sync) = pushed("forgetful", json!({"lose_answer_rate": 0.3})).await;
    assert_eq!((sync.status.as_str(), counts(&sync).failed), ("success", 0));
    assert_eq!(held(&bench).await, (Some(100), Some(100)));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picky_partner_gets_all_records_but_those_it_refuses_for_good() {
    let (bench, sync) = pushed("picky", json!({"reject_rate": 0.1})).await;
    let failed = counts(&sync).failed;
    assert!(sync.status == "partial" && (1..30).contains(&failed), "{}: {failed}", sync.status);
    assert_eq!(held(&bench).await.0, u64::try_from(100 - failed).ok());
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strict_partner_gets_all_records_but_those_it_names() {
    let (bench, sync) = pushed("strict", json!({"reject_rate": 0.1, "max_records": 7})).await;
    let failed = counts(&sync).failed;
    assert!(sync.status == "partial" && (1..30).contains(&failed), "{}: {failed}", sync.status);
    assert_eq!(held(&bench).await.0, u64::try_from(100 - failed).ok());
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_lies_takes_nothing_away_here() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 250, "seed": 1})).await;
    bench.admin("scenario", json!({"name": "lying-listing"})).await;

    // Right, endless, shrunk, empty, cut short, in a circle.
    let ends = ["success", "failed", "success", "success", "success", "failed"];
    for end in ends {
        let settings = RunSettings { retry_failed: false, ..run_settings() };
        let id = bench.trigger_with(&bench.request(SyncType::Full, FromGeniacs), &settings).await;
        let sync = bench.ended(id).await;

        assert!(sync.status == end || (end == "failed" && sync.status == "partial"), "{}: {end}", sync.status);
        if end == "failed" {
            assert_eq!(sync.error_type.as_deref(), Some("cursor_loop"));
        }
        assert_eq!(bench.ask("SELECT count(*) FROM customers WHERE deleted_at IS NULL").await, "250");
    }
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_pages_show_every_record() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 250, "seed": 1})).await;
    bench.admin("scenario", json!({"name": "odd-pages"})).await;
    let sync = bench.run(SyncType::Full, FromGeniacs).await;
    assert_eq!((sync.status.as_str(), counts(&sync).created), ("success", 250));
    bench.stop().await;
}
