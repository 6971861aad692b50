//! Requests whose outcome nobody knows, at a partner that ignores idempotency keys and parameters: nothing is doubled.

use crate::events::map;
use crate::harness::{Bench, LIMIT, counts, patient_settings, run_settings};
use domain::SyncDirection::{FromGeniacs, ToGeniacs};
use domain::SyncType;
use serde_json::{Value, json};
use storage::runs::syncs::RunSettings;
use test_support::eventually;

/// A partner by which nothing is recognised.
fn forgetful(faults: Value) -> Value {
    let mut forgetful = json!({
        "ignore_idempotency": true, "ignore_external_id_filter": true, "ignore_updated_since": true,
    });
    if let (Some(all), Value::Object(more)) = (forgetful.as_object_mut(), faults) {
        all.extend(more);
    }
    forgetful
}

async fn pushed_once(bench: &Bench, customers: i64) {
    let count = bench.show("count/customers").await;
    assert_eq!((count["count"].as_i64(), count["live"].as_i64()), (Some(customers), Some(customers)), "{count}");
    let linked = "SELECT count(DISTINCT geniacs_id) FROM record_links WHERE NOT unconfirmed";
    assert_eq!(bench.ask(linked).await, customers.to_string());

    let records = bench.show("records/customers?limit=5000").await;
    for record in records["records"].as_array().expect("records") {
        let (id, external_id) = (record["id"].as_str(), record["external_id"].as_str());
        let linked = format!("SELECT geniacs_id FROM record_links WHERE local_id = {}", external_id.unwrap_or("0"));
        assert_eq!(Some(bench.ask(&linked).await.as_str()), id, "{record}");
    }
}

