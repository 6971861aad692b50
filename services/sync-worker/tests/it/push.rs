//! Pushes.

use crate::harness::{Bench, LIMIT, counts, run_settings};
use domain::sync::RecordKey;
use domain::{Counts, SyncDirection::ToGeniacs, SyncType};
use serde_json::json;
use storage::runs::syncs::RunSettings;
use test_support::eventually;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_push_creates_every_customer_at_geniacs_and_links_it() {
    let bench = Bench::start().await;
    bench.customers(250).await;

    let sync = bench.run(SyncType::Full, ToGeniacs).await;
    assert_eq!((sync.status.as_str(), sync.total_records), ("success", Some(250)));
    assert_eq!(counts(&sync), Counts { read: 250, created: 250, ..Counts::default() });
    assert_eq!(bench.show("count/customers").await["live"], 250);
    assert_eq!(bench.ask("SELECT count(*) FROM record_links WHERE geniacs_id IS NOT NULL").await, "250");
    assert_eq!(bench.ask("SELECT count(*) FROM customers WHERE geniacs_customer_id IS NOT NULL").await, "250");

    let first = &bench.show("records/customers?limit=1").await["records"][0];
    assert_eq!(first["fields"]["customer_phone"].as_str().map(|p| p.starts_with("+62812")), Some(true), "{first}");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incremental_sends_exactly_what_changed() {
    let bench = Bench::start().await;
    bench.customers(120).await;
    bench.run(SyncType::Full, ToGeniacs).await;

    let before = bench.show("stats").await;
    let nothing = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!((nothing.status.as_str(), counts(&nothing).created, counts(&nothing).updated), ("success", 0, 0));
    assert_eq!(bench.show("stats").await["records"], before["records"], "nothing was sent");

    bench.sql("UPDATE customers SET name = name || ' II' WHERE id % 12 = 0").await;
    let some = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(counts(&some), Counts { read: 10, updated: 10, ..Counts::default() });
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_fail_their_mapping_are_named_and_the_others_go_on() {
    let bench = Bench::start().await;
    bench.customers(20).await;
    bench.sql("UPDATE customers SET email = 'invalid-email' WHERE id = 3").await;
    bench.sql("UPDATE customers SET phone = 'call me' WHERE id = 4").await;

    let sync = bench.run(SyncType::Full, ToGeniacs).await;
    assert_eq!(sync.status, "partial");
    assert_eq!(counts(&sync), Counts { read: 20, created: 19, failed: 1, ..Counts::default() });
    assert_eq!(bench.ask("SELECT record_id || ' ' || error_type FROM sync_record_errors").await, "3 validation_error");

    let warnings = "SELECT string_agg(message, '; ' ORDER BY id) FROM geniacs_sync_logs WHERE log_level = 'warning'";
    assert_eq!(
        bench.ask(warnings).await,
        "Validation failed for field email with value: invalid-email; \
         Validation failed for field phone with value: call me"
    );
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_fails_one_request_in_five_gets_every_record_once() {
    let bench = Bench::start().await;
    bench.customers(400).await;
    bench.admin("faults", json!({"error_rate": 0.2, "error_status": 503})).await;
    let settings = RunSettings { batch_size: 10, max_attempts: 10, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    let sync = bench.ended(id).await;
    assert_eq!((sync.status.as_str(), counts(&sync).failed), ("success", 0));
    assert_eq!(bench.show("count/customers").await["live"], 400);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_got_lost_makes_no_second_record() {
    let bench = Bench::start().await;
    bench.customers(60).await;
    bench.admin("faults", json!({"lose_answer_rate": 0.3, "ignore_idempotency": true})).await;

    let settings = RunSettings { batch_size: 5, max_attempts: 20, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    let sync = bench.ended(id).await;

    assert_eq!((sync.status.as_str(), counts(&sync).read), ("success", 60));
    let count = bench.show("count/customers").await;
    assert_eq!((count["count"].as_i64(), count["live"].as_i64()), (Some(60), Some(60)));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_geniacs_names_as_wrong_fail_alone() {
    let bench = Bench::start().await;
    bench.customers(30).await;
    let rule = json!({"entity": "customers", "field": "customer_name", "equals": "Customer 7"});
    bench.admin("faults", json!({"reject": [rule], "reject_status": 422})).await;
    let sync = bench.run(SyncType::Full, ToGeniacs).await;
    assert_eq!((sync.status.as_str(), counts(&sync).created, counts(&sync).failed), ("partial", 29, 1));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_end_the_sync_at_once_with_their_cause() {
    let bench = Bench::start().await;
    bench.customers(10).await;
    bench.admin("faults", json!({"error_rate": 1.0, "error_status": 401})).await;
    let sync = bench.run(SyncType::Full, ToGeniacs).await;
    assert_eq!((sync.status.as_str(), sync.error_type.as_deref()), ("failed", Some("credentials_refused")));
    assert_eq!(sync.retry_count, 0);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_integration_waits_and_no_attempt_is_counted() {
    let bench = Bench::start().await;
    bench.customers(10).await;
    bench.admin("faults", json!({"fail_next": {"count": 1, "status": 429}, "retry_after": 1})).await;
    let settings = RunSettings { max_attempts: 1, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    let sync = bench.ended(id).await;
    assert_eq!((sync.status.as_str(), counts(&sync).created, sync.retry_count), ("success", 10, 0));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_run_is_retried_for_what_failed_and_nothing_else() {
    let bench = Bench::start().await;
    bench.customers(20).await;

    // Each of two chunks: its request, and three questions before its records would be sent in parts.
    bench.admin("faults", json!({"fail_next": {"count": 8, "status": 500}})).await;
    let settings = RunSettings { batch_size: 10, max_attempts: 1, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    eventually("the run is put back in line", LIMIT, async || {
        (bench.ask(&format!("SELECT retry_count FROM geniacs_data_sync WHERE id = {id}")).await == "1").then_some(())
    })
    .await;

    // The scheduler starts what is due; here the test does.
    eventually("the retry is started", LIMIT, async || {
        let mut connection = bench.connection().await;
        let started =
            storage::runs::syncs::start_next(&mut connection, bench.integration_id, domain::EntityType::Customers)
                .await;
        started.expect("a step")
    })
    .await;

    let sync = bench.ended(id).await;
    assert_eq!((sync.status.as_str(), sync.retry_count), ("success", 1));
    assert_eq!(counts(&sync), Counts { read: 20, created: 20, ..Counts::default() });
    assert_eq!(bench.ask("SELECT count(*) FROM sync_record_errors").await, "0");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_share_one_sync_and_every_record_goes_once() {
    let mut bench = Bench::start().await;
    bench.add_worker(&[]);
    bench.customers(1_000).await;
    let settings = RunSettings { batch_size: 20, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    let sync = bench.ended(id).await;
    assert_eq!(counts(&sync), Counts { read: 1_000, created: 1_000, ..Counts::default() });
    assert_eq!(bench.show("count/customers").await["count"], 1_000);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_limit_what_is_sent_and_leave_the_position_alone() {
    let bench = Bench::start().await;
    bench.customers(50).await;
    bench.sql("UPDATE customers SET status = 'suspended' WHERE id <= 8").await;

    let mut request = bench.request(SyncType::Full, ToGeniacs);
    request.filters.status = Some("suspended".to_owned());
    request.filters.limit = Some(5);

    let limited = bench.ended(bench.trigger(&request).await).await;
    assert_eq!((limited.total_records, counts(&limited).created), (Some(5), 5));

    request.filters = domain::sync::Filters::default();
    request.filters.ids = vec![RecordKey::Local(8), RecordKey::Local(20)];
    let named = bench.ended(bench.trigger(&request).await).await;
    assert_eq!((named.total_records, counts(&named).created), (Some(2), 2));

    assert_eq!(bench.ask("SELECT count(*) FROM sync_positions").await, "0");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incremental_with_a_moment_reaches_back_as_far_as_it_says_and_sends_nothing_twice() {
    let bench = Bench::start().await;
    bench.customers(12).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    bench.run(SyncType::Incremental, ToGeniacs).await;
    let mut request = bench.request(SyncType::Incremental, ToGeniacs);
    request.filters.updated_since = Some("2024-01-01T00:00:00Z".parse().expect("a time"));
    let sync = bench.ended(bench.trigger(&request).await).await;
    assert_eq!(counts(&sync), Counts { read: 12, unchanged: 12, ..Counts::default() });
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_restored_onto_a_server_whose_counter_lies_behind_is_walked_anew() {
    let bench = Bench::start().await;
    bench.customers(10).await;
    bench.run(SyncType::Full, ToGeniacs).await;

    bench.sql("UPDATE sync_positions SET changed_xid = changed_xid + 1000000000").await;
    bench.sql("UPDATE customers SET name = 'Changed before the backup' WHERE id = 4").await;
    bench.sql("ALTER TABLE customers DISABLE TRIGGER USER").await;
    bench.sql("UPDATE customers SET changed_xid = (changed_xid::text::bigint + 1000000000)::text::xid8").await;
    bench.sql("ALTER TABLE customers ENABLE TRIGGER USER").await;

    let anew = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(counts(&anew), Counts { read: 10, updated: 1, unchanged: 9, ..Counts::default() });

    bench.sql("UPDATE customers SET name = 'Changed after it' WHERE id = 5").await;
    let next = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(counts(&next), Counts { read: 1, updated: 1, ..Counts::default() });
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_counts_and_changes_nothing() {
    let bench = Bench::start().await;
    bench.customers(15).await;
    let mut request = bench.request(SyncType::Full, ToGeniacs);
    request.options.dry_run = true;

    let sync = bench.ended(bench.trigger(&request).await).await;
    assert_eq!((sync.status.as_str(), counts(&sync).created), ("success", 15));
    assert_eq!(bench.show("count/customers").await["count"], 0);
    assert_eq!(bench.ask("SELECT count(*) FROM record_links").await, "0");
    assert_eq!(bench.ask("SELECT count(*) FROM sync_positions").await, "0");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_deleted_here_is_deleted_at_geniacs_once() {
    let bench = Bench::start().await;
    bench.customers(5).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    bench.sql("UPDATE customers SET deleted_at = now() WHERE id = 2").await;

    let sync = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(counts(&sync), Counts { read: 1, deleted: 1, ..Counts::default() });
    assert_eq!(bench.show("count/customers").await["live"], 4);

    let again = bench.run(SyncType::Full, ToGeniacs).await;
    assert_eq!(counts(&again).deleted, 0);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_sync_of_the_same_entity_waits_for_the_first() {
    let bench = Bench::without_worker().await;
    bench.customers(5).await;
    let request = bench.request(SyncType::Full, ToGeniacs);
    let first = bench.trigger(&request).await;
    let second = bench.trigger(&request).await;

    let status = format!(
        "SELECT string_agg(status::text, ' ' ORDER BY id) FROM geniacs_data_sync WHERE id IN ({first}, {second})"
    );
    assert_eq!(bench.ask(&status).await, "processing pending");

    let mut bench = bench;
    bench.add_worker(&[]);
    bench.ended(first).await;
    assert_eq!(bench.ended(second).await.status, "success");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_deleted_for_good_is_deleted_at_geniacs_once() {
    let bench = Bench::start().await;
    bench.customers(5).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    bench.sql("DELETE FROM customers WHERE id IN (2, 5)").await;

    let sync = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(counts(&sync), Counts { read: 2, deleted: 2, ..Counts::default() });
    assert_eq!(bench.show("count/customers").await["live"], 3);
    assert_eq!(bench.ask("SELECT count(*) FROM record_links WHERE deleted_version IS NOT NULL").await, "2");

    let again = bench.run(SyncType::Full, ToGeniacs).await;
    assert_eq!(counts(&again).deleted, 0);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_deleted_for_good_after_a_first_push_without_an_answer_is_asked_for_and_deleted() {
    let bench = Bench::start().await;
    bench.customers(3).await;
    bench.run(SyncType::Full, ToGeniacs).await;

    // As if the answer to the first push had never come: 1 was made there, 4 was not.
    bench.sql("UPDATE record_links SET geniacs_id = NULL, unconfirmed = true WHERE local_id = 1").await;
    bench.sql("INSERT INTO customers (id, name) VALUES (4, 'never sent')").await;
    let mark = "INSERT INTO record_links (integration_id, entity_type, local_id, unconfirmed) VALUES ($1, 'customers', 4, true)";
    bench.sql(&mark.replace("$1", &bench.integration_id.to_string())).await;
    bench.sql("DELETE FROM customers WHERE id IN (1, 4)").await;

    let sync = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(counts(&sync), Counts { read: 2, deleted: 1, unchanged: 1, ..Counts::default() });
    assert_eq!(bench.show("count/customers").await["live"], 2);

    let again = bench.run(SyncType::Full, ToGeniacs).await;
    assert_eq!(counts(&again).read, 2);
    bench.stop().await;
}
