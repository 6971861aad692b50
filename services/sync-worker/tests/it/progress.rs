//! What a run's progress adds up to.

use crate::harness::{Bench, counts, patient_settings, run_settings};
use domain::SyncDirection::{Bidirectional, FromGeniacs, ToGeniacs};
use domain::sync::SyncOptions;
use domain::{EntityType, SyncDirection, SyncType};
use serde_json::json;
use storage::runs::syncs::{RunSettings, SyncRow};

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

/// Looks at a run until it has ended, and starts it again where it is to be retried, as a scheduler does: how many records it has processed and what it says is the total.
async fn watched(bench: &Bench, id: i64) -> Vec<(i64, Option<i64>)> {
    let mut seen = Vec::new();
    loop {
        let mut connection = bench.connection().await;
        let _ = storage::runs::syncs::start_next(&mut connection, bench.integration_id, EntityType::Customers).await;
        let sync = storage::runs::syncs::find(&mut connection, id).await.expect("a row").expect("the sync");
        drop(connection);

        let (read, ended) = (counts(&sync).read, sync.completed_at.is_some());
        let state = (read, sync.total_records);
        if seen.last() != Some(&state) {
            seen.push(state);
        }

        if ended {
            return seen;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_never_runs_backwards_also_where_records_fail_and_are_taken_up_again() {
    for direction in [ToGeniacs, Bidirectional] {
        let bench = Bench::start().await;
        bench.customers(60).await;
        bench.admin("seed", json!({"entity": "customers", "count": 40, "seed": 7})).await;
        bench.admin("faults", json!({"stumble_rate": 0.5, "seed": 3})).await;

        let settings = RunSettings { batch_size: 10, max_attempts: 2, ..run_settings() };
        let id = bench.trigger_with(&bench.request(SyncType::Full, direction), &settings).await;
        let seen = watched(&bench, id).await;
        let sync = bench.ended(id).await;

        assert!(sync.retry_count > 0, "{direction}: some failed and were taken up again");
        assert!(seen.is_sorted_by_key(|(read, _)| *read), "{direction}: {seen:?}");

        let totals: Vec<i64> = seen.iter().filter_map(|(_, total)| *total).collect();
        assert!(totals.windows(2).all(|two| two[0] == two[1]), "{direction}: {seen:?}");

        assert_adds_up(direction.as_str(), &sync);
        bench.stop().await;
    }
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
