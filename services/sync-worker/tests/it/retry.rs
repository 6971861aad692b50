//! Retries of ended syncs.

use crate::harness::{Bench, counts, run_settings};
use domain::run_mode::FailureFilter;
use domain::{Counts, SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType};
use serde_json::json;
use storage::runs::syncs::RunSettings;

#[tokio::test(flavor = "multi_thread")]
async fn a_retried_push_sends_what_failed_and_nothing_else() {
    let bench = Bench::start().await;
    bench.customers(30).await;
    bench.sql("UPDATE customers SET email = 'invalid-email' WHERE id % 3 = 0").await;
    let first = bench.run(SyncType::Full, ToGeniacs).await;
    assert_eq!(counts(&first), Counts { read: 30, created: 20, failed: 10, ..Counts::default() });
    let position = "SELECT changed_xid FROM sync_positions";
    let before = bench.ask(position).await;
    bench.sql("UPDATE customers SET email = 'c' || id || '@example.co.id' WHERE id < 20").await;
    // Windows of a size that needs several.
    let settings = RunSettings { batch_size: 2, ..run_settings() };
    let retry = bench.retry(&first, &settings).await;
    assert_eq!((retry.status.as_str(), retry.total_records), ("partial", Some(10)));
    assert_eq!(counts(&retry), Counts { read: 10, created: 6, failed: 4, ..Counts::default() });
    assert_eq!(bench.ask(position).await, before, "a retry covers too little to move the position");

    bench.sql("UPDATE customers SET email = 'c' || id || '@example.co.id'").await;
    let second = bench.retry(&retry, &settings).await;
    assert_eq!((second.status.as_str(), counts(&second).created), ("success", 4));
    assert_eq!(bench.show("count/customers").await["live"], 30);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retried_pull_fetches_what_failed_and_nothing_else() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 25, "seed": 1})).await;
    for id in [3, 7, 20] {
        bench.put(&format!("records/customers/cust_{id}"), json!({"customer_email": "not an address"})).await;
    }

    let first = bench.run(SyncType::Full, FromGeniacs).await;
    assert_eq!((counts(&first).created, counts(&first).failed), (22, 3));

    for id in [3, 20] {
        let email = format!("fine{id}@example.co.id");
        bench.put(&format!("records/customers/cust_{id}"), json!({"customer_email": email})).await;
    }

    let settings = RunSettings { batch_size: 1, ..run_settings() };
    let retry = bench.retry(&first, &settings).await;
    assert_eq!((retry.status.as_str(), retry.total_records), ("partial", Some(3)));
    assert_eq!(counts(&retry), Counts { read: 3, created: 2, failed: 1, ..Counts::default() });
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_was_stopped_as_a_whole_is_run_anew_and_so_is_a_retry_of_its_retry() {
    let bench = Bench::start().await;
    bench.customers(10).await;
    bench.admin("faults", json!({"error_rate": 1.0, "error_status": 401})).await;

    let first = bench.run(SyncType::Full, ToGeniacs).await;
    bench.accept_credentials().await;
    let second = bench.retry(&first, &run_settings()).await;
    assert_eq!((first.status.as_str(), second.status.as_str()), ("failed", "failed"));

    bench.admin("faults", json!({"error_rate": 0.0})).await;
    bench.accept_credentials().await;

    let third = bench.retry(&second, &run_settings()).await;
    assert_eq!(counts(&third), Counts { read: 10, created: 10, ..Counts::default() });
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_was_stopped_itself_is_retried_for_the_same_records() {
    let bench = Bench::start().await;
    bench.customers(10).await;
    bench.sql("UPDATE customers SET email = 'invalid-email' WHERE id <= 4").await;
    let first = bench.run(SyncType::Full, ToGeniacs).await;

    bench.sql("UPDATE customers SET email = 'c' || id || '@example.co.id' WHERE id <= 4").await;
    bench.admin("faults", json!({"error_rate": 1.0, "error_status": 401})).await;
    let stopped = bench.retry(&first, &run_settings()).await;
    assert_eq!(stopped.status, "failed");

    bench.admin("faults", json!({"error_rate": 0.0})).await;
    bench.accept_credentials().await;
    let again = bench.retry(&stopped, &run_settings()).await;
    assert_eq!(counts(&again), Counts { read: 4, created: 4, ..Counts::default() });
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_of_one_cause_or_of_chosen_records_sends_only_those() {
    let bench = Bench::start().await;
    bench.customers(12).await;
    bench.sql("UPDATE customers SET email = 'invalid-email' WHERE id <= 6").await;
    bench.sql("UPDATE customers SET name = '' WHERE id IN (7, 8)").await;
    let first = bench.run(SyncType::Full, ToGeniacs).await;
    let causes = "SELECT string_agg(DISTINCT error_type || ':' || field, ' ') FROM sync_record_errors";
    assert_eq!(bench.ask(causes).await, "validation_error:email validation_error:name");
    bench.sql("UPDATE customers SET email = 'c' || id || '@example.co.id', name = 'Fine'").await;

    let chosen = FailureFilter { record_ids: vec![2, 8], ..FailureFilter::default() };
    let settings = RunSettings { batch_size: 1, ..run_settings() };
    let some = bench.retry_only(&first, &chosen, &settings).await;
    assert_eq!((some.total_records, counts(&some)), (Some(2), Counts { read: 2, created: 2, ..Counts::default() }));

    let of_name = FailureFilter { field: Some("name".to_owned()), ..FailureFilter::default() };
    let named = bench.retry_only(&first, &of_name, &settings).await;
    assert_eq!((named.total_records, counts(&named).read), (Some(2), 2), "those of one field");
    assert_eq!(bench.show("count/customers").await["live"], 4 + 3);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_is_retried_for_one_cause_by_the_ids_of_geniacs() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 10, "seed": 1})).await;
    for id in [3, 7] {
        bench.put(&format!("records/customers/cust_{id}"), json!({"customer_email": "not an address"})).await;
    }

    let first = bench.run(SyncType::Full, FromGeniacs).await;
    assert_eq!(bench.ask("SELECT string_agg(DISTINCT field, ' ') FROM sync_record_errors").await, "email");

    for id in [3, 7] {
        let email = format!("fine{id}@example.co.id");
        bench.put(&format!("records/customers/cust_{id}"), json!({"customer_email": email})).await;
    }

    let only = FailureFilter {
        error_type: Some("validation_error".to_owned()),
        geniacs_ids: vec!["cust_7".to_owned()],
        ..FailureFilter::default()
    };
    let retry = bench.retry_only(&first, &only, &run_settings()).await;
    assert_eq!(counts(&retry), Counts { read: 1, created: 1, ..Counts::default() });
    bench.stop().await;
}
