//! What events of about the time of a push mean: echoes of it, and edits there that it has overwritten. The partner's clock is
//! known in whole seconds only, so that the times of both may be in the wrong order.

use crate::conflicts::{geniacs_id, in_step, there};
use crate::events::{deliver, event};
use crate::harness::Bench;
use chrono::{DateTime, Duration, Utc};
use domain::{SyncDirection::ToGeniacs, SyncType};
use serde_json::{Value, json};

/// An event about the only customer.
async fn told(bench: &Bench, event_id: &str, at: DateTime<Utc>, mut data: Value) -> Value {
    data["customer_id"] = json!(geniacs_id(bench).await);
    let mut told = event(event_id, "customer.updated", 1, &data);
    told["timestamp"] = json!(at);
    told
}

/// An event that shows the whole record.
async fn shown(bench: &Bench, event_id: &str, at: DateTime<Utc>, (name, city): (&str, &str)) -> Value {
    told(bench, event_id, at, json!({"customer_name": name, "city": city})).await
}

/// An event that tells of nothing but a new city.
async fn moved(bench: &Bench, event_id: &str, at: DateTime<Utc>, (old, new): (&str, &str)) -> Value {
    told(bench, event_id, at, json!({"changes": {"city": {"old": old, "new": new}}})).await
}

/// People there give the customer another city, of which nobody hears yet.
async fn move_there(bench: &Bench, city: &str) {
    let id = geniacs_id(bench).await;
    bench.put(&format!("records/customers/{id}"), json!({"city": city})).await;
}

/// The name changes here, and a push overwrites the whole record there.
async fn rename(bench: &Bench, name: &str) {
    bench.sql(&format!("UPDATE customers SET name = '{name}'")).await;
    bench.run(SyncType::Incremental, ToGeniacs).await;
}

async fn both_say(bench: &Bench, name: &str, city: &str) {
    bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(bench.ask("SELECT name || ' ' || city FROM customers").await, format!("{name} {city}"));
    assert_eq!((there(bench, "customer_name").await, there(bench, "city").await), (name.to_owned(), city.to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_echo_of_an_earlier_push_undoes_no_edit_there() {
    let bench = in_step("newest").await;
    move_there(&bench, "Jakarta").await;
    let told = moved(&bench, "e1", Utc::now(), ("Bandung", "Jakarta")).await;
    rename(&bench, "Siti R.").await;
    let echo = shown(&bench, "e2", Utc::now(), ("Siti R.", "Bandung")).await;
    rename(&bench, "Siti Rahayu").await;

    deliver(&bench, &[told]).await;
    deliver(&bench, &[echo]).await;
    both_say(&bench, "Siti Rahayu", "Jakarta").await;
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_echo_of_a_push_does_not_undo_what_the_next_one_gave_back() {
    let bench = in_step("newest").await;
    move_there(&bench, "Jakarta").await;
    let told = moved(&bench, "e1", Utc::now(), ("Bandung", "Jakarta")).await;
    rename(&bench, "Siti R.").await;
    let echo = shown(&bench, "e2", Utc::now(), ("Siti R.", "Bandung")).await;
    deliver(&bench, &[told]).await;
    bench.run(SyncType::Incremental, ToGeniacs).await;

    deliver(&bench, &[echo]).await;
    both_say(&bench, "Siti R.", "Jakarta").await;
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_before_a_push_brings_back_nothing_that_the_push_has_replaced() {
    // By a clock that is a second ahead, it is of after the push.
    for ahead in [0, 1] {
        let bench = in_step("geniacs").await;
        move_there(&bench, "Jakarta").await;
        let at = Utc::now() + Duration::seconds(ahead);
        let told = shown(&bench, "e1", at, ("Siti", "Jakarta")).await;
        rename(&bench, "Siti R.").await;

        deliver(&bench, &[told]).await;
        both_say(&bench, "Siti R.", "Jakarta").await;
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_echo_by_a_clock_that_is_a_second_wrong_undoes_no_edit_there() {
    for ahead in [-1, 1] {
        let bench = in_step("newest").await;
        bench.sql("UPDATE record_links SET record_version = 0, field_versions = '{}'").await;
        move_there(&bench, "Jakarta").await;
        rename(&bench, "Siti R.").await;
        let from = bench.ask("SELECT field_versions -> '  pushed' ->> 1 FROM record_links").await;
        let at = DateTime::from_timestamp_micros(from.parse().expect("microseconds")).expect("a moment");
        let at = at + Duration::seconds(ahead);
        let told = moved(&bench, "e1", at - Duration::milliseconds(1), ("Bandung", "Jakarta")).await;
        let echo = shown(&bench, "e2", at, ("Siti R.", "Bandung")).await;

        deliver(&bench, &[told]).await;
        deliver(&bench, &[echo]).await;
        both_say(&bench, "Siti R.", "Jakarta").await;
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_after_a_push_that_takes_back_one_of_before_it_is_taken() {
    let bench = in_step("newest").await;
    move_there(&bench, "Jakarta").await;
    let told = moved(&bench, "e1", Utc::now(), ("Bandung", "Jakarta")).await;
    rename(&bench, "Siti R.").await;
    let later = Utc::now() + Duration::seconds(60);
    let back = moved(&bench, "e2", later, ("Medan", "Bandung")).await;

    deliver(&bench, &[told]).await;
    deliver(&bench, &[back]).await;
    both_say(&bench, "Siti R.", "Bandung").await;
    bench.stop().await;
}
