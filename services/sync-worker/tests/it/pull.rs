//! Pulls.

use crate::harness::{Bench, counts, run_settings};
use domain::sync::RecordKey;
use domain::{Counts, SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType};
use serde_json::json;
use storage::runs::syncs::RunSettings;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_pull_creates_what_geniacs_owns_and_a_second_one_changes_nothing() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 350, "seed": 7})).await;
    bench.put("records/customers/cust_1", json!({"customer_code": null})).await;

    let first = bench.run(SyncType::Full, FromGeniacs).await;
    assert_eq!(first.status, "success");
    assert_eq!(counts(&first), Counts { read: 350, created: 350, ..Counts::default() });
    assert_eq!(bench.ask("SELECT count(*) FROM customers WHERE customer_code LIKE 'GX-C7-%'").await, "349");
    assert_eq!(bench.ask("SELECT count(*) FROM customers WHERE customer_code = 'GEN-' || id").await, "1");

    let versions = "SELECT max(xmin::text::bigint) FROM customers";
    let before = bench.ask(versions).await;

    let second = bench.run(SyncType::Full, FromGeniacs).await;
    assert_eq!(counts(&second), Counts { read: 350, unchanged: 350, ..Counts::default() });
    assert_eq!(bench.ask(versions).await, before, "no row was written");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_pulled_is_not_pushed_back() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 40, "seed": 1})).await;
    bench.run(SyncType::Full, FromGeniacs).await;
    let push = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(counts(&push), Counts { read: 40, unchanged: 40, ..Counts::default() });
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incremental_pull_takes_what_changed_there() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 200, "seed": 1})).await;
    bench.run(SyncType::Full, FromGeniacs).await;
    bench.admin("touch", json!({"entity": "customers", "count": 9, "seed": 2})).await;
    let sync = bench.run(SyncType::Incremental, FromGeniacs).await;
    assert_eq!((sync.status.as_str(), counts(&sync).updated, counts(&sync).created), ("success", 9, 0));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pushed_records_are_found_again_and_their_changes_come_back() {
    let bench = Bench::start().await;
    bench.customers(30).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    let id = bench.ask("SELECT geniacs_id FROM record_links WHERE local_id = 5").await;
    bench.put(&format!("records/customers/{id}"), json!({"customer_name": "Siti Rahayu"})).await;

    let sync = bench.run(SyncType::Full, FromGeniacs).await;
    assert_eq!(counts(&sync), Counts { read: 30, updated: 1, unchanged: 29, ..Counts::default() });
    assert_eq!(bench.ask("SELECT name FROM customers WHERE id = 5").await, "Siti Rahayu");
    assert_eq!(
        bench.ask("SELECT phone FROM customers WHERE id = 5").await,
        "081200000005",
        "an equal value is not rewritten"
    );
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_waits_to_be_pushed_survives_a_pull_of_another_field() {
    let bench = Bench::start().await;
    bench.customers(1).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    bench.sql("UPDATE customers SET phone = '081299999999' WHERE id = 1").await;
    let id = bench.ask("SELECT geniacs_id FROM record_links WHERE local_id = 1").await;

    bench.run(SyncType::Incremental, ToGeniacs).await;
    bench.put(&format!("records/customers/{id}"), json!({"customer_name": "New"})).await;
    bench.run(SyncType::Incremental, FromGeniacs).await;

    assert_eq!(bench.ask("SELECT name || ' ' || phone FROM customers").await, "New 081299999999");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_deleted_at_geniacs_is_deleted_softly_here() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 3, "seed": 1})).await;
    bench.run(SyncType::Full, FromGeniacs).await;
    let id = bench.ask("SELECT geniacs_id FROM record_links ORDER BY local_id LIMIT 1").await;
    let url = format!("{}/records/customers/{id}", bench.partner.admin_url);
    bench.http.delete(url).send().await.expect("deleted");

    let sync = bench.run(SyncType::Incremental, FromGeniacs).await;
    assert_eq!(counts(&sync).deleted, 1);
    assert_eq!(bench.ask("SELECT count(*) FROM customers WHERE deleted_at IS NOT NULL").await, "1");

    let push = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(counts(&push).deleted, 0, "it is not deleted there a second time");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_record_in_a_page_fails_alone() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 25, "seed": 1})).await;
    bench.put("records/customers/cust_7", json!({"customer_email": "not an address"})).await;

    let sync = bench.run(SyncType::Full, FromGeniacs).await;
    assert_eq!((sync.status.as_str(), counts(&sync).created, counts(&sync).failed), ("partial", 24, 1));
    assert_eq!(
        bench.ask("SELECT geniacs_id || ' ' || error_type FROM sync_record_errors").await,
        "cust_7 validation_error"
    );
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_the_database_refuses_fails_alone() {
    let bench = Bench::start().await;
    bench.sql("ALTER TABLE customers ADD CONSTRAINT no_budi CHECK (name <> 'Budi')").await;
    bench.admin("seed", json!({"entity": "customers", "count": 33, "seed": 1})).await;
    bench.put("records/customers/cust_20", json!({"customer_name": "Budi"})).await;

    let sync = bench.run(SyncType::Full, FromGeniacs).await;
    assert_eq!((sync.status.as_str(), counts(&sync).created, counts(&sync).failed), ("partial", 32, 1));
    assert_eq!(
        bench.ask("SELECT error_message FROM sync_record_errors").await,
        "the database refuses the record: no_budi"
    );
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_breaks_off_goes_on_where_it_was() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 500, "seed": 1})).await;
    bench.admin("faults", json!({"error_rate": 0.3, "error_status": 502})).await;
    let settings = RunSettings { batch_size: 50, max_attempts: 20, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, FromGeniacs), &settings).await;
    let sync = bench.ended(id).await;
    assert_eq!((sync.status.as_str(), counts(&sync).created), ("success", 500));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn named_records_and_limits_are_kept_to() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 250, "seed": 1})).await;
    let mut request = bench.request(SyncType::Full, FromGeniacs);
    request.filters.ids = vec![RecordKey::Geniacs("cust_3".to_owned()), RecordKey::Geniacs("cust_999".to_owned())];

    let named = bench.ended(bench.trigger(&request).await).await;
    assert_eq!((counts(&named).created, counts(&named).failed), (1, 1));

    request.filters = domain::sync::Filters { limit: Some(130), ..Default::default() };
    let limited = bench.ended(bench.trigger(&request).await).await;
    assert_eq!(counts(&limited).read, 130);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_whose_row_was_deleted_for_good_is_not_made_anew_and_is_deleted_at_geniacs() {
    let bench = Bench::start().await;
    bench.customers(3).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    bench.sql("DELETE FROM customers WHERE id = 2").await;

    let pull = bench.run(SyncType::Full, FromGeniacs).await;
    assert_eq!((pull.status.as_str(), counts(&pull).skipped, counts(&pull).created), ("success", 1, 0));

    let push = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(counts(&push).deleted, 1);
    assert_eq!(bench.show("count/customers").await["live"], 2);
    bench.stop().await;
}
