//! Going on where an interrupted sync stopped.

use crate::harness::{Bench, LIMIT, counts, patient_settings, run_settings};
use domain::SyncDirection::{Bidirectional, FromGeniacs, ToGeniacs};
use domain::{Counts, SyncDirection, SyncType};
use serde_json::{Value, json};
use storage::runs::syncs::{Cancelled, RunSettings, SyncRow};
use test_support::eventually;

fn small() -> RunSettings {
    RunSettings { batch_size: 5, ..patient_settings() }
}

/// So many requests of five records each are answered before a run stands still in the middle.
const ANSWERED: u64 = 10;

/// A sync of 400 records that is cancelled in the middle.
async fn cancelled(bench: &Bench, direction: SyncDirection) -> SyncRow {
    bench.hold_answers_after(ANSWERED).await;
    let id = bench.trigger_with(&bench.request(SyncType::Full, direction), &small()).await;
    let begun = "SELECT coalesce(sum(created), 0) > 0 FROM sync_chunks";
    eventually("it is in the middle", LIMIT, async || (bench.ask(begun).await == "true").then_some(())).await;
    bench.cancel(id).await;
    bench.let_answers_go().await;
    let sync = bench.ended(id).await;
    assert_eq!(sync.status, "cancelled");
    sync
}

/// Records in all requests that the partner got.
async fn sent(bench: &Bench) -> u64 {
    let stats = bench.show("stats").await;
    stats["records"].as_object().expect("by outcome").values().filter_map(Value::as_u64).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_push_goes_on_with_what_it_had_not_come_to() {
    let bench = Bench::start().await;
    bench.customers(400).await;
    let first = cancelled(&bench, ToGeniacs).await;
    let done = counts(&first).created;

    // The plan stays the one of the interrupted run.
    bench.sql("UPDATE geniacs_field_mappings SET is_active = false WHERE local_field = 'email'").await;
    bench.sql("UPDATE customers SET name = 'Changed' WHERE id <= 10").await;

    let rest = bench.resume(&first, &small()).await;
    assert_eq!(counts(&rest), Counts { read: 400 - done, created: 400 - done, ..Counts::default() });
    assert_eq!((rest.status.as_str(), rest.total_records), ("success", Some(400 - done)));

    assert_eq!(sent(&bench).await, 400, "each once; {done} of them before");
    assert_eq!(bench.show("count/customers").await["count"], 400);
    let listed = bench.show("records/customers?limit=1000").await.to_string();
    assert_eq!(listed.matches("@example.co.id").count(), 400, "by the mappings of the interrupted run");
    assert_eq!(bench.ask("SELECT sync_id FROM sync_positions").await, rest.id.to_string(), "together they are whole");

    let next = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(counts(&next).updated, 10);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_pull_goes_on_at_its_cursor() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 400, "seed": 7})).await;
    let first = cancelled(&bench, FromGeniacs).await;
    let done = counts(&first).created;
    let rest = bench.resume(&first, &small()).await;
    assert_eq!(counts(&rest), Counts { read: 400 - done, created: 400 - done, ..Counts::default() });
    assert_eq!(bench.ask("SELECT count(*) FROM customers").await, "400");
    assert_eq!(bench.ask("SELECT sync_id FROM sync_positions").await, rest.id.to_string());
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_took_too_long_goes_on_as_often_as_it_takes() {
    let bench = Bench::start().await;
    bench.customers(300).await;
    // Requests of a push go out side by side, those of a pull one after the other.
    for (direction, latency) in [(ToGeniacs, 1_200), (FromGeniacs, 200)] {
        bench.admin("faults", json!({"latency_ms": latency})).await;

        let settings = RunSettings { batch_size: 10, max_seconds: 1, ..run_settings() };
        let id = bench.trigger_with(&bench.request(SyncType::Full, direction), &settings).await;
        let mut sync = bench.ended(id).await;
        let mut read = counts(&sync).read;
        let mut runs = 1;

        while sync.status == "partial" {
            assert_eq!(sync.error_type.as_deref(), Some("time_limit"));
            sync = bench.resume(&sync, &settings).await;
            read += counts(&sync).read;
            runs += 1;
        }

        assert_eq!((sync.status.as_str(), read), ("success", 300), "after {runs} runs");
        assert!(runs > 1);
    }

    assert_eq!(bench.show("count/customers").await["count"], 300);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_its_partner_refused_goes_on_once_it_does_not() {
    let bench = Bench::start().await;
    bench.customers(200).await;
    bench.hold_answers_after(ANSWERED).await;

    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &small()).await;
    let begun = "SELECT coalesce(sum(created), 0) > 0 FROM sync_chunks";
    eventually("it is in the middle", LIMIT, async || (bench.ask(begun).await == "true").then_some(())).await;

    bench.admin("faults", json!({"hold_after": null, "error_rate": 1.0, "error_status": 404})).await;
    let first = bench.ended(id).await;
    assert_eq!(first.status, "failed");

    bench.admin("faults", json!({"error_rate": 0.0})).await;
    let rest = bench.resume(&first, &small()).await;

    let (before, after) = (counts(&first), counts(&rest));
    // What was under way when the run ended is found there by the other one.
    assert_eq!(before.created + after.created + after.unchanged, 200, "{before:?} {after:?}");
    assert_eq!(rest.status, "success");
    assert_eq!(bench.show("count/customers").await["count"], 200);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resumed_run_that_is_interrupted_too_goes_on_from_there() {
    let bench = Bench::start().await;
    bench.customers(400).await;
    let first = cancelled(&bench, ToGeniacs).await;

    bench.hold_answers_after(ANSWERED).await;
    let second = bench.start_resuming(&first, &small()).await;
    let moved = format!("SELECT coalesce(sum(created), 0) > 0 FROM sync_chunks WHERE sync_id = {second}");
    eventually("it moves", LIMIT, async || (bench.ask(&moved).await == "true").then_some(())).await;

    assert_eq!(bench.cancel(second).await, Cancelled::Soon);
    bench.let_answers_go().await;

    let second = bench.ended(second).await;
    let third = bench.resume(&second, &small()).await;

    let created: i64 = [&first, &second, &third].map(|sync| counts(sync).created).iter().sum();
    assert_eq!((third.status.as_str(), created), ("success", 400));
    assert_eq!(bench.show("count/customers").await["count"], 400);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_both_ways_that_deletes_goes_on_in_the_phase_where_it_was() {
    let bench = Bench::start().await;
    bench.customers(30).await;
    bench.admin("seed", json!({"entity": "customers", "count": 200, "seed": 7})).await;
    bench.hold_answers_after(ANSWERED).await;

    let mut request = bench.request(SyncType::Full, Bidirectional);
    request.options.delete_missing = true;
    let id = bench.trigger_with(&request, &small()).await;
    let begun = "SELECT coalesce(sum(created), 0) > 0 FROM sync_chunks";
    eventually("it is in the middle", LIMIT, async || (bench.ask(begun).await == "true").then_some(())).await;

    bench.cancel(id).await;
    bench.let_answers_go().await;

    let first = bench.ended(id).await;
    let rest = bench.resume(&first, &small()).await;

    assert_eq!((first.status.as_str(), rest.status.as_str()), ("cancelled", "success"));
    assert_eq!(counts(&first).deleted + counts(&rest).deleted, 0, "what the first one saw is not missing");
    assert_eq!(bench.ask("SELECT count(*) FROM customers WHERE deleted_at IS NULL").await, "230");
    assert_eq!(bench.show("count/customers").await["count"], 230);
    assert_eq!(bench.ask("SELECT count(*) FROM sync_sightings").await, "0");
    assert_eq!(
        bench.ask("SELECT count(*) FROM sync_positions WHERE sync_id = (SELECT max(id) FROM geniacs_data_sync)").await,
        "2"
    );
    bench.stop().await;
}
