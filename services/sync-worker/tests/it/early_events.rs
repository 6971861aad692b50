//! Events about records that a push is just creating: they come before the answer that links them.

use crate::events::{OUTCOMES, deliver, ended, event, store};
use crate::harness::{Bench, LIMIT};
use domain::{SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType};
use serde_json::{Value, json};
use test_support::eventually;

/// What the simulator calls the first customer that is pushed to it.
const FIRST: &str = "cust_1";

/// A bench whose only customer was sent, and whose answer nobody knows yet.
async fn pushing() -> (Bench, i64) {
    let mut bench = Bench::without_worker().await;
    bench.add_worker(&[("GENIACS_RETRY__CHUNK_BACKOFF_SECONDS", "600")]);
    bench.customers(1).await;
    bench.admin("faults", json!({"lose_answer_rate": 1, "ignore_idempotency": true})).await;

    let id = bench.trigger(&bench.request(SyncType::Full, ToGeniacs)).await;
    eventually("the request has no answer", LIMIT, async || {
        let put_off = "SELECT count(*) FROM sync_chunks WHERE kind = 'push' AND attempt = 1 AND worker IS NULL";
        (bench.ask(put_off).await == "1").then_some(())
    })
    .await;
    (bench, id)
}

/// Lets the push be tried again, and waits for its end.
async fn answer(bench: &Bench, id: i64) {
    bench.admin("faults", json!({"lose_answer_rate": 0})).await;
    bench.sql("UPDATE sync_chunks SET available_at = now() WHERE state = 'open'").await;
    bench.ended(id).await;
}

fn created(id: &str, customer: &str, name: &str) -> Value {
    let data = json!({"customer_id": customer, "customer_name": name, "customer_email": "c1@example.co.id"});
    event(id, "customer.created", 1, &data)
}

