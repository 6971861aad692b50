//! Stored events.

use crate::events::{OUTCOMES, deliver, ended, event, store};
use crate::harness::Bench;
use domain::{SyncDirection, SyncType};
use serde_json::{Value, json};

fn changed(id: &str, second: u32, field: &str, value: &str) -> Value {
    let changes = json!({field: {"old": "whatever", "new": value}});
    event(id, "customer.updated", second, &json!({"customer_id": "c1", "changes": changes}))
}

fn created(id: &str, second: u32, name: &str) -> Value {
    let data = json!({"customer_id": "c1", "customer_name": name, "customer_email": "a@example.com"});
    event(id, "customer.created", second, &data)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_created_changed_and_deleted_by_events() {
    let bench = Bench::start().await;
    deliver(&bench, &[created("e1", 1, "Budi")]).await;
    assert_eq!(bench.ask("SELECT name || ' ' || geniacs_customer_id FROM customers").await, "Budi c1");

    deliver(&bench, &[changed("e2", 2, "customer_name", "Budi Santoso"), changed("e3", 3, "email", "b@example.com")])
        .await;
    assert_eq!(bench.ask("SELECT name || ' ' || email FROM customers").await, "Budi Santoso b@example.com");

    deliver(&bench, &[event("e4", "customer.deleted", 4, &json!({"customer_id": "c1"}))]).await;
    assert_eq!(bench.ask("SELECT deleted_at IS NOT NULL FROM customers").await, "true");

    assert_eq!(
        bench.ask(OUTCOMES).await,
        "e1:processed:created e2:processed:updated e3:processed:updated e4:processed:deleted"
    );
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_event_does_not_overwrite_a_newer_one_but_applies_to_other_fields() {
    let bench = Bench::start().await;
    deliver(&bench, &[created("e1", 1, "One")]).await;

    let late_of_both = json!({"customer_id": "c1", "customer_name": "Four", "customer_phone": "+6281234567890"});
    deliver(&bench, &[changed("e5", 5, "customer_name", "Five")]).await;
    let late_of_both = event("e4", "customer.updated", 4, &late_of_both);
    deliver(&bench, &[changed("e3", 3, "customer_name", "Three"), late_of_both]).await;

    assert_eq!(bench.ask("SELECT name || ' ' || phone FROM customers").await, "Five +6281234567890");
    assert_eq!(
        bench.ask(OUTCOMES).await,
        "e1:processed:created e5:processed:updated e3:superseded:superseded e4:processed:updated"
    );
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_customer_stays_deleted_when_a_late_update_comes() {
    let bench = Bench::start().await;
    let deleted = event("e2", "customer.deleted", 5, &json!({"customer_id": "c1"}));
    deliver(&bench, &[created("e1", 1, "One"), deleted, changed("e3", 5, "customer_name", "Late")]).await;
    assert_eq!(bench.ask("SELECT name || ' ' || (deleted_at IS NOT NULL) FROM customers").await, "One true");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_overtakes_its_creation_is_applied_after_it() {
    let bench = Bench::start().await;
    deliver(&bench, &[changed("e2", 2, "customer_name", "New")]).await;
    assert_eq!(bench.ask(OUTCOMES).await, "e2:processed:unknown_record");
    deliver(&bench, &[created("e1", 1, "Old")]).await;
    assert_eq!(bench.ask("SELECT name FROM customers").await, "New");
    assert_eq!(bench.ask(OUTCOMES).await, "e2:processed:updated e1:processed:created");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_event_in_a_batch_is_set_aside_and_the_others_are_applied() {
    let mut bench = Bench::without_worker().await;
    let bad = event(
        "bad",
        "customer.created",
        1,
        &json!({"customer_id": "c9", "customer_name": "X", "customer_email": "none"}),
    );
    let wrong = event("wrong", "customer.updated", 1, &json!("nothing"));
    let unknown = event("unknown", "moon.landed", 1, &json!({}));

    store(&bench, &[bad, wrong, unknown, created("good", 1, "Good")]).await;
    bench.add_worker(&[]);
    ended(&bench).await;

    assert_eq!(
        bench.ask(OUTCOMES).await,
        "bad:set_aside:validation_error wrong:set_aside:malformed unknown:processed:unknown_type good:processed:created"
    );
    assert_eq!(bench.ask("SELECT string_agg(name, ' ') FROM customers").await, "Good");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_repeats_what_was_pushed_changes_nothing() {
    let bench = Bench::start().await;
    bench.customers(1).await;
    bench.run(SyncType::Full, SyncDirection::ToGeniacs).await;
    let id = bench.ask("SELECT geniacs_id FROM record_links").await;
    let echo = json!({"customer_id": id, "customer_name": "Customer 1", "customer_phone": "+6281200000001"});

    let before = bench.ask("SELECT xmin FROM customers").await;
    deliver(&bench, &[event("e1", "customer.updated", 1, &echo)]).await;

    assert_eq!(bench.ask(OUTCOMES).await, "e1:processed:unchanged");
    assert_eq!(bench.ask("SELECT xmin FROM customers").await, before);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_fails_again_when_it_is_replayed_is_set_aside_with_its_new_reason() {
    let bench = Bench::start().await;
    let bad = json!({"customer_id": "c1", "customer_name": "X", "customer_email": "none"});
    deliver(&bench, &[event("e1", "customer.created", 1, &bad)]).await;
    assert_eq!(bench.ask(OUTCOMES).await, "e1:set_aside:validation_error");

    let replay = "UPDATE geniacs_webhook_events SET state = 'received', outcome = NULL, processing_attempts = 0";
    for (cause, outcome) in [("false", "no_mapping"), ("true", "validation_error")] {
        bench.sql(&format!("UPDATE geniacs_field_mappings SET is_active = {cause}")).await;
        bench.sql(replay).await;
        ended(&bench).await;
        assert_eq!(bench.ask(OUTCOMES).await, format!("e1:set_aside:{outcome}"));
    }

    bench.sql("UPDATE geniacs_field_mappings SET validation_rules = NULL").await;
    bench.sql(replay).await;
    ended(&bench).await;
    assert_eq!(bench.ask(OUTCOMES).await, "e1:processed:created");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_type_is_stored_logged_and_processed_and_changes_nothing() {
    let bench = Bench::start().await;
    deliver(&bench, &[event("e1", "moon.landed", 1, &json!({"customer_id": "c1"}))]).await;
    assert_eq!(bench.ask(OUTCOMES).await, "e1:processed:unknown_type");
    assert_eq!(bench.ask("SELECT message FROM geniacs_sync_logs").await, "Unhandled webhook event type: moon.landed");
    bench.stop().await;
}
