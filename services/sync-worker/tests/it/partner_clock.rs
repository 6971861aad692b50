//! Partners whose clocks differ from ours, or who tell no times.

use crate::events::{deliver, event};
use crate::harness::Bench;
use crate::odd_partner::{Asked, Reply, replace_partner};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use domain::{SyncDirection::FromGeniacs, SyncType};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const NAMES: &str = "SELECT string_agg(name, ' ' ORDER BY name) FROM customers WHERE deleted_at IS NULL";

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn customer(id: &str, name: &str, updated_at: Option<DateTime<Utc>>) -> Value {
    json!({"customer_id": id, "customer_name": name, "customer_email": format!("{id}@example.com"),
        "updated_at": updated_at.map(text)})
}

/// The first event is about a record that nobody knows here: only the news of its creation makes a row.
fn kind_of(id: &str) -> &'static str {
    if id == "e1" { "customer.created" } else { "customer.updated" }
}

/// What a partner lists, by its own clock; it honours `updated_since`.
#[derive(Clone, Default)]
struct Listed(Arc<Mutex<Vec<Value>>>);

impl Listed {
    fn set(&self, records: Vec<Value>) {
        *self.0.lock().expect("not poisoned") = records;
    }

    fn answer(&self, asked: &Asked) -> Reply {
        let all = self.0.lock().expect("not poisoned").clone();
        let since = asked.query.get("updated_since").map(|since| since.parse::<DateTime<Utc>>().expect("a time"));
        let is_new = |record: &Value| {
            let told = record["updated_at"].as_str().and_then(|at| at.parse::<DateTime<Utc>>().ok());
            since.is_none() || told.is_none() || told >= since
        };
        Reply::page(&all.into_iter().filter(is_new).collect::<Vec<_>>())
    }
}

async fn bench_with(listed: &Listed, ahead: TimeDelta) -> Bench {
    let bench = Bench::start().await;
    let listed = listed.clone();
    replace_partner(&bench, move |asked| listed.answer(asked).dated(Utc::now() + ahead)).await;
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_dated_2099_hides_neither_later_changes_nor_events() {
    let listed = Listed::default();
    let bench = bench_with(&listed, TimeDelta::zero()).await;
    let far = "2099-01-01T00:00:00Z".parse().expect("a time");
    listed.set(vec![customer("c1", "One", Some(far)), customer("c2", "Two", Some(Utc::now()))]);
    bench.run(SyncType::Incremental, FromGeniacs).await;

    listed.set(vec![customer("c1", "One", Some(far)), customer("c2", "Second", Some(Utc::now()))]);
    bench.run(SyncType::Incremental, FromGeniacs).await;
    assert_eq!(bench.ask(NAMES).await, "One Second", "the position has not moved to 2099");

    let mut deleted = event("e1", "customer.deleted", 0, &json!({"customer_id": "c1"}));
    deleted["timestamp"] = json!(text(Utc::now()));
    deliver(&bench, &[deleted]).await;
    assert_eq!(bench.ask(NAMES).await, "Second");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_whose_clock_is_seven_hours_ahead_misses_and_supersedes_nothing() {
    for hours in [7, -7] {
        let ahead = TimeDelta::hours(hours);
        let there = || Utc::now() + ahead;
        let listed = Listed::default();
        let bench = bench_with(&listed, ahead).await;
        listed.set(vec![customer("c1", "One", Some(there())), customer("c2", "Two", Some(there()))]);
        for _ in 0..3 {
            bench.run(SyncType::Incremental, FromGeniacs).await;
        }
        let known = bench.ask("SELECT partner_ahead_micros / 3600000000.0 FROM integration_limits").await;
        let known: f64 = known.parse().expect("a number");
        assert!((known - f64::from(i32::try_from(hours).expect("small"))).abs() < 0.01, "{known}");

        let mut changed = event("e1", "customer.updated", 0, &json!({"customer_id": "c1", "customer_name": "First"}));
        changed["timestamp"] = json!(text(there()));
        deliver(&bench, &[changed]).await;
        listed.set(vec![customer("c1", "First", Some(there())), customer("c2", "Second", Some(there()))]);
        bench.run(SyncType::Incremental, FromGeniacs).await;
        assert_eq!(bench.ask(NAMES).await, "First Second", "{hours}");

        let mut deleted = event("e2", "customer.deleted", 0, &json!({"customer_id": "c2"}));
        deleted["timestamp"] = json!(text(there()));
        deliver(&bench, &[deleted]).await;
        assert_eq!(bench.ask(NAMES).await, "First", "{hours}");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_without_times_wins_over_events_that_came_before_it() {
    let listed = Listed::default();
    let bench = bench_with(&listed, TimeDelta::zero()).await;
    listed.set(vec![customer("c1", "One", None)]);
    bench.run(SyncType::Full, FromGeniacs).await;
    let mut changed = event("e1", "customer.updated", 0, &json!({"customer_id": "c1", "customer_name": "Two"}));
    changed["timestamp"] = json!(text(Utc::now()));
    deliver(&bench, &[changed]).await;
    assert_eq!(bench.ask(NAMES).await, "Two");

    listed.set(vec![customer("c1", "Three", None)]);
    bench.run(SyncType::Incremental, FromGeniacs).await;
    assert_eq!(bench.ask(NAMES).await, "Three");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn times_of_different_precision_are_put_in_the_right_order() {
    let bench = Bench::start().await;

    let told = |id: &str, at: &str, name: &str| {
        json!({"event_id": id, "event_type": kind_of(id), "timestamp": format!("2026-01-01T10:00:{at}Z"),
            "data": {"customer_id": "c1", "customer_name": name, "customer_email": "a@example.com"}})
    };

    deliver(&bench, &[told("e1", "04.300", "First")]).await;
    deliver(&bench, &[told("e2", "04", "Second")]).await;
    assert_eq!(bench.ask(NAMES).await, "Second", "of the same second, and arrived later");

    deliver(&bench, &[told("e3", "04.200", "Older")]).await;
    assert_eq!(bench.ask(NAMES).await, "Second", "older than the finer time");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_partner_that_has_answered_nothing_yet_are_put_in_order_by_its_clock() {
    for hours in [7, -7] {
        let ahead = TimeDelta::hours(hours);
        let bench = bench_with(&Listed::default(), ahead).await;

        let there = Utc::now() + ahead;
        let told = |id: &str, seconds: i64, name: &str| {
            let data = json!({"customer_id": "c1", "customer_name": name, "customer_email": "a@example.com"});
            let at = text(there - TimeDelta::seconds(seconds));
            json!({"event_id": id, "event_type": kind_of(id), "timestamp": at, "data": data})
        };

        for event in [told("e1", 20, "First"), told("e2", 5, "Newest"), told("e3", 10, "Older")] {
            deliver(&bench, &[event]).await;
        }

        assert_eq!(bench.ask(NAMES).await, "Newest", "{hours}");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_of_the_far_future_counts_as_its_arrival_where_the_partner_does_not_answer() {
    let bench = Bench::start().await;
    replace_partner(&bench, |_| Reply::not_found()).await;

    let told = |id: &str, at: &str, name: &str| {
        let data = json!({"customer_id": "c1", "customer_name": name, "customer_email": "a@example.com"});
        json!({"event_id": id, "event_type": kind_of(id), "timestamp": at, "data": data})
    };

    deliver(&bench, &[told("e1", "2099-01-01T00:00:00Z", "First")]).await;
    deliver(&bench, &[told("e2", &text(Utc::now()), "Second")]).await;
    assert_eq!(bench.ask(NAMES).await, "Second");
    bench.stop().await;
}