async fn outcome_is(bench: &Bench, outcome: &str) {
    eventually("the event was looked at", LIMIT, async || (bench.ask(OUTCOMES).await == outcome).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_news_of_a_creation_waits_for_the_answer_of_the_push_that_caused_it() {
    let (bench, id) = pushing().await;
    store(&bench, &[created("e1", FIRST, "Customer 1")]).await;
    outcome_is(&bench, "e1:received:awaits_push").await;
    answer(&bench, id).await;
    ended(&bench).await;
    assert_eq!(bench.ask("SELECT geniacs_id FROM record_links").await, FIRST);
    assert_eq!(bench.ask("SELECT count(*) FROM customers").await, "1", "no second row");
    assert_eq!(bench.ask("SELECT processing_attempts FROM geniacs_webhook_events").await, "1", "to wait is no attempt");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_events_end_and_are_opened_again_when_the_push_links_their_record() {
    let (bench, id) = pushing().await;

    let changes = json!({"customer_id": FIRST, "changes": {"customer_name": {"old": "Customer 1", "new": "Theirs"}}});
    let whole = json!({"customer_id": FIRST, "customer_name": "Theirs", "customer_email": "theirs@example.co.id"});
    // Changed after the push that is still to come: that one overwrites what was changed before it.
    let time = bench
        .ask("SELECT to_char((now() + interval '2 minutes') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")
        .await;
    let at = |id: &str, data: &Value| json!({"event_id": id, "event_type": "customer.updated", "timestamp": time, "data": data});

    store(&bench, &[at("e1", &changes), at("e2", &whole)]).await;
    outcome_is(&bench, "e1:processed:unknown_record e2:processed:unknown_record").await;
    assert_eq!(bench.ask("SELECT count(*) FROM customers").await, "1", "no second row");

    answer(&bench, id).await;
    eventually("both are applied", LIMIT, async || {
        (bench.ask("SELECT name || ' ' || email FROM customers").await == "Theirs theirs@example.co.id").then_some(())
    })
    .await;
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_news_of_a_record_of_the_partners_own_is_applied_once_the_push_is_answered() {
    let (bench, id) = pushing().await;
    store(&bench, &[created("e1", "theirs", "Another")]).await;
    outcome_is(&bench, "e1:received:awaits_push").await;
    answer(&bench, id).await;
    ended(&bench).await;
    assert_eq!(bench.ask(OUTCOMES).await, "e1:processed:created");
    assert_eq!(bench.ask("SELECT count(*) FROM customers").await, "2");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_waits_holds_up_no_other_and_does_not_wait_for_ever() {
    let (bench, _) = pushing().await;

    let mut about = created("e1", FIRST, "Customer 1");
    about["data"]["external_id"] = "1".into();
    store(&bench, &[about, event("e2", "moon.landed", 1, &json!({}))]).await;
    outcome_is(&bench, "e1:received:awaits_push e2:processed:unknown_type").await;

    // The mark is older than anything waits for: the event goes on, and finds the record by its local id.
    bench.sql("UPDATE record_links SET sent_at = sent_at - interval '2 hours'").await;
    bench.sql("UPDATE geniacs_webhook_events SET available_at = now()").await;
    ended(&bench).await;
    assert_eq!(bench.ask("SELECT geniacs_id FROM record_links WHERE local_id = 1").await, FIRST);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_found_no_record_is_opened_again_when_a_pull_links_one_that_was_here() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 1, "seed": 5})).await;
    let records = bench.show("records/customers").await;
    let (id, code) = (&records["records"][0]["id"], &records["records"][0]["fields"]["customer_code"]);

    let deleted = event(
        "e1",
        "customer.updated",
        1,
        &json!({"customer_id": id, "changes": {"customer_phone": {"new": "+6281234567890"}}}),
    );
    deliver(&bench, &[deleted]).await;
    assert_eq!(bench.ask(OUTCOMES).await, "e1:processed:unknown_record");

    bench
        .sql(&format!("INSERT INTO customers (customer_code, name) VALUES ('{}', 'Here')", code.as_str().unwrap()))
        .await;

    bench.run(SyncType::Full, FromGeniacs).await;
    eventually("it was looked at again", LIMIT, async || {
        (bench.ask(OUTCOMES).await != "e1:processed:unknown_record").then_some(())
    })
    .await;
    ended(&bench).await;

    assert_eq!(bench.ask("SELECT count(*) FROM customers").await, "1");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_is_applied_together_with_the_news_of_the_creation_is_not_lost() {
    for (first, second) in [(0, 1), (1, 0)] {
        let mut bench = Bench::without_worker().await;

        // Of one second, so that the order of arrival is all that tells.
        let both =
            [created("e1", "theirs", "Another"), event("e2", "customer.deleted", 1, &json!({"customer_id": "theirs"}))];
        store(&bench, &[both[first].clone(), both[second].clone()]).await;

        bench.add_worker(&[]);
        eventually("both are applied", LIMIT, async || {
            let linked = "SELECT count(*) FROM record_links WHERE deleted_version IS NOT NULL";
            (bench.ask(linked).await == "1").then_some(())
        })
        .await;

        ended(&bench).await;
        assert_eq!(bench.ask("SELECT count(*) FROM customers WHERE deleted_at IS NULL").await, "0");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_late_news_of_a_creation_makes_no_row_of_a_record_that_a_listing_showed_as_deleted() {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": 1, "seed": 5})).await;
    let id = bench.show("records/customers").await["records"][0]["id"].as_str().expect("an id").to_owned();
    bench.http.delete(format!("{}/records/customers/{id}", bench.partner.admin_url)).send().await.expect("an answer");
    for sync_type in [SyncType::Full, SyncType::Full] {
        bench.run(sync_type, FromGeniacs).await;
        assert_eq!(bench.ask("SELECT count(*) FROM customers").await, "0");
    }
    deliver(&bench, &[created("e1", &id, "Late")]).await;
    assert_eq!(bench.ask(OUTCOMES).await, "e1:processed:unknown_record");
    assert_eq!(bench.ask("SELECT count(*) FROM customers").await, "0");

    // It was brought back since.
    let mut again = created("e2", &id, "Revived");
    again["timestamp"] = json!(chrono::Utc::now() + chrono::Duration::seconds(60));
    deliver(&bench, &[again]).await;
    eventually("it is made", LIMIT, async || {
        (bench.ask("SELECT name FROM customers WHERE deleted_at IS NULL").await == "Revived").then_some(())
    })
    .await;
    ended(&bench).await;
    assert_eq!(bench.ask(OUTCOMES).await, "e1:superseded:superseded e2:processed:created");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_news_of_a_record_whose_id_was_not_told_is_not_taken_for_a_row_that_has_its_key_now() {
    let bench = Bench::start().await;
    bench.customers(2).await;
    bench.admin("faults", json!({"forget_external_id": true, "ignore_external_id_filter": true})).await;
    bench.run(SyncType::Full, ToGeniacs).await;

    // As after an answer that told no ids, while the rows have exchanged their keys since.
    bench.sql("UPDATE record_links SET geniacs_id = NULL, unconfirmed = true, sent_key = 'C' || local_id").await;
    bench.sql("UPDATE customers SET geniacs_customer_id = NULL, customer_code = NULL").await;
    bench.sql("UPDATE customers SET customer_code = 'C' || 3 - id").await;

    let data = json!({"customer_id": FIRST, "customer_code": "C1", "customer_name": "Customer 1"});
    store(&bench, &[event("e1", "customer.created", 1, &data)]).await;
    outcome_is(&bench, "e1:received:awaits_push").await;

    bench.run(SyncType::Incremental, ToGeniacs).await;
    ended(&bench).await;

    let links = "SELECT string_agg(geniacs_id, ' ' ORDER BY local_id) FROM record_links";
    assert_eq!(bench.ask(links).await, format!("{FIRST} cust_2"));
    assert_eq!(bench.ask("SELECT count(*) FROM customers").await, "2");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_news_of_a_change_makes_no_row_and_is_applied_once_its_record_is_linked() {
    let bench = Bench::start().await;
    let whole = json!({"customer_id": "c1", "customer_name": "Theirs", "customer_email": "theirs@example.co.id"});
    deliver(&bench, &[event("e2", "customer.updated", 2, &whole)]).await;
    assert_eq!(bench.ask(OUTCOMES).await, "e2:processed:unknown_record");
    assert_eq!(bench.ask("SELECT count(*) FROM customers").await, "0", "only the news of a creation makes a row");

    deliver(&bench, &[created("e1", "c1", "Customer 1")]).await;
    eventually("the change is applied", LIMIT, async || {
        (bench.ask("SELECT name || ' ' || email FROM customers").await == "Theirs theirs@example.co.id").then_some(())
    })
    .await;
    bench.stop().await;
}
