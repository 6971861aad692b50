//! What happens while a push is under way, what options pass over, and unique values that change hands.

use crate::conflicts::{geniacs_id, in_step, there, told};
use crate::events::{deliver, ended, event, store};
use crate::harness::{Bench, LIMIT, counts, patient_settings};
use domain::sync::{SyncOptions, SyncRequest};
use domain::{
    Counts, SyncDirection, SyncDirection::Bidirectional, SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType,
};
use serde_json::json;
use test_support::eventually;

const ROW: &str = "SELECT name || ' ' || city FROM customers";

/// A push of the only customer, whose answer the partner holds; returns its number.
async fn push_under_way(bench: &Bench) -> i64 {
    bench.hold_answers_after(0).await;
    let id = bench.trigger_with(&bench.request(SyncType::Incremental, ToGeniacs), &patient_settings()).await;
    let noted = "SELECT count(*) FROM record_links WHERE sending IS NOT NULL";
    eventually("the request is noted", LIMIT, async || (bench.ask(noted).await == "1").then_some(())).await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_while_a_push_is_under_way_is_sent_later_and_not_taken_for_an_echo() {
    let bench = in_step("newest").await;

    bench.sql("UPDATE customers SET name = 'Siti R.'").await;
    let push = push_under_way(&bench).await;
    deliver(&bench, &[told(&bench, "e1", 60, json!({"customer_name": "Siti Aminah"})).await]).await;

    bench.let_answers_go().await;
    bench.ended(push).await;
    assert_eq!(bench.ask(ROW).await, "Siti Aminah Bandung");

    bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(there(&bench, "customer_name").await, "Siti Aminah");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_echo_that_comes_before_the_answer_of_its_push_does_not_undo_a_newer_edit() {
    let bench = in_step("newest").await;
    bench.sql("UPDATE customers SET name = 'Siti R.'").await;
    let push = push_under_way(&bench).await;

    bench.sql("UPDATE customers SET name = 'Siti Rahayu'").await;
    // The partner's clock is two minutes ahead.
    deliver(&bench, &[told(&bench, "e1", 120, json!({"customer_name": "Siti R."})).await]).await;

    bench.let_answers_go().await;
    bench.ended(push).await;
    assert_eq!(bench.ask(ROW).await, "Siti Rahayu Bandung");
    assert_eq!(bench.ask("SELECT count(*) FROM conflicts").await, "0");

    bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(there(&bench, "customer_name").await, "Siti Rahayu");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_event_about_a_value_from_before_a_push_is_superseded() {
    let bench = in_step("newest").await;

    bench.sql("UPDATE customers SET name = 'Siti R.'").await;
    bench.run(SyncType::Incremental, ToGeniacs).await;

    let late = told(&bench, "e1", -60, json!({"customer_name": "Siti Aminah"})).await;
    deliver(&bench, &[late]).await;

    assert_eq!(
        (bench.ask(ROW).await, there(&bench, "customer_name").await),
        ("Siti R. Bandung".into(), "Siti R.".into())
    );
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_run_takes_what_geniacs_holds_whatever_the_versions_say() {
    let bench = in_step("newest").await;
    let id = geniacs_id(&bench).await;
    bench.put(&format!("records/customers/{id}"), json!({"customer_name": "Siti Aminah"})).await;

    // A version from a clock that ran ahead, and a deletion that came late.
    for link in ["record_version = 4000000000000000", "deleted_version = 4000000000000000"] {
        bench.sql(&format!("UPDATE record_links SET {link}, last_synced_at = now() - interval '1 minute'")).await;
        bench.sql("UPDATE customers SET name = 'Siti', deleted_at = NULL").await;
        bench.sql("UPDATE record_links SET applied_xid = NULL, agreed = '{\"city\":\"Bandung\",\"customer_name\":\"Siti\",\"notes\":null}'").await;
        bench.run(SyncType::Full, FromGeniacs).await;
        assert_eq!(bench.ask(ROW).await, "Siti Aminah Bandung", "{link}");
    }
    bench.stop().await;
}

async fn run_without_updates(bench: &Bench, direction: SyncDirection) -> Counts {
    let options = SyncOptions { update_existing: false, ..SyncOptions::default() };
    let request = SyncRequest { options, ..bench.request(SyncType::Incremental, direction) };
    let sync = bench.trigger(&request).await;
    counts(&bench.ended(sync).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_a_pull_passed_over_is_not_overwritten_by_the_next_push() {
    let bench = in_step("newest").await;
    let id = geniacs_id(&bench).await;
    bench.put(&format!("records/customers/{id}"), json!({"city": "Jakarta"})).await;
    assert_eq!(run_without_updates(&bench, FromGeniacs).await.skipped, 1);
    assert_eq!(bench.ask(ROW).await, "Siti Bandung");

    bench.sql("UPDATE customers SET name = 'Siti R.'").await;
    bench.run(SyncType::Incremental, ToGeniacs).await;

    assert_eq!(bench.ask(ROW).await, "Siti R. Jakarta");
    assert_eq!(
        (there(&bench, "customer_name").await, there(&bench, "city").await),
        ("Siti R.".into(), "Jakarta".into())
    );
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unique_values_that_change_hands_reach_every_record() {
    let bench = Bench::start().await;
    bench.customers(4).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    let ids = bench.ask("SELECT string_agg(geniacs_id, ' ' ORDER BY local_id) FROM record_links").await;
    let ids: Vec<&str> = ids.split(' ').collect();
    // 1 and 2 swap, 3 takes what 4 gives up, and a new one takes what 3 gives up.
    for (n, code) in [(0, "C2"), (1, "C1"), (2, "C4"), (3, "C9")] {
        bench.put(&format!("records/customers/{}", ids[n]), json!({"customer_code": code})).await;
    }
    bench.admin("seed", json!({"entity": "customers", "count": 1, "seed": 5})).await;
    let records = bench.show("records/customers").await["records"].take();
    let new = records.as_array().unwrap().iter().find(|record| !ids.contains(&record["id"].as_str().unwrap())).unwrap();
    bench.put(&format!("records/customers/{}", new["id"].as_str().unwrap()), json!({"customer_code": "C3"})).await;
    let pull = bench.run(SyncType::Incremental, FromGeniacs).await;
    assert_eq!((pull.status.as_str(), counts(&pull).updated, counts(&pull).created), ("success", 4, 1));
    let codes = "SELECT string_agg(customer_code, ' ' ORDER BY id) FROM customers";
    assert_eq!(bench.ask(codes).await, "C2 C1 C4 C9 C3");

    let swap = |n: usize, code: &str| {
        let data = json!({"customer_id": ids[n], "customer_code": code});
        let mut told = event(&format!("e{n}"), "customer.updated", 1, &data);
        told["timestamp"] = json!(chrono::Utc::now() + chrono::Duration::seconds(100));
        told
    };
    let (one, two) = (swap(0, "C1"), swap(1, "C2"));
    bench
        .sql("ALTER TABLE geniacs_webhook_events ALTER available_at SET DEFAULT geniacs_now() + interval '1 second'")
        .await;
    store(&bench, &[one, two]).await;
    ended(&bench).await;
    assert_eq!(bench.ask(codes).await, "C1 C2 C4 C9 C3");
    let push = bench.run(SyncType::Full, Bidirectional).await;
    assert_eq!(push.status, "success");
    bench.stop().await;
}

/// Customers whom both sides know, all of whose telephone numbers one side then clears.
async fn cleared(count: i64, there: bool) -> Bench {
    let bench = Bench::start().await;
    bench.customers(count).await;
    bench.run(SyncType::Full, ToGeniacs).await;

    if there {
        let ids = bench.ask("SELECT string_agg(geniacs_id, ' ') FROM record_links").await;
        for id in ids.split(' ') {
            bench.put(&format!("records/customers/{id}"), json!({"customer_phone": null})).await;
        }
    } else {
        bench.sql("UPDATE customers SET phone = NULL").await;
    }
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_would_clear_most_records_stops_and_asks_in_both_directions() {
    for (direction, there) in [(FromGeniacs, true), (ToGeniacs, false)] {
        let bench = cleared(210, there).await;
        let position = "SELECT coalesce(updated_at::text, changed_xid::text) FROM sync_positions";
        let before = bench.ask(&format!("{position} WHERE direction = '{direction}'")).await;
        let stopped = bench.run(SyncType::Incremental, direction).await;
        assert_eq!((stopped.status.as_str(), stopped.error_type.as_deref()), ("failed", Some("clear_guard")));
        assert!(stopped.error_message.unwrap_or_default().contains("confirm_changes"));
        assert_eq!(bench.ask(&format!("{position} WHERE direction = '{direction}'")).await, before);
        let left = bench.ask("SELECT count(*) FROM customers WHERE phone IS NOT NULL").await;
        assert!(there == (left != "0"), "{direction}: {left}");

        let options = SyncOptions { confirm_changes: true, ..SyncOptions::default() };
        let request = SyncRequest { options, ..bench.request(SyncType::Incremental, direction) };
        let sync = bench.trigger(&request).await;
        assert_eq!(bench.ended(sync).await.status, "success", "{direction}");
        assert_eq!(bench.ask("SELECT count(*) FROM customers WHERE phone IS NOT NULL").await, "0", "{direction}");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_cleared_records_need_nobodys_word() {
    let bench = cleared(100, false).await;
    assert_eq!(bench.run(SyncType::Incremental, ToGeniacs).await.status, "success");
    bench.stop().await;
}