async fn pushes_once_although(faults: Value) {
    let bench = Bench::start().await;
    // Others of the partner's own, so that what it shows first is not what is looked for.
    bench.admin("seed", json!({"entity": "customers", "count": 1_200, "seed": 5})).await;
    bench.customers(40).await;
    bench.admin("faults", forgetful(faults)).await;
    let settings = RunSettings { batch_size: 5, max_attempts: 20, timeout_seconds: 2, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    let sync = bench.ended(id).await;
    assert_eq!((sync.status.as_str(), counts(&sync).read), ("success", 40));
    let own = bench.show("count/customers").await["linked"].as_i64();
    assert_eq!(own, Some(40));
    assert_eq!(bench.ask("SELECT count(DISTINCT geniacs_id) FROM record_links WHERE NOT unconfirmed").await, "40");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_dropped_after_the_effect_doubles_nothing() {
    pushes_once_although(json!({"lose_answer_rate": 0.3})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_comes_after_the_effect_doubles_nothing() {
    pushes_once_although(json!({"hang_rate": 0.2})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_5xx_after_the_effect_doubles_nothing() {
    pushes_once_although(json!({"late_error_rate": 0.3, "error_status": 502})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_after_the_effect_doubles_nothing() {
    pushes_once_although(json!({"cut_body_rate": 0.1, "half_json_rate": 0.1, "html_rate": 0.1})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_gave_up_is_followed_by_one_that_asks_first() {
    let bench = Bench::start().await;
    bench.customers(20).await;
    bench.admin("faults", forgetful(json!({"lose_answer_rate": 1}))).await;

    let settings = RunSettings { max_attempts: 1, retry_failed: false, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    assert_eq!(bench.ended(id).await.status, "failed");

    bench.admin("faults", forgetful(json!({"lose_answer_rate": 0}))).await;
    let next = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!((next.status.as_str(), counts(&next).read), ("success", 20));
    pushed_once(&bench, 20).await;
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_vanished_after_its_request_is_followed_by_one_that_asks_first() {
    let bench = Bench::without_worker().await;
    bench.customers(20).await;
    bench.admin("faults", forgetful(json!({}))).await;

    let id = bench.trigger(&bench.request(SyncType::Full, ToGeniacs)).await;
    let mut bench = bench;
    bench.add_worker(&[]);
    bench.ended(id).await;

    // As if the worker had been killed between the answer and the commit: there are no links, and its chunk is open.
    let id = bench.trigger(&bench.request(SyncType::Full, ToGeniacs)).await;
    bench.ended(id).await;
    bench.sql("DELETE FROM record_links").await;
    bench.sql("UPDATE customers SET geniacs_customer_id = NULL").await;
    bench
        .sql(&format!("UPDATE geniacs_data_sync SET status = 'processing', completed_at = NULL WHERE id = {id}"))
        .await;
    bench
        .sql(&format!(
            "UPDATE sync_chunks SET state = 'open', completed_at = NULL, worker = '00000000-0000-0000-0000-000000000001',
                 records_read = 0, created = 0, updated = 0, unchanged = 0, available_at = now()
             WHERE sync_id = {id} AND kind = 'push'"
        ))
        .await;

    let sync = bench.ended(id).await;
    assert_eq!((sync.status.as_str(), counts(&sync).read, counts(&sync).created), ("success", 20, 0));
    pushed_once(&bench, 20).await;
    bench.stop().await;
}

/// A partner that keeps no local ids, so that each push of a record without a Geniacs id makes a new one.
fn anonymous(faults: Value) -> Value {
    let mut faults = forgetful(faults);
    faults["forget_external_id"] = true.into();
    faults
}

/// Starts an incremental push whose first request is answered by nobody, and waits until it is put off.
async fn push_without_an_answer(bench: &Bench, faults: fn(Value) -> Value) -> i64 {
    bench.admin("faults", faults(json!({"lose_answer_rate": 1}))).await;
    let id = bench.trigger(&bench.request(SyncType::Incremental, ToGeniacs)).await;
    eventually("the request has failed", LIMIT, async || {
        let failed = "SELECT count(*) FROM sync_chunks WHERE kind = 'push' AND attempt > 0";
        (bench.ask(failed).await != "0").then_some(())
    })
    .await;
    id
}

async fn a_worker_that_waits(seconds: &str) -> Bench {
    let mut bench = Bench::without_worker().await;
    bench.add_worker(&[("GENIACS_RETRY__CHUNK_BACKOFF_SECONDS", seconds)]);
    bench
}

async fn live(bench: &Bench) -> i64 {
    bench.show("count/customers").await["live"].as_i64().expect("a count")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_recognised_by_its_natural_key_where_geniacs_keeps_no_external_id() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 1_200, "seed": 5})).await;
    bench.customers(20).await;
    bench.admin("faults", anonymous(json!({"lose_answer_rate": 0.3}))).await;
    let settings = RunSettings { batch_size: 5, max_attempts: 20, timeout_seconds: 2, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    let sync = bench.ended(id).await;
    assert_eq!((sync.status.as_str(), counts(&sync).read), ("success", 20));
    assert_eq!(live(&bench).await, 1_220);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_edited_before_the_retry_is_not_created_twice() {
    let bench = a_worker_that_waits("2").await;
    bench.customers(3).await;
    let id = push_without_an_answer(&bench, anonymous).await;

    // Even the key by which it could be told is another one now.
    bench.sql("UPDATE customers SET name = 'Edited', customer_code = 'NEW' WHERE id = 2").await;
    bench.admin("faults", anonymous(json!({"lose_answer_rate": 0}))).await;
    bench.ended(id).await;

    let next = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!((next.status.as_str(), live(&bench).await), ("success", 3));
    let geniacs_id = bench.ask("SELECT geniacs_id FROM record_links WHERE local_id = 2").await;
    let record = bench.record("customers", &geniacs_id).await;
    assert_eq!((record["customer_name"].as_str(), record["customer_code"].as_str()), (Some("Edited"), Some("NEW")));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_deleted_for_good_before_the_retry_is_removed_at_geniacs() {
    let bench = a_worker_that_waits("2").await;
    bench.customers(3).await;
    let id = push_without_an_answer(&bench, anonymous).await;

    bench.sql("DELETE FROM customers WHERE id = 2").await;
    bench.admin("faults", anonymous(json!({"lose_answer_rate": 0}))).await;
    bench.ended(id).await;
    bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(live(&bench).await, 2);

    bench.run(SyncType::Full, FromGeniacs).await;
    assert_eq!(bench.ask("SELECT count(*) FROM customers").await, "2", "it is not pulled back");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_after_a_push_without_an_answer_finds_the_records_instead_of_making_them_anew() {
    let bench = Bench::start().await;
    bench.customers(3).await;
    bench.admin("faults", anonymous(json!({"lose_answer_rate": 1}))).await;
    let settings = RunSettings { max_attempts: 1, retry_failed: false, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    bench.ended(id).await;

    bench.admin("faults", anonymous(json!({"lose_answer_rate": 0}))).await;
    bench.sql("UPDATE customers SET customer_code = 'NEW ' || id").await;

    let pull = bench.run(SyncType::Incremental, FromGeniacs).await;
    assert_eq!(counts(&pull).created, 0);
    assert_eq!(bench.ask("SELECT count(*) FROM customers").await, "3");
    assert_eq!(bench.ask("SELECT count(geniacs_id) FROM record_links").await, "3");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_nothing_tells_apart_ends_as_an_unknown_outcome_instead_of_a_second_one() {
    let bench = Bench::start().await;
    bench.sql("DELETE FROM geniacs_field_mappings WHERE local_field = 'customer_code'").await;
    bench.customers(3).await;
    bench.sql("UPDATE customers SET name = 'Twin', email = 'twin@example.co.id', phone = NULL").await;

    bench.admin("faults", anonymous(json!({"lose_answer_rate": 1}))).await;
    let settings = RunSettings { max_attempts: 1, retry_failed: false, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    bench.ended(id).await;
    bench.admin("faults", anonymous(json!({"lose_answer_rate": 0}))).await;

    bench.customers_from(4, 5).await;
    let next = bench.run(SyncType::Full, ToGeniacs).await;
    assert_eq!((counts(&next).created, counts(&next).failed), (2, 3));

    let reasons =
        format!("SELECT string_agg(DISTINCT error_type, ' ') FROM sync_record_errors WHERE sync_id = {}", next.id);
    assert_eq!(bench.ask(&reasons).await, "unknown_outcome");
    assert_eq!(live(&bench).await, 5);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_is_noted_before_the_request_and_the_note_ends_with_the_answer() {
    let bench = Bench::start().await;
    bench.customers(3).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    bench.sql("UPDATE customers SET name = 'Edited' WHERE id = 1").await;
    bench.customers_from(4, 4).await;

    bench.hold_answers_after(0).await;
    let id = bench.trigger_with(&bench.request(SyncType::Incremental, ToGeniacs), &patient_settings()).await;
    let noted = "SELECT string_agg(concat(local_id, ':', geniacs_id IS NULL, ':', sent_key), ' ' ORDER BY local_id)
        FROM record_links WHERE unconfirmed";
    eventually("it is noted", LIMIT, async || (bench.ask(noted).await == "1:f: 4:t:C4").then_some(())).await;

    bench.let_answers_go().await;
    bench.ended(id).await;
    assert_eq!(
        bench.ask("SELECT count(*) || ' ' || count(geniacs_id) FROM record_links WHERE NOT unconfirmed").await,
        "4 4"
    );
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_record_that_geniacs_refuses_is_not_asked_for_again() {
    let bench = Bench::start().await;
    bench.customers(4).await;
    let refuse = json!({"reject": [{"entity": "customers", "field": "customer_code", "equals": "C2"}]});
    bench.admin("faults", refuse).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    assert_eq!(bench.ask("SELECT string_agg(local_id::text, ' ' ORDER BY local_id) FROM record_links").await, "1 3 4");

    bench.admin("faults", json!({"reject": [], "error_rate": 1, "error_status": 429})).await;
    let settings = RunSettings { max_attempts: 1, retry_failed: false, ..run_settings() };
    bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    eventually("the request was refused", LIMIT, async || {
        (bench.ask("SELECT count(*) FROM integration_limits WHERE held_until > now()").await == "1").then_some(())
    })
    .await;
    assert_eq!(bench.ask("SELECT count(*) FROM record_links WHERE unconfirmed").await, "0");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_results_is_followed_by_a_question_for_the_ids() {
    let bench = Bench::start().await;
    bench.customers(250).await;
    bench.admin("faults", json!({"omit_results": true})).await;
    let sync = bench.run(SyncType::Full, ToGeniacs).await;
    assert_eq!((sync.status.as_str(), counts(&sync).created), ("success", 250));
    pushed_once(&bench, 250).await;
    assert_eq!(bench.ask("SELECT count(geniacs_customer_id) FROM customers").await, "250");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_whose_id_was_not_told_is_found_by_its_key_and_changed_deleted_or_pulled_as_what_it_is() {
    let bench = Bench::start().await;
    bench.customers(4).await;
    bench.admin("faults", anonymous(json!({"omit_results": true}))).await;
    let sync = bench.run(SyncType::Full, ToGeniacs).await;
    assert_eq!((sync.status.as_str(), counts(&sync).created), ("success", 4));
    assert_eq!(bench.ask("SELECT count(geniacs_id) FROM record_links WHERE NOT unconfirmed").await, "4");

    bench.sql("UPDATE customers SET name = 'Edited', customer_code = 'NEW' WHERE id = 1").await;
    bench.sql("DELETE FROM customers WHERE id = 2").await;
    bench.sql("UPDATE customers SET deleted_at = now() WHERE id = 3").await;
    let next = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!((next.status.as_str(), counts(&next).updated, counts(&next).deleted), ("success", 1, 2));
    assert_eq!(live(&bench).await, 2);

    bench.run(SyncType::Full, FromGeniacs).await;
    assert_eq!(bench.ask("SELECT count(*) FROM customers WHERE deleted_at IS NULL").await, "2");
    assert_eq!(bench.ask("SELECT name FROM customers WHERE id = 1").await, "Edited");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_without_a_natural_key_is_recognised_by_all_its_fields() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 20, "seed": 5})).await;
    bench.sql("DELETE FROM geniacs_field_mappings WHERE local_field = 'customer_code'").await;
    bench.customers(3).await;
    bench.admin("faults", anonymous(json!({"lose_answer_rate": 1}))).await;
    let settings = RunSettings { max_attempts: 1, retry_failed: false, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    bench.ended(id).await;
    bench.admin("faults", anonymous(json!({"lose_answer_rate": 0, "omit_results": true}))).await;

    // By now the rows hold something else than what was sent.
    bench.sql("UPDATE customers SET name = 'Edited ' || id").await;
    bench.customers_from(4, 5).await;

    let next = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!((next.status.as_str(), counts(&next).created, counts(&next).updated), ("success", 2, 3));
    assert_eq!(live(&bench).await, 25);
    assert_eq!(bench.ask("SELECT count(geniacs_id) FROM record_links WHERE NOT unconfirmed").await, "5");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_says_of_which_rows_nobody_can_tell_whether_geniacs_holds_them() {
    let bench = Bench::start().await;
    bench.sql("DELETE FROM geniacs_field_mappings WHERE local_field = 'customer_code'").await;
    bench.customers(2).await;
    bench.sql("UPDATE customers SET name = 'Twin', email = 'twin@example.co.id', phone = NULL").await;
    bench.admin("faults", anonymous(json!({"lose_answer_rate": 1}))).await;
    let settings = RunSettings { max_attempts: 1, retry_failed: false, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Full, ToGeniacs), &settings).await;
    bench.ended(id).await;

    bench.admin("faults", anonymous(json!({"lose_answer_rate": 0}))).await;
    let pull = bench.run(SyncType::Full, FromGeniacs).await;
    let told = format!(
        "SELECT string_agg(record_id || error_type, ' ' ORDER BY record_id) FROM sync_record_errors WHERE sync_id = {}",
        pull.id
    );
    assert_eq!(bench.ask(&told).await, "1unknown_outcome 2unknown_outcome");
    assert_eq!((pull.status.as_str(), counts(&pull).failed), ("partial", 2));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_without_a_natural_key_is_recognised_where_the_partner_rounds_its_numbers() {
    let bench = Bench::start().await;
    let fields = [("name", "customer_name", "string"), ("balance", "customer_balance", "number")];
    let fields: Vec<_> = fields.map(|(local, geniacs, kind)| (local, geniacs, kind, Value::Null)).to_vec();
    map(&bench, "customers", &fields).await;
    bench.customers(3).await;
    bench.sql("UPDATE customers SET balance = id + 0.25").await;
    bench.admin("faults", anonymous(json!({"omit_results": true, "round_numbers": true}))).await;
    let sync = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!((sync.status.as_str(), counts(&sync).created), ("success", 3));
    let linked = "SELECT count(DISTINCT geniacs_id) FROM record_links WHERE NOT unconfirmed";
    assert_eq!((bench.ask(linked).await.as_str(), live(&bench).await), ("3", 3));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_nothing_tells_apart_is_sent_once_others_show_that_the_partner_keeps_local_ids() {
    let mut bench = Bench::without_worker().await;
    // The partner's own records have no local id.
    bench.admin("seed", json!({"entity": "customers", "count": 2, "seed": 5})).await;
    bench.customers(3).await;
    bench.sql("UPDATE customers SET customer_code = NULL WHERE id = 3").await;
    let fails =
        json!({"reject": [{"field": "external_id", "equals": "2"}], "reject_status": 500, "reject_unnamed": true});
    bench.admin("faults", forgetful(fails)).await;
    bench.add_worker(&[]);
    let sync = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!((sync.status.as_str(), counts(&sync).created, counts(&sync).failed), ("partial", 2, 1));
    assert_eq!(bench.ask("SELECT string_agg(record_id::text, ' ') FROM sync_record_errors").await, "2");
    assert_eq!(live(&bench).await, 4);
    bench.stop().await;
}
