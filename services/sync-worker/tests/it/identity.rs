//! Which record is which: merged ones, re-keyed ones, and ids that are hard to ask for.

use crate::events::deliver;
use crate::harness::{Bench, LIMIT, counts};
use crate::odd_partner::{Asked, Reply, replace_partner};
use domain::sync::{SyncOptions, SyncRequest};
use domain::{SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType};
use serde_json::{Value, json};
use storage::runs::syncs::SyncRow;
use test_support::eventually;

const LIVE: &str = "SELECT string_agg(l.geniacs_id || ':' || c.id || ':' || c.name, ' ' ORDER BY c.id) FROM customers c
    JOIN record_links l ON l.local_id = c.id AND l.entity_type = 'customers' WHERE c.deleted_at IS NULL";

fn customer(id: &str, name: &str) -> Value {
    json!({"customer_id": id, "customer_name": name, "customer_email": format!("{}@example.com", name.to_lowercase()),
        "updated_at": "2026-01-01T00:00:00Z"})
}

fn with(mut record: Value, field: &str, value: Value) -> Value {
    record[field] = value;
    record
}

/// A partner that lists these and knows no others; asked for `old`, it shows the first.
fn lists(records: Vec<Value>, merged: Option<&'static str>) -> impl Fn(&Asked) -> Reply + Send + Sync + 'static {
    move |asked| match asked.path.strip_prefix("/customers/") {
        None => Reply::page(&records),
        Some(id) if Some(id) == merged => Reply::ok(records[0].clone()),
        Some(id) => {
            let known = records.iter().find(|record| record["customer_id"] == id);
            known.map_or_else(Reply::not_found, |record| Reply::ok(record.clone()))
        }
    }
}

async fn pull(bench: &Bench, delete_missing: bool) -> SyncRow {
    let options = SyncOptions { delete_missing, confirm_deletes: delete_missing, ..SyncOptions::default() };
    let sync = bench.trigger(&SyncRequest { options, ..bench.request(SyncType::Full, FromGeniacs) }).await;
    bench.ended(sync).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_was_merged_into_another_is_missing_and_the_other_one_is_named() {
    let bench = Bench::start().await;
    replace_partner(&bench, lists(vec![customer("c1", "One"), customer("c2", "Two")], None)).await;
    pull(&bench, false).await;

    replace_partner(&bench, lists(vec![customer("c1", "One")], Some("c2"))).await;
    let sync = pull(&bench, true).await;

    assert_eq!((sync.status.as_str(), counts(&sync).deleted), ("success", 1));
    assert_eq!(bench.ask(LIVE).await, "c1:1:One", "and nothing is overwritten");
    let named = "SELECT count(*) FROM geniacs_sync_logs WHERE message LIKE '%no record c2 any more%shows c1%'";
    assert_eq!(bench.ask(named).await, "1");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_whose_id_cannot_be_asked_for_is_never_missing() {
    let bench = Bench::start().await;
    let odd = ["a/b", "..", "50%", "c 1"];

    let records = odd.iter().enumerate().map(|(n, id)| customer(id, &format!("N{n}"))).collect();
    replace_partner(&bench, lists(records, None)).await;
    pull(&bench, false).await;

    replace_partner(&bench, lists(Vec::new(), None)).await;
    let sync = pull(&bench, true).await;
    assert_eq!((sync.status.as_str(), counts(&sync).deleted), ("success", 1));
    assert_eq!(bench.ask(LIVE).await, "a/b:1:N0 ..:2:N1 50%:3:N2", "only `c 1` can be asked for");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_external_id_matches_no_record_here() {
    let bench = Bench::start().await;
    bench.customers(1).await;

    for (n, foreign) in ["01", "+1", " 1", "1.0"].into_iter().enumerate() {
        let record = with(customer(&format!("c{n}"), &format!("N{n}")), "external_id", json!(foreign));
        replace_partner(&bench, lists(vec![record], None)).await;
        pull(&bench, false).await;
        assert_eq!(bench.ask("SELECT name FROM customers WHERE id = 1").await, "Customer 1", "{foreign:?}");
    }

    let ours = with(customer("c9", "Mine"), "external_id", json!(1));
    replace_partner(&bench, lists(vec![ours], None)).await;
    pull(&bench, false).await;
    assert_eq!(bench.ask("SELECT name FROM customers WHERE id = 1").await, "Mine");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_spellings_of_one_id_make_one_customer() {
    let bench = Bench::start().await;
    let spelled = |id: &str| serde_json::from_str::<Value>(id).expect("a number");

    for id in ["17", "17.0", "1.7e1", "\"17\""] {
        replace_partner(&bench, lists(vec![with(customer("x", "One"), "customer_id", spelled(id))], None)).await;
        pull(&bench, false).await;
        let body = format!(
            r#"{{"event_id": {id}, "event_type": "customer.updated", "timestamp": "2026-01-01T00:00:01Z",
                "data": {{"customer_id": {id}, "customer_name": "One", "customer_email": "one@example.com"}}}}"#
        );
        deliver(&bench, &[serde_json::from_str(&body).expect("JSON")]).await;
    }

    assert_eq!(bench.ask(LIVE).await, "17:1:One");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_got_another_id_is_linked_anew() {
    for (named_by, value) in [("external_id", json!("1")), ("customer_code", json!("GEN-7"))] {
        for delete_missing in [false, true] {
            let bench = Bench::start().await;
            crate::events::map(
                &bench,
                "customers",
                &[
                    ("name", "customer_name", "string", Value::Null),
                    ("email", "customer_email", "string", Value::Null),
                    ("customer_code", "customer_code", "string", Value::Null),
                ],
            )
            .await;

            let record =
                |id, name| with(with(customer(id, name), "customer_code", json!("GEN-7")), named_by, value.clone());
            replace_partner(&bench, lists(vec![record("old", "One")], None)).await;
            pull(&bench, false).await;

            replace_partner(&bench, lists(vec![record("new", "Two")], None)).await;
            let sync = pull(&bench, delete_missing).await;

            assert_eq!(sync.status, "success", "{named_by}: {:?}", sync.error_message);
            let counts = counts(&sync);
            assert_eq!((counts.updated, counts.created, counts.deleted), (1, 0, 0), "{named_by}");
            assert_eq!(bench.ask(LIVE).await, "new:1:Two", "{named_by}");

            bench.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_claims_the_external_id_of_one_that_is_still_there_takes_nothing_over() {
    let bench = Bench::start().await;

    let old = with(customer("old", "One"), "external_id", json!("1"));
    replace_partner(&bench, lists(vec![old.clone()], None)).await;
    pull(&bench, false).await;

    let claims = with(customer("new", "Two"), "external_id", json!("1"));
    replace_partner(&bench, lists(vec![old, claims], None)).await;
    pull(&bench, true).await;

    assert_eq!(bench.ask("SELECT local_id FROM record_links WHERE geniacs_id = 'old'").await, "1");
    assert_eq!(bench.ask("SELECT name FROM customers WHERE id = 1").await, "One");
    bench.stop().await;
}

/// A record that row 1 is of, under this id.
fn first(id: &str, name: &str) -> Value {
    with(customer(id, name), "external_id", json!("1"))
}

/// Row 1, linked to the record `old`, which is now `new` at the partner.
async fn rekeyed() -> Bench {
    let bench = Bench::start().await;
    replace_partner(&bench, lists(vec![first("old", "One")], None)).await;
    pull(&bench, false).await;
    replace_partner(&bench, lists(vec![first("new", "Two")], None)).await;
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_about_a_record_under_another_id_makes_no_second_row_and_is_applied_once_it_is_linked() {
    for kind in ["customer.created", "customer.updated"] {
        let bench = rekeyed().await;

        let event = json!({"event_id": "e1", "event_type": kind, "timestamp": "2026-01-02T00:00:00Z",
            "data": first("new", "Three")});
        deliver(&bench, &[event]).await;
        assert_eq!(bench.ask(LIVE).await, "old:1:One", "{kind}");

        pull(&bench, false).await;
        eventually("the event is applied", LIMIT, async || (bench.ask(LIVE).await == "new:1:Three").then_some(()))
            .await;
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_event_about_the_id_that_a_record_had_before_makes_no_second_row() {
    let bench = rekeyed().await;
    pull(&bench, false).await;
    let event = json!({"event_id": "e1", "event_type": "customer.created", "timestamp": "2026-01-02T00:00:00Z",
        "data": customer("old", "Three")});
    deliver(&bench, &[event]).await;
    assert_eq!(bench.ask(LIVE).await, "new:1:Two");
    assert_eq!(bench.ask(crate::events::OUTCOMES).await, "e1:processed:unknown_record");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_shows_a_record_under_another_id_as_the_one_that_it_is() {
    let bench = rekeyed().await;
    let options = SyncOptions { dry_run: true, delete_missing: true, confirm_deletes: true, ..SyncOptions::default() };
    let sync = bench.trigger(&SyncRequest { options, ..bench.request(SyncType::Full, FromGeniacs) }).await;
    let counts = counts(&bench.ended(sync).await);
    assert_eq!((counts.updated, counts.created, counts.deleted), (1, 0, 0));
    assert_eq!(bench.ask(LIVE).await, "old:1:One");
    let planned = "SELECT string_agg(local_id || ':' || geniacs_id || ':' || action, ' ') FROM sync_plan_items";
    assert_eq!(bench.ask(planned).await, "1:old:update");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_another_id_moves_the_link_only_if_the_former_record_is_gone() {
    for former_is_there in [false, true] {
        let bench = Bench::start().await;
        replace_partner(&bench, lists(vec![customer("old", "One")], None)).await;
        pull(&bench, false).await;

        bench.sql("UPDATE customers SET name = 'Edited'").await;
        replace_partner(&bench, move |asked| match asked.path.as_str() {
            "/customers/sync" => Reply::ok(json!({"success": true, "synced_records": 1, "failed_records": 0,
                "results": [{"index": 0, "id": "new", "status": "updated"}]})),
            "/customers/old" if former_is_there => Reply::ok(customer("old", "One")),
            _ => Reply::not_found(),
        })
        .await;

        let push = bench.run(SyncType::Incremental, ToGeniacs).await;
        let (status, linked) = if former_is_there { ("failed", "old") } else { ("success", "new") };
        assert_eq!(push.status, status);
        assert_eq!(bench.ask(LIVE).await, format!("{linked}:1:Edited"));
        bench.stop().await;
    }
}
