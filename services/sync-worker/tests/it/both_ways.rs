//! Syncs both ways: what Geniacs changed comes here, what changed here goes there, in one run.

use crate::harness::{Bench, LIMIT, counts, run_settings};
use diesel_async::SimpleAsyncConnection as _;
use domain::SyncDirection::{Bidirectional, FromGeniacs, ToGeniacs};
use domain::sync::{Filters, RecordKey, SyncOptions, SyncRequest};
use domain::{Counts, EntityType, SyncType};
use serde_json::json;
use storage::runs::syncs::RunSettings;
use test_support::eventually;

#[tokio::test(flavor = "multi_thread")]
async fn what_each_side_owns_is_on_both_after_one_run() {
    let bench = Bench::start().await;
    bench.customers(230).await;
    bench.admin("seed", json!({"entity": "customers", "count": 120, "seed": 5})).await;

    let first = bench.run(SyncType::Full, Bidirectional).await;
    assert_eq!(first.status, "success");
    let expected = Counts { read: 120 + 350, created: 120 + 230, unchanged: 120, ..Counts::default() };
    assert_eq!(counts(&first), expected, "a record is counted once in each phase");
    assert_eq!(bench.ask("SELECT count(*) FROM customers").await, "350");
    assert_eq!(bench.show("count/customers").await["linked"], 230);

    let second = bench.run(SyncType::Full, Bidirectional).await;
    assert_eq!(counts(&second), Counts { read: 700, unchanged: 700, ..Counts::default() });
    assert_eq!(bench.show("count/customers").await["live"], 350);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incremental_run_both_ways_carries_the_changes_of_both_sides() {
    let bench = Bench::start().await;
    bench.customers(40).await;
    bench.run(SyncType::Full, Bidirectional).await;

    let id = |local: i64| format!("SELECT geniacs_id FROM record_links WHERE local_id = {local}");
    let theirs = bench.ask(&id(7)).await;
    bench.put(&format!("records/customers/{theirs}"), json!({"customer_name": "Changed there"})).await;
    bench.sql("UPDATE customers SET name = 'Changed here' WHERE id = 9").await;

    let sync = bench.run(SyncType::Incremental, Bidirectional).await;
    assert_eq!((sync.status.as_str(), counts(&sync).updated), ("success", 2));
    assert_eq!(bench.ask("SELECT name FROM customers WHERE id = 7").await, "Changed there");

    let ours = bench.ask(&id(9)).await;
    let record = bench.record("customers", &ours).await;
    assert_eq!(record["customer_name"], "Changed here");

    let quiet = bench.run(SyncType::Incremental, Bidirectional).await;
    assert_eq!(counts(&quiet).updated, 0, "nothing goes to and fro");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_push_waits_for_a_transaction_that_would_hide_what_the_pull_left_different() {
    let bench = Bench::start().await;
    bench.customers(3).await;
    bench.run(SyncType::Full, Bidirectional).await;

    let theirs = bench.ask("SELECT geniacs_id FROM record_links WHERE local_id = 2").await;
    bench.put(&format!("records/customers/{theirs}"), json!({"customer_name": "Changed there"})).await;
    bench.sql("UPDATE customers SET phone = '081211112222' WHERE id = 2").await;

    let mut open = bench.connection().await;
    open.batch_execute("BEGIN; SELECT pg_current_xact_id()").await.unwrap();

    let sync = bench.accept(&bench.request(SyncType::Incremental, Bidirectional), &run_settings(), None).await;
    let waits = format!("SELECT walk->>'settling' IS NOT NULL FROM geniacs_data_sync WHERE id = {sync}");
    eventually("the push waits", LIMIT, async || (bench.ask(&waits).await == "true").then_some(())).await;
    assert_eq!(bench.ask("SELECT name FROM customers WHERE id = 2").await, "Changed there");

    open.batch_execute("COMMIT").await.unwrap();
    let sync = bench.ended(sync).await;
    assert_eq!((sync.status.as_str(), counts(&sync).updated), ("success", 2));
    assert_eq!(bench.record("customers", &theirs).await["customer_phone"], "+6281211112222");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn named_records_of_either_side_are_synced_both_ways() {
    let bench = Bench::start().await;
    bench.customers(5).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    let theirs = bench.ask("SELECT geniacs_id FROM record_links WHERE local_id = 1").await;
    bench.put(&format!("records/customers/{theirs}"), json!({"customer_name": "Changed there"})).await;
    bench.sql("UPDATE customers SET name = 'Changed here' WHERE id IN (2, 3)").await;

    let ids = vec![RecordKey::Geniacs(theirs), RecordKey::Local(2)];
    let filters = Filters { ids, ..Filters::default() };
    let request = SyncRequest { filters, ..bench.request(SyncType::Incremental, Bidirectional) };

    let sync = bench.trigger(&request).await;
    assert_eq!(counts(&bench.ended(sync).await), Counts { read: 4, updated: 2, unchanged: 2, ..Counts::default() });
    assert_eq!(
        bench.ask("SELECT string_agg(name, ', ' ORDER BY id) FROM customers WHERE id < 4").await,
        "Changed there, Changed here, Changed here"
    );

    let untouched = bench.ask("SELECT geniacs_id FROM record_links WHERE local_id = 3").await;
    assert_eq!(bench.record("customers", &untouched).await["customer_name"], "Customer 3");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn measurements_of_both_sides_are_added_to_the_other_and_none_twice() {
    let bench = Bench::start().await;
    bench.sql(
        "INSERT INTO monitoring_data (metric_type, value, recorded_at)
         SELECT 'cpu_usage', n, '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 minute' FROM generate_series(1, 50) n",
    )
    .await;
    bench.admin("seed", json!({"entity": "monitoring_data", "count": 30, "seed": 3})).await;

    let both = bench.run_entity(EntityType::MonitoringData, SyncType::Full, Bidirectional).await;
    assert_eq!((both.status.as_str(), counts(&both).created), ("success", 80));
    assert_eq!(bench.ask("SELECT count(*) FROM monitoring_data").await, "80");
    assert_eq!(bench.show("count/monitoring_data").await["live"], 80);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_between_the_phases_ends_well() {
    let bench = Bench::start().await;
    bench.customers(250).await;
    bench.admin("seed", json!({"entity": "customers", "count": 250, "seed": 5})).await;
    bench.admin("faults", json!({"error_rate": 0.2, "error_status": 503, "seed": 11})).await;

    let settings = RunSettings { max_attempts: 20, ..run_settings() };
    let sync = bench.trigger_with(&bench.request(SyncType::Full, Bidirectional), &settings).await;
    let sync = bench.ended(sync).await;

    assert_eq!((sync.status.as_str(), counts(&sync).created), ("success", 500));
    assert_eq!(bench.show("count/customers").await["live"], 500);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn options_leave_out_creations_and_updates_in_every_direction() {
    for direction in [ToGeniacs, FromGeniacs, Bidirectional] {
        for (create_missing, update_existing) in [(false, true), (true, false), (false, false)] {
            let bench = Bench::start().await;
            bench.customers(4).await;
            bench.run(SyncType::Full, ToGeniacs).await;

            bench.sql("INSERT INTO customers (name, email, phone) VALUES ('New here', 'new@example.co.id', '081277777777')").await;
            bench.sql("UPDATE customers SET name = 'Changed here' WHERE id = 1").await;
            bench.admin("seed", json!({"entity": "customers", "count": 1, "seed": 5})).await;
            let theirs = bench.ask("SELECT geniacs_id FROM record_links WHERE local_id = 2").await;
            bench.put(&format!("records/customers/{theirs}"), json!({"customer_name": "Changed there"})).await;

            let options = SyncOptions { create_missing, update_existing, ..SyncOptions::default() };
            let request = SyncRequest { options, ..bench.request(SyncType::Full, direction) };
            let sync = bench.trigger(&request).await;
            let counts = counts(&bench.ended(sync).await);
            let what = format!("{direction} create {create_missing} update {update_existing}: {counts:?}");

            assert_eq!(counts.created > 0, create_missing, "{what}");
            assert_eq!(counts.updated > 0, update_existing, "{what}");
            assert!(counts.skipped > 0, "{what}");

            let here = bench.ask("SELECT count(*) FROM customers").await;
            let new_here = create_missing && direction != ToGeniacs;
            assert_eq!(here, if new_here { "6" } else { "5" }, "{what}");
            let also_there = create_missing && direction != FromGeniacs;
            assert_eq!(bench.show("count/customers").await["live"], if also_there { 6 } else { 5 }, "{what}");

            bench.stop().await;
        }
    }
}
