//! What the history of records tells.

use crate::harness::{Bench, run_settings};
use domain::{SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType};
use serde_json::{Value, json};
use storage::records::history::{self, HistoryRow, Stretch};
use storage::runs::syncs::RunSettings;

async fn timeline(bench: &Bench, id: i64) -> Vec<HistoryRow> {
    let stretch = Stretch { limit: 100, ..Stretch::default() };
    let mut connection = bench.connection().await;
    history::timeline(&mut connection, domain::EntityType::Customers, id, &stretch).await.expect("the timeline")
}

/// Direction, action and cause of each line, oldest first.
async fn told(bench: &Bench, id: i64) -> Vec<String> {
    let mut lines = timeline(bench, id).await;
    lines.reverse();
    lines.iter().map(|line| format!("{} {} {}", line.direction, line.action, line.cause)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_tells_what_was_pushed_with_old_and_new_values_and_nothing_of_runs_that_left_it_alone() {
    let bench = Bench::start().await;
    bench.customers(3).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    bench.run(SyncType::Full, ToGeniacs).await;

    bench.sql("UPDATE customers SET name = 'Changed' WHERE id = 2").await;
    let update = bench.run(SyncType::Incremental, ToGeniacs).await;
    bench.sql("DELETE FROM customers WHERE id = 2").await;
    bench.run(SyncType::Incremental, ToGeniacs).await;

    let expected = ["to_geniacs created sync", "to_geniacs updated sync", "to_geniacs deleted sync"];
    assert_eq!(told(&bench, 2).await, expected);

    let lines = timeline(&bench, 2).await;
    assert_eq!(lines[1].changes, Some(json!({"name": {"old": "Customer 2", "new": "Changed"}})));
    assert_eq!((lines[1].sync_id, lines[1].sync_type.as_deref()), (Some(update.id), Some("incremental")));
    assert_eq!(lines[2].changes, None, "a new record's values are nowhere but in the record");
    assert_eq!(told(&bench, 1).await, ["to_geniacs created sync"]);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_tells_what_came_from_geniacs() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 5, "seed": 7})).await;
    bench.run(SyncType::Full, FromGeniacs).await;

    bench.put("records/customers/cust_2", json!({"customer_name": "From Geniacs"})).await;
    bench.run(SyncType::Full, FromGeniacs).await;

    let id: i64 = bench.ask("SELECT local_id FROM record_links WHERE geniacs_id = 'cust_2'").await.parse().expect("id");
    assert_eq!(told(&bench, id).await, ["from_geniacs created sync", "from_geniacs updated sync"]);

    let lines = timeline(&bench, id).await;
    let changes = lines[0].changes.clone().unwrap_or_default();
    assert_eq!(changes["name"]["new"], "From Geniacs", "{changes}");
    assert_eq!(changes.as_object().map(serde_json::Map::len), Some(1), "{changes}");
    assert_eq!(bench.ask("SELECT count(*) FROM record_history").await, "6");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_told_with_its_reason_and_a_later_retry_as_such() {
    let bench = Bench::start().await;
    bench.customers(2).await;

    bench.sql("UPDATE customers SET email = 'nobody' WHERE id = 1").await;
    let failed = bench.run(SyncType::Full, ToGeniacs).await;
    bench.sql("UPDATE customers SET email = 'somebody@example.com' WHERE id = 1").await;
    bench.retry(&failed, &RunSettings { max_attempts: 1, ..run_settings() }).await;

    assert_eq!(told(&bench, 1).await, ["to_geniacs failed sync", "to_geniacs created retry"]);

    let reason = timeline(&bench, 1).await[1].reason.clone().unwrap_or_default();
    assert!(reason.starts_with("validation_error: email: "), "{reason}");
    assert!(!reason.contains("nobody"), "{reason}");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_about_a_record_is_told_also_one_that_came_too_late() {
    let bench = Bench::start().await;
    bench.customers(1).await;
    bench.run(SyncType::Full, ToGeniacs).await;

    let event = |n: u8, seconds: i64, name: &str| -> Value {
        let at = chrono::Utc::now() + chrono::Duration::seconds(seconds);
        json!({"event_id": format!("e{n}"), "event_type": "customer.updated", "timestamp": at,
            "data": {"customer_id": "cust_1", "changes": {"customer_name": {"old": "?", "new": name}}}})
    };

    crate::events::deliver(&bench, &[event(1, 100, "Second")]).await;
    crate::events::deliver(&bench, &[event(2, 60, "First")]).await;

    let expected = ["to_geniacs created sync", "from_geniacs updated webhook", "from_geniacs superseded webhook"];
    assert_eq!(told(&bench, 1).await, expected);

    let lines = timeline(&bench, 1).await;
    assert_eq!(lines[1].changes, Some(json!({"name": {"old": "Customer 1", "new": "Second"}})));
    assert_eq!(lines[1].event_type.as_deref(), Some("customer.updated"));
    bench.stop().await;
}
