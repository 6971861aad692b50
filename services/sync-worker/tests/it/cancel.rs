//! Cancelling a sync in every state.

use crate::harness::{Bench, LIMIT, counts, patient_settings};
use domain::SyncDirection::{FromGeniacs, ToGeniacs};
use domain::{Counts, SyncDirection, SyncType};
use serde_json::json;
use std::time::Duration;
use storage::runs::syncs::{Cancelled, RunSettings, SyncRow};
use test_support::eventually;

/// A sync in many small chunks or pages.
async fn trigger(bench: &Bench, direction: SyncDirection) -> i64 {
    let settings = RunSettings { batch_size: 5, ..patient_settings() };
    bench.trigger_with(&bench.request(SyncType::Full, direction), &settings).await
}

async fn until(bench: &Bench, what: &str, condition: &str) {
    let query = format!("SELECT {condition}");
    eventually(what, LIMIT, async || (bench.ask(&query).await == "true").then_some(())).await;
}

/// It ended as cancelled, was counted as such, and left nothing open.
async fn assert_cancelled(bench: &Bench, sync: &SyncRow) {
    assert_eq!((sync.status.as_str(), sync.error_type.as_deref()), ("cancelled", None));
    assert_eq!(bench.ask("SELECT sum(cancelled) FROM sync_stats_daily").await, "1");
    let id = sync.id;
    let open = format!("SELECT count(*) FROM sync_chunks WHERE state = 'open' AND sync_id = {id}");
    assert_eq!(bench.ask(&open).await, "0");
    assert_eq!(bench.ask(&format!("SELECT count(*) FROM sync_positions WHERE sync_id = {id}")).await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_nobody_has_begun_ends_at_once_and_the_next_starts() {
    let mut bench = Bench::without_worker().await;
    bench.customers(10).await;

    let first = trigger(&bench, ToGeniacs).await;
    let second = trigger(&bench, ToGeniacs).await;
    let third = trigger(&bench, ToGeniacs).await;

    assert_eq!(bench.cancel(third).await, Cancelled::Now(None), "one that waits ends, and nothing starts for it");
    assert!(matches!(bench.cancel(first).await, Cancelled::Now(Some(_))));
    assert_eq!(bench.cancel(first).await, Cancelled::TooLate);

    bench.add_worker(&[]);
    assert_eq!(counts(&bench.ended(second).await).created, 10);
    for id in [first, third] {
        let sync = bench.ended(id).await;
        assert_eq!((sync.status.as_str(), counts(&sync)), ("cancelled", Counts::default()));
    }
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_under_way_finishes_its_requests_and_counts_exactly_them() {
    let bench = Bench::start().await;
    bench.customers(400).await;
    bench.hold_answers_after(5).await;

    let id = trigger(&bench, ToGeniacs).await;
    let waiting = trigger(&bench, ToGeniacs).await;
    until(&bench, "a chunk is done", "count(*) > 0 FROM sync_chunks WHERE kind = 'push' AND state = 'done'").await;

    assert_eq!(bench.cancel(id).await, Cancelled::Soon);
    bench.let_answers_go().await;

    let sync = bench.ended(id).await;
    let done = counts(&sync).created;
    assert_eq!(bench.show("count/customers").await["count"], done);
    assert!((1..400).contains(&done), "{done}");
    assert_cancelled(&bench, &sync).await;

    let next = bench.ended(waiting).await;
    assert_eq!((next.status.as_str(), counts(&next).created), ("success", 400 - done));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_under_way_ends_after_its_page() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 400, "seed": 7})).await;
    bench.hold_answers_after(5).await;

    let id = trigger(&bench, FromGeniacs).await;
    until(&bench, "a page is there", "count(*) > 0 FROM customers").await;

    bench.cancel(id).await;
    assert_eq!(bench.cancel(id).await, Cancelled::Soon, "asking twice is asking once");
    bench.let_answers_go().await;

    let sync = bench.ended(id).await;
    let done = counts(&sync).created;
    assert_eq!(bench.ask("SELECT count(*) FROM customers").await, done.to_string());
    assert!((1..400).contains(&done), "{done}");
    assert_cancelled(&bench, &sync).await;
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_is_put_off_is_dropped_at_once() {
    let mut bench = Bench::without_worker().await;
    bench.add_worker(&[("GENIACS_RETRY__CHUNK_BACKOFF_SECONDS", "600")]);
    bench.customers(20).await;
    bench.admin("faults", json!({"error_rate": 1.0, "error_status": 503})).await;

    let id = trigger(&bench, ToGeniacs).await;
    let put_off = "count(*) = 4 FROM sync_chunks WHERE kind = 'push' AND worker IS NULL AND attempt = 1";
    until(&bench, "every chunk is put off", put_off).await;

    assert_eq!(bench.cancel(id).await, Cancelled::Now(None));
    assert_cancelled(&bench, &bench.ended(id).await).await;
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_whose_request_fails_after_the_request_to_end_is_not_put_off() {
    let mut bench = Bench::without_worker().await;
    bench.add_worker(&[("GENIACS_RETRY__CHUNK_BACKOFF_SECONDS", "600")]);
    bench.customers(20).await;
    bench.admin("faults", json!({"hold_after": 0, "error_rate": 1.0, "error_status": 503})).await;

    let id = trigger(&bench, ToGeniacs).await;
    until(&bench, "a chunk is under way", "count(*) > 0 FROM sync_chunks WHERE kind = 'push' AND worker IS NOT NULL")
        .await;

    assert_eq!(bench.cancel(id).await, Cancelled::Soon);
    bench.let_answers_go().await;
    assert_cancelled(&bench, &bench.ended(id).await).await;
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_of_a_killed_worker_is_not_done_again() {
    for (kind, range) in [("plan", "NULL, NULL"), ("push", "0, 1000"), ("pull", "NULL, NULL")] {
        let mut bench = Bench::without_worker().await;
        bench.customers(10).await;
        let direction = if kind == "pull" { FromGeniacs } else { ToGeniacs };

        let id = trigger(&bench, direction).await;
        let held = format!(
            "UPDATE sync_chunks SET kind = '{kind}', (after_id, upto_id) = ({range}), worker = gen_random_uuid(), fence = 1,
                 available_at = now() + interval '2 seconds'"
        );
        bench.sql(&held).await;

        assert_eq!(bench.cancel(id).await, Cancelled::Soon, "its lease may still be kept");
        bench.add_worker(&[]);

        let sync = bench.ended(id).await;
        assert_cancelled(&bench, &sync).await;
        assert_eq!(counts(&sync), Counts::default());
        assert_eq!(bench.show("count/customers").await["count"], 0);
        // What is sent is noted before it is, and it had sent nothing.
        assert_eq!(bench.ask("SELECT count(*) FROM record_links WHERE unconfirmed").await, "0");

        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_ends_while_it_is_cancelled_ends_once() {
    let bench = Bench::start().await;
    bench.customers(10).await;
    let (mut cancelled, mut ended) = (0, 0);

    for wait in 0..12 {
        let id = trigger(&bench, ToGeniacs).await;
        // Somewhere between the plan and the end.
        let begun =
            format!("extract(epoch FROM now() - created_at) >= {wait} * 0.01 FROM geniacs_data_sync WHERE id = {id}");
        until(&bench, "the moment has come", &begun).await;

        let answer = bench.cancel(id).await;
        let sync = bench.ended(id).await;
        let expected = if answer == Cancelled::TooLate { "success" } else { "cancelled" };
        assert_eq!(sync.status, expected);
        counts(&sync);

        *(if expected == "success" { &mut ended } else { &mut cancelled }) += 1;
    }

    let counted = "SELECT sum(cancelled) || ' ' || sum(successful) || ' ' || sum(total) FROM sync_stats_daily";
    assert_eq!(bench.ask(counted).await, format!("{cancelled} {ended} 12"));

    // Nothing may come after an end.
    let open = "SELECT count(*) FROM sync_chunks WHERE state = 'open'";
    eventually("nothing is left", Duration::from_secs(5), async || (bench.ask(open).await == "0").then_some(())).await;
    bench.stop().await;
}
