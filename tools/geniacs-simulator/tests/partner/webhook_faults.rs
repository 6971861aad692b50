//! Webhooks as they come: more than once, in any order, late.

use crate::partner::Partner;
use crate::receiver::{Taken, receiver};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

/// Sends a hundred events about customers, with these faults.
async fn sent(faults: Value) -> (Value, Arc<Mutex<Taken>>) {
    let (url, taken) = receiver();
    let partner = Partner::start();
    partner.order("/seed", json!({"entity": "customers", "count": 100})).await;
    partner.order("/faults", json!({"webhooks": faults})).await;
    let order = json!({"url": url, "secret": "hook", "entity": "customers", "count": 100, "concurrency": 1});
    (partner.order("/webhooks", order).await, taken)
}

fn texts<'a>(taken: &'a Taken, field: &str) -> Vec<&'a str> {
    taken.accepted.iter().filter_map(|event| event[field].as_str()).collect()
}

#[tokio::test]
async fn without_faults_they_come_once_in_the_order_of_their_times() {
    let (report, taken) = sent(json!({})).await;
    assert_eq!((&report["sent"], &report["duplicates"], &report["late"]), (&json!(100), &json!(0), &json!(0)));
    assert!(texts(&taken.lock().unwrap(), "timestamp").is_sorted());
}

#[tokio::test]
async fn repeated_ones_have_the_same_id_and_body() {
    let (report, taken) = sent(json!({"duplicate_rate": 1, "copies": 2})).await;
    assert_eq!((&report["sent"], &report["duplicates"]), (&json!(300), &json!(200)));
    let taken = taken.lock().unwrap();
    let bodies: HashSet<String> = taken.accepted.iter().map(Value::to_string).collect();
    let ids: HashSet<&str> = texts(&taken, "event_id").into_iter().collect();
    assert_eq!((taken.accepted.len(), bodies.len(), ids.len()), (300, 100, 100));
}

#[tokio::test]
async fn reordered_ones_stay_within_their_batch_or_not() {
    let (_, taken) = sent(json!({"shuffle_within": 10})).await;
    let taken = taken.lock().unwrap();
    let times = texts(&taken, "timestamp");
    assert!(!times.is_sorted());
    let batches: Vec<HashSet<&str>> = times.chunks(10).map(|batch| batch.iter().copied().collect()).collect();
    let mut in_order = times.clone();
    in_order.sort_unstable();
    assert!(in_order.chunks(10).zip(&batches).all(|(right, batch)| right.iter().all(|time| batch.contains(time))));
}

#[tokio::test]
async fn late_ones_come_after_their_turn() {
    let (report, taken) = sent(json!({"late_rate": 0.2, "late_ms": 300})).await;
    let late = report["late"].as_u64().unwrap();
    assert!((5..40).contains(&late), "{late}");
    let taken = taken.lock().unwrap();
    assert_eq!(taken.accepted.len(), 100);
    assert!(!texts(&taken, "timestamp").is_sorted());
}

#[tokio::test]
async fn some_lie_about_their_time_or_say_nothing_about_themselves() {
    let (_, taken) = sent(json!({"old_rate": 1, "old_seconds": 86400})).await;
    let yesterday = (chrono::Utc::now() - chrono::TimeDelta::hours(23)).to_rfc3339();
    assert!(texts(&taken.lock().unwrap(), "timestamp").into_iter().all(|time| time < yesterday.as_str()));

    let (_, taken) = sent(json!({"old_rate": 1, "old_seconds": -86400})).await;
    let tomorrow = (chrono::Utc::now() + chrono::TimeDelta::hours(23)).to_rfc3339();
    assert!(texts(&taken.lock().unwrap(), "timestamp").into_iter().all(|time| time > tomorrow.as_str()));

    let (report, taken) = sent(json!({"no_id_rate": 1, "no_timestamp_rate": 0.5})).await;
    assert_eq!(report["accepted"], 100);

    let taken = taken.lock().unwrap();
    assert!(texts(&taken, "event_id").is_empty());
    assert!((20..80).contains(&texts(&taken, "timestamp").len()));
}

#[tokio::test]
async fn an_order_has_the_last_word() {
    let (url, taken) = receiver();
    let partner = Partner::start();
    partner.order("/seed", json!({"entity": "invoices", "count": 50})).await;
    partner.order("/scenario", json!({"name": "shuffled"})).await;
    let order = json!({"url": url, "secret": "hook", "entity": "invoices", "count": 50, "concurrency": 1,
        "duplicate_rate": 0, "shuffle": false, "late_rate": 0, "old_rate": 0, "no_timestamp_rate": 0});
    assert_eq!(partner.order("/webhooks", order).await["sent"], 50);
    assert!(texts(&taken.lock().unwrap(), "timestamp").is_sorted());
}
