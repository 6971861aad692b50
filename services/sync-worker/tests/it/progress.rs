//! What a run's progress adds up to.

use crate::harness::{Bench, counts, patient_settings, run_settings};
use domain::SyncDirection::{Bidirectional, FromGeniacs, ToGeniacs};
use domain::sync::SyncOptions;
use domain::{SyncDirection, SyncType};
use serde_json::json;
use storage::syncs::{RunSettings, SyncRow};

/// A run that came to its own end says that it has looked at all there was.
fn assert_adds_up(what: &str, sync: &SyncRow) {
    assert!(matches!(sync.status.as_str(), "success" | "partial"), "{what}: {} {:?}", sync.status, sync.error_message);
    assert_eq!(sync.total_records, Some(counts(sync).read), "{what}");
}

async fn dry_run(bench: &Bench, direction: SyncDirection) -> SyncRow {
    let mut request = bench.request(SyncType::Full, direction);
    request.options = SyncOptions { dry_run: true, ..request.options };
    let id = bench.trigger_with(&request, &run_settings()).await;
    bench.ended(id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_end_the_total_is_what_was_processed_for_every_kind_of_run() {
    let bench = Bench::start().await;
    let settings = RunSettings { retry_failed: false, ..run_settings() };
    bench.customers(20).await;
    bench.sql("INSERT INTO customers (name, email, deleted_at) SELECT 'gone', 'g@example.com', now() FROM generate_series(1, 9)").await;
    assert_adds_up("full push", &bench.run(SyncType::Full, ToGeniacs).await);
    bench.sql("UPDATE customers SET notes = 'x' WHERE id <= 3").await;
    bench.sql("DELETE FROM customers WHERE id IN (4, 25)").await;
    assert_adds_up("incremental", &bench.run(SyncType::Incremental, ToGeniacs).await);
    let nothing = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_adds_up("incremental without a change", &nothing);
    bench.admin("seed", json!({"entity": "customers", "count": 15, "seed": 7})).await;
    assert_adds_up("full pull", &bench.run(SyncType::Full, FromGeniacs).await);
    assert_adds_up("incremental pull", &bench.run(SyncType::Incremental, FromGeniacs).await);
    assert_adds_up("both ways", &bench.run(SyncType::Incremental, Bidirectional).await);
    bench.sql("UPDATE customers SET name = 'Another' WHERE id = 1").await;
    bench.put("records/customers/cust_3", json!({"customer_name": "From Geniacs"})).await;
    let planned = dry_run(&bench, Bidirectional).await;
    assert_adds_up("dry run", &planned);
    assert_adds_up("plan", &bench.apply(&planned, &settings).await);
    assert_adds_up("check", &bench.check(&settings).await);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_worker_does_not_fail_a_run_that_another_one_goes_on_with() {
    let mut bench = Bench::without_worker().await;
    bench.add_worker(&[]);
    bench.admin("seed", json!({"entity": "customers", "count": 30, "seed": 7})).await;
    // Late, and then the kind of refusal that ends a run.
    bench.admin("faults", json!({"hold_after": 0, "error_rate": 1.0, "error_status": 404})).await;
    let id = bench.trigger_with(&bench.request(SyncType::Full, FromGeniacs), &patient_settings()).await;
    let under_way = "count(*) > 0 FROM sync_chunks WHERE kind = 'pull' AND worker IS NOT NULL";
    test_support::eventually("the pull is under way", std::time::Duration::from_mins(1), async || {
        (bench.ask(&format!("SELECT {under_way}")).await == "true").then_some(())
    })
    .await;
    // Its lease ran out, and another worker has the chunk.
    bench
        .sql(
            "UPDATE sync_chunks SET fence = fence + 1, worker = gen_random_uuid(), available_at = now() + interval '1 hour'
             WHERE kind = 'pull'",
        )
        .await;
    bench.let_answers_go().await;
    bench.stop_workers().await;
    let status = bench.ask(&format!("SELECT status::text FROM geniacs_data_sync WHERE id = {id}")).await;
    assert_eq!(status, "processing", "the other one decides");
    bench.stop().await;
}
