//! Unique values that change hands at Geniacs: across the pages of a listing, in events told one by one, and where only one
//! of two changes is told.

use crate::events::{ended, store};
use crate::harness::{Bench, LIMIT, counts, run_settings};
use crate::odd_partner::{Asked, Reply, replace_partner};
use chrono::{Duration, Utc};
use domain::{SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use storage::runs::syncs::RunSettings;
use test_support::eventually;

const CODES: &str = "SELECT string_agg(customer_code, ' ' ORDER BY id) FROM customers";
const STATES: &str = "SELECT string_agg(DISTINCT state::text, ' ') FROM geniacs_webhook_events";

/// Customers whom both sides know by the codes C1, C2…, and their ids there.
async fn known(count: i64) -> (Bench, Vec<String>) {
    let bench = Bench::start().await;
    bench.customers(count).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    let ids = bench.ask("SELECT string_agg(geniacs_id, ' ' ORDER BY local_id) FROM record_links").await;
    let ids = ids.split(' ').map(str::to_owned).collect();
    (bench, ids)
}

async fn give(bench: &Bench, geniacs_id: &str, code: &str) {
    bench.put(&format!("records/customers/{geniacs_id}"), json!({"customer_code": code})).await;
}

fn told(geniacs_id: &str, code: &str) -> Value {
    json!({"event_id": format!("{geniacs_id} {code}"), "event_type": "customer.updated",
        "timestamp": Utc::now() + Duration::seconds(60), "data": {"customer_id": geniacs_id, "customer_code": code}})
}

async fn put_off(bench: &Bench) {
    let waits = "SELECT count(*) FROM geniacs_webhook_events WHERE state = 'failed' AND outcome = 'duplicate_value'";
    eventually("the event waits", LIMIT, async || (bench.ask(waits).await == "1").then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_change_hands_between_the_pages_of_a_listing_reach_every_record() {
    let (bench, ids) = known(5).await;
    // 1 and 2 swap, 3 takes from 4, 4 from 5, and 5 from 3.
    for (n, code) in [(0, "C2"), (1, "C1"), (2, "C4"), (3, "C5"), (4, "C3")] {
        give(&bench, &ids[n], code).await;
    }
    for sync_type in [SyncType::Incremental, SyncType::Full] {
        let settings = RunSettings { batch_size: 1, ..run_settings() };
        let id = bench.trigger_with(&bench.request(sync_type, FromGeniacs), &settings).await;
        let pull = bench.ended(id).await;
        let expected = if sync_type == SyncType::Incremental { (5, 0) } else { (0, 5) };
        assert_eq!((counts(&pull).updated, counts(&pull).unchanged), expected);
        assert_eq!((pull.status.as_str(), pull.total_records), ("success", Some(5)), "{:?}", pull.error_message);
        assert_eq!(bench.ask(CODES).await, "C2 C1 C4 C5 C3");
    }
    assert_eq!(bench.ask("SELECT count(*) FROM sync_record_errors").await, "0");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_two_records_claim_for_good_fails_one_of_them_once() {
    let (bench, ids) = known(2).await;
    give(&bench, &ids[0], "C2").await;
    let pull = bench.run(SyncType::Incremental, FromGeniacs).await;
    assert_eq!(
        (pull.status.as_str(), counts(&pull).failed, pull.total_records),
        ("partial", 1, Some(counts(&pull).read))
    );
    assert_eq!(bench.ask("SELECT string_agg(error_type, ' ') FROM sync_record_errors").await, "duplicate_value");
    assert_eq!(bench.ask(CODES).await, "C1 C2");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_records_that_swap_a_value_come_right_when_they_are_told_one_by_one() {
    for (first, second) in [(0, 1), (1, 0)] {
        let (bench, ids) = known(2).await;
        let code = |n: usize| ["C2", "C1"][n];
        store(&bench, &[told(&ids[first], code(first))]).await;
        put_off(&bench).await;
        store(&bench, &[told(&ids[second], code(second))]).await;
        ended(&bench).await;
        assert_eq!((bench.ask(CODES).await.as_str(), bench.ask(STATES).await.as_str()), ("C2 C1", "processed"));
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_value_that_another_row_holds_waits_and_the_rest_of_the_record_is_taken_at_once() {
    let (bench, ids) = known(2).await;
    let mut event = told(&ids[0], "C2");
    event["timestamp"] = json!(Utc::now());
    event["data"]["customer_name"] = json!("Theirs");
    // A push overwrites at Geniacs what nobody here has heard of.
    bench.sql("UPDATE customers SET email = 'edited@example.com' WHERE id = 1").await;
    bench.run(SyncType::Incremental, ToGeniacs).await;
    store(&bench, &[event]).await;
    put_off(&bench).await;
    let first = "SELECT customer_code || ' ' || name FROM customers WHERE id = 1";
    assert_eq!(bench.ask(first).await, "C1 Theirs");
    let history =
        "SELECT action || ' ' || (changes #>> '{name,new}') || ' ' || (changes ? 'customer_code') FROM record_history
        WHERE direction = 'from_geniacs'";
    assert_eq!(bench.ask(history).await, "failed Theirs false");

    bench.run(SyncType::Incremental, ToGeniacs).await;
    let there = bench.record("customers", &ids[0]).await;
    assert_eq!((&there["customer_code"], &there["customer_name"]), (&json!("C1"), &json!("Theirs")));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_set_aside_for_a_value_is_applied_once_that_is_given_up() {
    for other in ["C1", "C9"] {
        let (bench, ids) = known(2).await;
        store(&bench, &[told(&ids[0], "C2")]).await;
        put_off(&bench).await;
        // The last attempt.
        bench.sql("UPDATE geniacs_webhook_events SET processing_attempts = 4, available_at = geniacs_now()").await;
        ended(&bench).await;
        assert_eq!(bench.ask(STATES).await, "set_aside");
        store(&bench, &[told(&ids[1], other)]).await;
        let right = format!("C2 {other}");
        eventually("both are right", LIMIT, async || (bench.ask(CODES).await == right).then_some(())).await;
        ended(&bench).await;
        assert_eq!(bench.ask(STATES).await, "processed");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_set_aside_for_a_value_is_applied_once_a_row_here_has_given_it_up() {
    let (bench, ids) = known(2).await;
    store(&bench, &[told(&ids[0], "C2")]).await;
    put_off(&bench).await;
    bench.sql("UPDATE geniacs_webhook_events SET processing_attempts = 4, available_at = geniacs_now()").await;
    ended(&bench).await;
    assert_eq!(bench.ask(STATES).await, "set_aside");
    bench.sql("UPDATE customers SET customer_code = 'C9' WHERE id = 2").await;
    bench.run(SyncType::Incremental, ToGeniacs).await;
    eventually("both are right", LIMIT, async || (bench.ask(CODES).await == "C2 C9").then_some(())).await;
    ended(&bench).await;
    assert_eq!(bench.ask(STATES).await, "processed");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_of_which_only_one_side_is_told_comes_right_with_the_next_pull() {
    for told_of in [0, 1] {
        let (bench, ids) = known(2).await;
        let code = |n: usize| ["C2", "C1"][n];
        for (n, id) in ids.iter().enumerate() {
            give(&bench, id, code(n)).await;
        }
        store(&bench, &[told(&ids[told_of], code(told_of))]).await;
        put_off(&bench).await;
        let pull = bench.run(SyncType::Incremental, FromGeniacs).await;
        assert_eq!((pull.status.as_str(), bench.ask(CODES).await.as_str()), ("success", "C2 C1"));
        ended(&bench).await;
        assert_ne!(bench.ask(STATES).await, "set_aside");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_row_could_not_take_is_not_undone_by_the_next_push_of_the_record() {
    let (bench, ids) = known(2).await;
    give(&bench, &ids[0], "C2").await;
    bench.run(SyncType::Incremental, FromGeniacs).await;
    bench.sql("UPDATE customers SET name = 'Another' WHERE id = 1").await;
    let push = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!((push.status.as_str(), counts(&push).failed), ("failed", 1));
    assert_eq!(bench.record("customers", &ids[0]).await["customer_code"], "C2");
    assert_eq!(
        bench.ask("SELECT string_agg(DISTINCT error_type, ' ') FROM sync_record_errors").await,
        "duplicate_value"
    );

    // Once the value is free, both changes arrive.
    bench.sql("UPDATE customers SET customer_code = 'C9' WHERE id = 2").await;
    bench.run(SyncType::Full, FromGeniacs).await;
    let push = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(push.status, "success");
    assert_eq!(bench.ask(CODES).await, "C2 C9");
    let there = bench.record("customers", &ids[0]).await;
    assert_eq!((&there["customer_code"], &there["customer_name"]), (&json!("C2"), &json!("Another")));
    bench.stop().await;
}

/// The codes of a partner's records, by their ids there.
type Codes = Arc<Mutex<HashMap<String, Option<String>>>>;

/// The codes C1, C2… of these records.
fn codes_of(ids: &[String]) -> Codes {
    let codes = ids.iter().enumerate().map(|(n, id)| (id.clone(), Some(format!("C{}", n + 1))));
    Arc::new(Mutex::new(codes.collect()))
}

/// The codes that the partner has of these records.
fn held(codes: &Codes, ids: &[String]) -> String {
    let codes = codes.lock().expect("nobody failed meanwhile");
    let codes: Vec<&str> = ids.iter().map(|id| codes[id].as_deref().unwrap_or("-")).collect();
    codes.join(" ")
}

/// A partner that holds these records, takes one after the other, and refuses a code that another one holds.
fn refuses_duplicates(codes: Codes) -> impl Fn(&Asked) -> Reply + Send + Sync + 'static {
    move |asked| {
        let mut codes = codes.lock().expect("nobody failed meanwhile");
        let shown = |(id, code): (&String, &Option<String>)| json!({"customer_id": id, "customer_code": code});

        if asked.path == "/customers" {
            return Reply::page(&codes.iter().map(shown).collect::<Vec<_>>());
        }
        if asked.path != "/customers/sync" {
            return Reply::not_found();
        }
        let mut results = Vec::new();
        for (index, record) in asked.body["data"].as_array().expect("records").iter().enumerate() {
            let id = record["customer_id"].as_str().expect("an id").to_owned();
            let code = record["customer_code"].as_str().map(str::to_owned);
            let is_held = code.is_some() && codes.iter().any(|(other, held)| *other != id && *held == code);
            results.push(if is_held {
                let error = json!({"type": "validation_error", "message": "this code is taken"});
                json!({"index": index, "status": "failed", "error": error})
            } else {
                codes.insert(id.clone(), code);
                json!({"index": index, "status": "updated", "id": id})
            });
        }

        let failed = results.iter().filter(|result| result["status"] == "failed").count();
        let taken = results.len() - failed;
        Reply::ok(json!({"success": true, "synced_records": taken, "failed_records": failed, "results": results}))
    }
}

/// Whether a request sends a record without its code.
fn sends_no_code(asked: &Asked) -> bool {
    asked.body["data"].as_array().into_iter().flatten().any(|record| record["customer_code"].is_null())
}

/// Rows get these codes here, as far as they differ from those that they have.
async fn exchange_here(bench: &Bench, codes: &[&str]) {
    bench.sql("UPDATE customers SET customer_code = NULL").await;
    for (n, code) in codes.iter().enumerate() {
        bench.sql(&format!("UPDATE customers SET customer_code = '{code}' WHERE id = {}", n + 1)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_exchange_their_codes_reach_a_partner_that_takes_one_after_the_other() {
    for exchanged in [&["C2", "C1"][..], &["C2", "C3", "C1"], &["C3", "C1", "C2", "C5", "C4"]] {
        let (bench, ids) = known(i64::try_from(exchanged.len()).expect("few")).await;
        let codes = codes_of(&ids);
        replace_partner(&bench, refuses_duplicates(codes.clone())).await;
        exchange_here(&bench, exchanged).await;
        let push = bench.run(SyncType::Incremental, ToGeniacs).await;
        assert_eq!((push.status.as_str(), counts(&push).updated), ("success", i64::try_from(ids.len()).expect("few")));
        assert_eq!(held(&codes, &ids), exchanged.join(" "));
        let again = bench.run(SyncType::Full, FromGeniacs).await;
        assert_eq!((counts(&again).updated, bench.ask(CODES).await), (0, exchanged.join(" ")));
        let again = bench.run(SyncType::Incremental, ToGeniacs).await;
        assert_eq!((counts(&again).updated, counts(&again).failed), (0, 0), "nothing is left to be sent");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_several_batches_that_exchange_their_codes_are_sent_together_when_the_run_is_tried_again() {
    let (bench, ids) = known(3).await;
    let codes = codes_of(&ids);
    replace_partner(&bench, refuses_duplicates(codes.clone())).await;
    exchange_here(&bench, &["C3", "C2", "C1"]).await;
    let settings = RunSettings { batch_size: 2, max_attempts: 1, retry_failed: false, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Incremental, ToGeniacs), &settings).await;
    let push = bench.ended(id).await;
    assert_eq!(bench.ask("SELECT count(*) FROM sync_record_errors WHERE retryable").await, "2");
    let retry = bench.retry(&push, &settings).await;
    assert_eq!((retry.status.as_str(), held(&codes, &ids).as_str()), ("success", "C3 C2 C1"));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_that_may_not_be_empty_cannot_be_exchanged_and_the_failure_names_the_remedy() {
    for is_required in [true, false] {
        let (bench, ids) = known(2).await;
        let codes = codes_of(&ids);
        let takes = refuses_duplicates(codes.clone());
        let refuses = |asked: &Asked| asked.path == "/customers/sync" && sends_no_code(asked);
        let message = json!({"error": {"type": "validation_error", "message": "the code is missing"}});
        replace_partner(
            &bench,
            move |asked| if refuses(asked) { Reply::new(422, message.clone()) } else { takes(asked) },
        )
        .await;
        if is_required {
            bench.sql("UPDATE geniacs_field_mappings SET is_required = true WHERE local_field = 'customer_code'").await;
        }
        exchange_here(&bench, &["C2", "C1"]).await;
        let push = bench.run(SyncType::Incremental, ToGeniacs).await;
        assert_eq!((push.status.as_str(), counts(&push).failed), ("failed", 2));
        assert_eq!(held(&codes, &ids), "C1 C2");
        let message = bench
            .ask("SELECT string_agg(DISTINCT error_message, ' ') FROM sync_record_errors WHERE NOT retryable")
            .await;
        assert!(message.contains("exchange their customer_code") && message.contains("in a later run"), "{message}");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_was_given_up_for_a_moment_is_neither_lost_nor_pulled_when_the_answer_gets_lost() {
    let (bench, ids) = known(2).await;
    let codes = codes_of(&ids);
    let takes = refuses_duplicates(codes.clone());
    // The record was sent without its code and taken, but nobody hears of it.
    replace_partner(&bench, move |asked| {
        let reply = takes(asked);
        if asked.path == "/customers/sync" && sends_no_code(asked) { Reply::new(500, json!({})) } else { reply }
    })
    .await;
    exchange_here(&bench, &["C2", "C1"]).await;
    let settings = RunSettings { max_attempts: 1, retry_failed: false, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Incremental, ToGeniacs), &settings).await;
    bench.ended(id).await;
    assert_eq!(held(&codes, &ids), "- C2");
    bench.run(SyncType::Full, FromGeniacs).await;
    assert_eq!(bench.ask(CODES).await, "C2 C1", "what Geniacs holds meanwhile is our own word");

    let push = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!((push.status.as_str(), held(&codes, &ids).as_str()), ("success", "C2 C1"));
    assert_eq!(bench.ask(CODES).await, "C2 C1");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_was_given_up_for_a_moment_is_given_back_where_the_exchange_fails() {
    let (bench, ids) = known(2).await;
    let codes = codes_of(&ids);
    let takes = refuses_duplicates(codes.clone());
    let second = ids[1].clone();
    // It takes nothing of the second record.
    replace_partner(&bench, move |asked| {
        let holds = |record: &Value| record["customer_id"] == second.as_str();
        let all = asked.body["data"].as_array();
        if all.is_some_and(|records| records.len() == 1 && records.iter().any(holds)) {
            return Reply::new(422, json!({"error": {"type": "validation_error", "message": "no"}}));
        }
        takes(asked)
    })
    .await;
    exchange_here(&bench, &["C2", "C1"]).await;
    let settings = RunSettings { max_attempts: 1, retry_failed: false, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Incremental, ToGeniacs), &settings).await;
    let push = bench.ended(id).await;
    assert_eq!((push.status.as_str(), counts(&push).failed), ("failed", 2));
    assert_eq!((held(&codes, &ids).as_str(), bench.ask(CODES).await.as_str()), ("C1 C2", "C2 C1"));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_another_record_gives_up_in_a_later_batch_is_sent_again_in_the_same_run() {
    let (bench, ids) = known(3).await;
    replace_partner(&bench, refuses_duplicates(codes_of(&ids))).await;
    // 1 takes from 2, and 2 from 3.
    for (id, code) in [(3, "C9"), (2, "C3"), (1, "C2")] {
        bench.sql(&format!("UPDATE customers SET customer_code = '{code}' WHERE id = {id}")).await;
    }
    // In the order in which the partner cannot take them.
    bench.sql("UPDATE customers SET name = name || '!' WHERE id = 2").await;
    bench.sql("UPDATE customers SET name = name || '!' WHERE id = 3").await;
    let settings = RunSettings { batch_size: 1, ..run_settings() };
    let id = bench.trigger_with(&bench.request(SyncType::Incremental, ToGeniacs), &settings).await;
    let push = bench.ended(id).await;
    assert_eq!((push.status.as_str(), counts(&push).updated), ("success", 3), "{:?}", push.error_message);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_taken_for_good_fails_its_record_after_the_last_attempt() {
    let (bench, ids) = known(1).await;
    let codes = codes_of(&ids);
    codes.lock().expect("nobody else").insert("somebody".to_owned(), Some("C7".to_owned()));
    replace_partner(&bench, refuses_duplicates(codes)).await;
    bench.sql("UPDATE customers SET customer_code = 'C7'").await;
    let push = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!((push.status.as_str(), counts(&push).failed), ("failed", 1));
    assert_eq!(
        bench.ask("SELECT string_agg(error_type || retryable, ' ') FROM sync_record_errors").await,
        "validation_errorfalse"
    );
    let again = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(counts(&again).read, 0, "the position has moved");
    bench.stop().await;
}
