//! Where incremental runs begin: nothing that a run has left out or not seen is passed over by the next one.

use crate::harness::{Bench, counts};
use domain::SyncDirection::{Bidirectional, FromGeniacs, ToGeniacs};
use domain::sync::SyncOptions;
use domain::{Counts, SyncDirection, SyncType};
use serde_json::json;
use storage::runs::syncs::SyncRow;

async fn run_with(bench: &Bench, direction: SyncDirection, options: SyncOptions) -> SyncRow {
    let mut request = bench.request(SyncType::Incremental, direction);
    request.options = options;
    let id = bench.trigger(&request).await;
    bench.ended(id).await
}

fn only_known() -> SyncOptions {
    SyncOptions { create_missing: false, ..SyncOptions::default() }
}

fn only_new() -> SyncOptions {
    SyncOptions { update_existing: false, ..SyncOptions::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_push_leaves_out_by_its_options_is_sent_by_the_next_one_without_them() {
    let bench = Bench::start().await;
    bench.customers(2).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    bench.customers_from(3, 3).await;
    bench.sql("UPDATE customers SET name = 'Edited' WHERE id = 1").await;

    let known = run_with(&bench, ToGeniacs, only_known()).await;
    assert_eq!((counts(&known).updated, counts(&known).skipped), (1, 1));
    let again = run_with(&bench, ToGeniacs, only_known()).await;
    assert_eq!(counts(&again), Counts::default(), "it has a position of its own");
    let all = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!((all.status.as_str(), counts(&all).created), ("success", 1));

    bench.sql("UPDATE customers SET name = 'Edited again' WHERE id = 1").await;
    assert_eq!(counts(&run_with(&bench, ToGeniacs, only_new()).await).skipped, 1);
    assert_eq!(counts(&bench.run(SyncType::Incremental, ToGeniacs).await).updated, 1);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_pull_leaves_out_by_its_options_is_fetched_by_the_next_one_without_them() {
    for direction in [FromGeniacs, Bidirectional] {
        let bench = Bench::start().await;
        bench.admin("seed", json!({"entity": "customers", "count": 3, "seed": 5})).await;
        bench.run(SyncType::Full, direction).await;
        bench.admin("seed", json!({"entity": "customers", "count": 2, "seed": 6})).await;
        bench.admin("touch", json!({"entity": "customers", "count": 1, "seed": 1})).await;

        run_with(&bench, direction, only_known()).await;
        run_with(&bench, direction, only_new()).await;
        bench.admin("touch", json!({"entity": "customers", "count": 5, "seed": 2})).await;
        let new = run_with(&bench, direction, only_new()).await;
        assert_eq!(counts(&new).updated, 0);
        let all = bench.run(SyncType::Incremental, direction).await;
        assert_eq!((all.status.as_str(), counts(&all).updated), ("success", 5), "{direction}");
        assert_eq!(bench.ask("SELECT count(*) FROM customers").await, "5");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_becomes_visible_after_others_that_changed_later_is_found() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 3, "seed": 5})).await;
    bench.run(SyncType::Full, FromGeniacs).await;
    // As if the last run had been shown a record of a minute later.
    bench.sql("UPDATE sync_positions SET updated_at = now() + interval '1 minute'").await;
    bench.admin("touch", json!({"entity": "customers", "count": 1, "seed": 1})).await;
    let next = bench.run(SyncType::Incremental, FromGeniacs).await;
    assert_eq!((next.status.as_str(), counts(&next).updated), ("success", 1));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_of_the_far_future_is_forgotten() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 3, "seed": 5})).await;
    bench.run(SyncType::Full, FromGeniacs).await;

    bench.sql("UPDATE sync_positions SET updated_at = '2099-01-01'").await;
    bench.admin("touch", json!({"entity": "customers", "count": 1, "seed": 1})).await;

    let next = bench.run(SyncType::Incremental, FromGeniacs).await;
    assert_eq!((counts(&next).updated, counts(&next).unchanged), (1, 2));
    assert_eq!(bench.ask("SELECT updated_at < now() + interval '1 hour' FROM sync_positions").await, "true");
    let warned = "SELECT count(*) FROM geniacs_sync_logs WHERE message LIKE 'The position of pulls lies ahead%'";
    assert_eq!(bench.ask(warned).await, "1");
    bench.stop().await;
}
