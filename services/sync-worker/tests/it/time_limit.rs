//! `max_execution_time` and `GENIACS_MAX_SYNC_DURATION`: active seconds of one run.

use crate::harness::{Bench, counts, run_settings};
use domain::SyncDirection::{FromGeniacs, ToGeniacs};
use domain::{SyncDirection, SyncType};
use serde_json::json;
use storage::runs::syncs::{RunSettings, SyncRow};

async fn for_a_second(bench: &Bench, direction: SyncDirection) -> SyncRow {
    let settings = RunSettings { batch_size: 2, max_seconds: 1, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, direction), &settings).await;
    bench.ended(id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_takes_longer_than_it_may_ends_partial_and_keeps_what_it_did() {
    let bench = Bench::start().await;
    bench.customers(400).await;
    bench.admin("faults", json!({"latency_ms": 200})).await;

    let sync = for_a_second(&bench, ToGeniacs).await;
    assert_eq!((sync.status.as_str(), sync.error_type.as_deref()), ("partial", Some("time_limit")));
    let done = counts(&sync).created;
    assert!((1..400).contains(&done), "{done}");
    assert_eq!(bench.show("count/customers").await["count"], done);
    assert_eq!(bench.ask("SELECT count(*) FROM sync_positions").await, "0", "the next run begins where this one did");

    bench.admin("faults", json!({"latency_ms": 0})).await;
    let rest = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!((rest.status.as_str(), counts(&rest).created), ("success", 400 - done));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_that_takes_longer_than_it_may_ends_partial() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 400, "seed": 7})).await;
    bench.admin("faults", json!({"latency_ms": 200})).await;
    let sync = for_a_second(&bench, FromGeniacs).await;
    assert_eq!((sync.status.as_str(), sync.error_type.as_deref()), ("partial", Some("time_limit")));
    assert!((1..400).contains(&counts(&sync).created));
    assert_eq!(bench.ask("SELECT count(*) FROM sync_positions").await, "0");
    bench.stop().await;
}
