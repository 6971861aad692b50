//! What is stored and cannot be read back stops nothing else.

use crate::events::{ended, event, map, store};
use crate::harness::{Bench, LIMIT, counts};
use domain::{EntityType, SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType};
use serde_json::json;
use test_support::eventually;

/// JSON that PostgreSQL holds and that cannot be read: its key says that a number follows, and none does.
const UNREADABLE: &str = r#"{"$serde_json::private::Number": "no number"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_event_that_cannot_be_read_back_is_set_aside_and_stops_no_other() {
    let mut bench = Bench::without_worker().await;
    let created = |id: &str| {
        event(
            id,
            "customer.created",
            1,
            &json!({"customer_id": id, "customer_name": id, "customer_email": "a@example.com"}),
        )
    };

    store(&bench, &[created("e1"), created("e2"), created("e3")]).await;
    bench.sql(&format!("UPDATE geniacs_webhook_events SET payload = '{UNREADABLE}' WHERE event_id = 'e1'")).await;
    bench.add_worker(&[]);

    let first =
        "SELECT concat_ws(' ', state, outcome, processing_attempts) FROM geniacs_webhook_events WHERE event_id = 'e1'";
    eventually("its attempt is counted", LIMIT, async || {
        (bench.ask(first).await == "failed unreadable 1").then_some(())
    })
    .await;
    assert_eq!(bench.ask("SELECT string_agg(name, ' ' ORDER BY name) FROM customers").await, "e2 e3");

    bench
        .sql("UPDATE geniacs_webhook_events SET processing_attempts = 4, available_at = now() WHERE event_id = 'e1'")
        .await;
    ended(&bench).await;

    assert_eq!(bench.ask(first).await, "set_aside unreadable 5");
    let reason = bench.ask("SELECT error_message FROM geniacs_webhook_events WHERE event_id = 'e1'").await;
    assert!(reason.contains("cannot be read back") && !reason.contains("no number"), "{reason}");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_or_a_conflict_that_cannot_be_read_back_fails_its_record_alone() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 20, "seed": 3})).await;
    bench.run(SyncType::Full, FromGeniacs).await;

    bench
        .sql(&format!(
            "UPDATE record_links SET field_versions = '{UNREADABLE}' WHERE local_id = (SELECT min(id) FROM customers)"
        ))
        .await;
    bench
        .sql(&format!(
            "INSERT INTO conflicts (integration_id, entity_type, local_id, geniacs_id, policy, state, fields)
             SELECT integration_id, entity_type, local_id, geniacs_id, 'manual', 'open', '{UNREADABLE}' FROM record_links
             WHERE local_id = (SELECT max(id) FROM customers)"
        ))
        .await;

    let sync = bench.run(SyncType::Full, FromGeniacs).await;
    assert_eq!((sync.status.as_str(), counts(&sync).unchanged, counts(&sync).failed), ("partial", 18, 2));
    let kinds = "SELECT string_agg(DISTINCT error_type, ' ') FROM sync_record_errors";
    assert_eq!(bench.ask(kinds).await, "data_error");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_read_back_fails_alone_in_a_push() {
    let bench = Bench::start().await;
    map(
        &bench,
        "payments",
        &[("amount", "amount", "number", json!(null)), ("gateway_response", "answer", "string", json!(null))],
    )
    .await;

    bench.sql("INSERT INTO payments (amount) SELECT n FROM generate_series(1, 20) n").await;
    bench.sql(&format!("UPDATE payments SET gateway_response = '{UNREADABLE}' WHERE id = 7")).await;

    let sync = bench.run_entity(EntityType::Payments, SyncType::Full, ToGeniacs).await;
    assert_eq!((sync.status.as_str(), counts(&sync).created, counts(&sync).failed), ("partial", 19, 1));
    assert_eq!(bench.ask("SELECT record_id || error_type FROM sync_record_errors").await, "7record_unreadable");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_plan_or_walk_cannot_be_read_back_ends_and_others_go_on() {
    for column in ["plan", "walk", "data"] {
        let mut bench = Bench::without_worker().await;
        bench.customers(2).await;
        let bad = bench.trigger(&bench.request(SyncType::Full, ToGeniacs)).await;
        bench.sql(&format!("UPDATE geniacs_data_sync SET {column} = '{UNREADABLE}' WHERE id = {bad}")).await;
        bench.add_worker(&[]);

        let ended = "SELECT status || ' ' || error_type FROM geniacs_data_sync ORDER BY id LIMIT 1";
        eventually("it ends", LIMIT, async || (bench.ask(ended).await == "failed data_error").then_some(())).await;

        let next = bench.run(SyncType::Full, ToGeniacs).await;
        assert_eq!((next.status.as_str(), counts(&next).read), ("success", 2), "{column}");
        bench.stop().await;
    }
}
