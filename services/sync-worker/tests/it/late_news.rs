//! Edits at Geniacs that a push of the whole record has overwritten there before anybody here heard of them, and values of
//! Geniacs' that cannot be taken here.

use crate::conflicts::{geniacs_id, in_step, there, told};
use crate::events::{deliver, event};
use crate::harness::{Bench, LIMIT, counts};
use crate::provider_refusals::refuse;
use domain::{SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType};
use serde_json::{Value, json};
use test_support::eventually;

const ROW: &str = "SELECT name || ' ' || city FROM customers";

async fn edit_there(bench: &Bench, fields: Value) {
    let id = geniacs_id(bench).await;
    bench.put(&format!("records/customers/{id}"), fields).await;
}

/// An edit of the only customer's city there, and the event that tells of it.
async fn moves_there(bench: &Bench, event_id: &str, city: &str) -> Value {
    edit_there(bench, json!({"city": city})).await;
    let data = json!({"customer_id": geniacs_id(bench).await, "city": city});
    let mut told = event(event_id, "customer.updated", 1, &data);
    told["timestamp"] = json!(chrono::Utc::now());
    told
}

async fn both_say(bench: &Bench, name: &str, city: &str) {
    assert_eq!(bench.ask(ROW).await, format!("{name} {city}"));
    assert_eq!((there(bench, "customer_name").await, there(bench, "city").await), (name.to_owned(), city.to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_there_that_a_push_overwrote_before_it_was_told_is_taken_and_put_back() {
    let bench = in_step("newest").await;
    let (one, two) = (moves_there(&bench, "e1", "Jakarta").await, moves_there(&bench, "e2", "Medan").await);
    bench.sql("UPDATE customers SET name = 'Siti R.'").await;
    bench.run(SyncType::Incremental, ToGeniacs).await;
    both_say(&bench, "Siti R.", "Bandung").await;

    deliver(&bench, &[one]).await;
    assert_eq!(bench.ask(ROW).await, "Siti R. Jakarta");
    // What Geniacs still holds is no news.
    bench.run(SyncType::Full, FromGeniacs).await;
    assert_eq!(bench.ask(ROW).await, "Siti R. Jakarta");
    deliver(&bench, &[two]).await;
    bench.run(SyncType::Incremental, ToGeniacs).await;
    both_say(&bench, "Siti R.", "Medan").await;

    assert_eq!(counts(&bench.run(SyncType::Incremental, ToGeniacs).await).updated, 0);
    assert_eq!(bench.ask("SELECT count(*) FROM conflicts").await, "0");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_of_an_event_comes_too_late_is_named_in_the_history() {
    let bench = in_step("newest").await;
    let fields = json!({"city": "Jakarta", "notes": "there"});
    edit_there(&bench, fields.clone()).await;
    let mut data = fields;
    data["customer_id"] = json!(geniacs_id(&bench).await);
    let mut told = event("e1", "customer.updated", 1, &data);
    told["timestamp"] = json!(chrono::Utc::now());
    bench.sql("UPDATE customers SET city = 'Medan'").await;
    bench.run(SyncType::Incremental, ToGeniacs).await;

    deliver(&bench, &[told]).await;
    assert_eq!(bench.ask("SELECT city || ' ' || notes FROM customers").await, "Medan there");
    let reason = "SELECT reason FROM record_history WHERE action = 'updated' AND direction = 'from_geniacs'";
    assert_eq!(bench.ask(reason).await, r#"older than what is known: {"city":"Jakarta"}"#);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_there_that_is_told_while_the_push_that_overwrites_it_is_under_way_is_put_back() {
    let bench = in_step("newest").await;
    let told = moves_there(&bench, "e1", "Jakarta").await;
    bench.sql("UPDATE customers SET name = 'Siti R.'").await;
    bench.hold_answers_after(0).await;
    let push = bench.trigger(&bench.request(SyncType::Incremental, ToGeniacs)).await;
    let noted = "SELECT count(*) FROM record_links WHERE sending IS NOT NULL";
    eventually("the request is noted", LIMIT, async || (bench.ask(noted).await == "1").then_some(())).await;
    deliver(&bench, &[told]).await;
    bench.let_answers_go().await;
    bench.ended(push).await;

    bench.run(SyncType::Incremental, ToGeniacs).await;
    both_say(&bench, "Siti R.", "Jakarta").await;
    assert_eq!(bench.ask("SELECT count(*) FROM conflicts").await, "0");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_there_after_a_push_without_an_answer_is_merged_before_the_record_is_sent_again() {
    let mut bench = Bench::without_worker().await;
    bench.add_worker(&[("GENIACS_RETRY__CHUNK_BACKOFF_SECONDS", "2")]);
    bench.customers(1).await;
    bench.admin("faults", json!({"lose_answer_rate": 1})).await;
    let push = bench.trigger(&bench.request(SyncType::Incremental, ToGeniacs)).await;
    let failed = "SELECT count(*) FROM sync_chunks WHERE kind = 'push' AND attempt > 0";
    eventually("the request has failed", LIMIT, async || (bench.ask(failed).await != "0").then_some(())).await;

    let record = bench.show("records/customers").await["records"][0]["id"].as_str().unwrap_or_default().to_owned();
    bench.put(&format!("records/customers/{record}"), json!({"customer_name": "Changed there"})).await;
    bench.sql("UPDATE customers SET customer_code = 'HERE'").await;
    bench.admin("faults", json!({"lose_answer_rate": 0})).await;
    bench.ended(push).await;
    bench.run(SyncType::Incremental, ToGeniacs).await;

    assert_eq!(bench.ask("SELECT name || ', ' || customer_code FROM customers").await, "Changed there, HERE");
    let record = bench.record("customers", &record).await;
    assert_eq!(
        (record["customer_name"].as_str(), record["customer_code"].as_str()),
        (Some("Changed there"), Some("HERE"))
    );
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_the_database_refuses_is_not_overwritten_at_geniacs() {
    for by_event in [false, true] {
        let bench = in_step("newest").await;
        refuse(&bench, "UPDATE", "IF NEW.city = 'Jakarta' THEN RAISE EXCEPTION 'no service there'; END IF").await;
        edit_there(&bench, json!({"city": "Jakarta"})).await;
        if by_event {
            deliver(&bench, &[told(&bench, "e1", 0, json!({"city": "Jakarta"})).await]).await;
        } else {
            assert_eq!(counts(&bench.run(SyncType::Incremental, FromGeniacs).await).failed, 1);
        }

        bench.sql("UPDATE customers SET name = 'Siti R.'").await;
        let push = bench.run(SyncType::Incremental, ToGeniacs).await;
        assert_eq!((push.status.as_str(), counts(&push).failed), ("failed", 1), "by event: {by_event}");
        let reason = format!("SELECT error_message FROM sync_record_errors WHERE sync_id = {}", push.id);
        assert!(bench.ask(&reason).await.contains("no service there"));
        assert_eq!(there(&bench, "city").await, "Jakarta", "by event: {by_event}");

        bench.sql("DROP TRIGGER provider ON customers").await;
        bench.run(SyncType::Full, ToGeniacs).await;
        both_say(&bench, "Siti R.", "Jakarta").await;
        bench.stop().await;
    }
}
