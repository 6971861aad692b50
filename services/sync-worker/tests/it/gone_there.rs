//! Records that Geniacs does not have any more when they are pushed under their ids.

use crate::events::{deliver, event};
use crate::harness::{Bench, counts, run_settings};
use crate::odd_partner::{Asked, Reply, replace_partner};
use domain::{SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use storage::runs::syncs::RunSettings;

const LINK: &str = "SELECT geniacs_id FROM record_links";
const LIVE: &str = "SELECT count(*) FROM customers WHERE deleted_at IS NULL";

fn customer() -> Value {
    json!({"customer_id": "gone", "customer_name": "Siti", "customer_email": "siti@example.com",
        "updated_at": "2026-01-01T00:00:00Z"})
}

/// Does not have `gone` any more, in these words, and takes what comes without an id as `new`.
fn without_it(word: &'static str) -> impl Fn(&Asked) -> Reply + Send + Sync + 'static {
    move |asked| {
        if asked.path != "/customers/sync" {
            return Reply::not_found();
        }

        let known = asked.body["data"][0]["customer_id"].is_string();
        let result = if known {
            json!({"index": 0, "status": "failed", "error": {"type": word, "message": "there is no such record"}})
        } else {
            json!({"index": 0, "status": "created", "id": "new"})
        };

        let failed = usize::from(known);
        Reply::ok(json!({"success": true, "synced_records": 1 - failed, "failed_records": failed, "results": [result]}))
    }
}

/// A customer whom both sides know, and a partner that has forgotten it.
async fn forgotten(policy: &str, word: &'static str) -> Bench {
    let bench = Bench::start().await;
    bench
        .sql(&format!("UPDATE geniacs_integrations SET configuration = '{{\"conflict_policy\": \"{policy}\"}}'"))
        .await;
    replace_partner(&bench, |_: &Asked| Reply::page(&[customer()])).await;
    bench.run(SyncType::Full, FromGeniacs).await;
    replace_partner(&bench, without_it(word)).await;
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_gone_there_and_was_edited_here_is_made_anew() {
    for policy in ["newest", "local"] {
        for word in ["not_found", "unknown_id"] {
            let bench = forgotten(policy, word).await;
            bench.sql("UPDATE customers SET name = 'Siti R.'").await;

            let push = bench.run(SyncType::Incremental, ToGeniacs).await;
            assert_eq!((push.status.as_str(), counts(&push).conflicts), ("success", 1), "{policy} {word}");
            assert_eq!(bench.ask("SELECT resolution::text FROM conflicts").await, "local");

            let push = bench.run(SyncType::Incremental, ToGeniacs).await;
            assert_eq!((push.status.as_str(), counts(&push).created), ("success", 1), "{policy} {word}");
            assert_eq!((bench.ask(LINK).await.as_str(), bench.ask(LIVE).await.as_str()), ("new", "1"));
            bench.stop().await;
        }
    }
}

/// Has `stays`, not `gone` any more, takes what comes without an id as `new`, and tells of no single record.
fn without_it_nor_results(made: Arc<Mutex<Option<Value>>>) -> impl Fn(&Asked) -> Reply + Send + Sync + 'static {
    move |asked| {
        let mut made = made.lock().expect("nobody failed meanwhile");
        let Some(records) = asked.body["data"].as_array() else {
            return match asked.path.as_str() {
                "/customers" => Reply::page(&made.iter().cloned().collect::<Vec<_>>()),
                _ => Reply::not_found(),
            };
        };

        for record in records.iter().filter(|record| record["customer_id"].is_null()) {
            let mut new = record.clone();
            new["customer_id"] = json!("new");
            *made = Some(new);
        }

        let failed = records.iter().filter(|record| record["customer_id"] == "gone").count();
        Reply::ok(json!({"success": true, "synced_records": records.len() - failed, "failed_records": failed}))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_gone_there_is_made_anew_where_answers_tell_of_no_single_record() {
    let bench = Bench::start().await;
    crate::conflicts::set_policy(&bench, "local").await;
    let stays = json!({"customer_id": "stays", "customer_name": "Budi", "customer_email": "budi@example.com",
        "updated_at": "2026-01-01T00:00:00Z"});
    replace_partner(&bench, move |_: &Asked| Reply::page(&[customer(), stays.clone()])).await;
    bench.run(SyncType::Full, FromGeniacs).await;
    replace_partner(&bench, without_it_nor_results(Arc::default())).await;

    bench.sql("UPDATE customers SET name = name || ' R.'").await;
    let push = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!((push.status.as_str(), counts(&push).updated, counts(&push).conflicts), ("success", 1, 1));
    let push = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!((push.status.as_str(), counts(&push).created), ("success", 1));
    let links = "SELECT string_agg(geniacs_id, ' ' ORDER BY geniacs_id) FROM record_links WHERE NOT unconfirmed";
    assert_eq!((bench.ask(links).await.as_str(), bench.ask(LIVE).await.as_str()), ("new stays", "2"));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_gone_there_is_deleted_here_where_geniacs_wins() {
    let bench = forgotten("geniacs", "not_found").await;
    bench.sql("UPDATE customers SET name = 'Siti R.'").await;
    bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(bench.ask(LIVE).await, "0");
    assert_eq!(bench.ask("SELECT resolution::text FROM conflicts").await, "geniacs");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_of_a_record_that_is_gone_there_is_done() {
    let bench = forgotten("newest", "not_found").await;
    bench.sql("UPDATE customers SET deleted_at = geniacs_now()").await;
    let push = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!((push.status.as_str(), counts(&push).deleted), ("success", 1));
    let push = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!((push.status.as_str(), counts(&push).read), ("success", 0));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_event_about_an_id_that_a_record_had_before_makes_no_row() {
    let bench = forgotten("newest", "not_found").await;

    bench.sql("UPDATE customers SET name = 'Siti R.'").await;
    for _ in 0..2 {
        bench.run(SyncType::Incremental, ToGeniacs).await;
    }

    let data = json!({"customer_id": "gone", "customer_name": "Siti", "customer_email": "siti@example.com"});
    deliver(&bench, &[event("e1", "customer.created", 1, &data), event("e2", "customer.deleted", 2, &data)]).await;

    assert_eq!((bench.ask(LINK).await.as_str(), bench.ask(LIVE).await.as_str()), ("new", "1"));
    assert_eq!(bench.ask(crate::events::OUTCOMES).await, "e1:processed:unknown_record e2:processed:unknown_record");

    // What they say is not gone without a trace.
    let told = "SELECT string_agg(reason, ' ') FROM record_history WHERE action = 'unknown_record' AND local_id = 1";
    assert!(bench.ask(told).await.contains(r#""customer_name":"Siti""#));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_was_deleted_here_for_good_and_brought_back_there_is_made_anew_unless_the_local_side_wins() {
    for (policy, lives) in [("newest", "1"), ("geniacs", "1"), ("local", "0")] {
        let bench = Bench::start().await;
        crate::conflicts::set_policy(&bench, policy).await;

        bench.customers(1).await;
        bench.run(SyncType::Full, ToGeniacs).await;
        let id = bench.ask(LINK).await;
        bench.sql("DELETE FROM customers").await;
        bench.run(SyncType::Incremental, ToGeniacs).await;

        let told = |name: &str, seconds: i64| {
            json!({"event_id": name, "event_type": "customer.created",
                "timestamp": chrono::Utc::now() + chrono::Duration::seconds(seconds),
                "data": {"customer_id": id, "customer_name": "Siti", "customer_email": "siti@example.com"}})
        };

        deliver(&bench, &[told("late", -60)]).await;
        assert_eq!(bench.ask(LIVE).await, "0", "{policy}");

        deliver(&bench, &[told("revived", 60)]).await;
        assert_eq!(bench.ask(LIVE).await, lives, "{policy}");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_for_good_that_geniacs_refuses_as_older_fails_and_is_sent_again() {
    let bench = Bench::start().await;
    replace_partner(&bench, |_: &Asked| Reply::page(&[customer()])).await;
    bench.run(SyncType::Full, FromGeniacs).await;
    let pushes = AtomicUsize::new(0);
    replace_partner(&bench, move |asked| {
        if asked.path != "/customers/sync" {
            return Reply::ok(customer());
        }
        let (status, failed) = if pushes.fetch_add(1, Ordering::Relaxed) == 0 { ("failed", 1) } else { ("deleted", 0) };
        let error = json!({"type": "conflict", "message": "a newer version is here"});
        Reply::ok(json!({"success": true, "synced_records": 1 - failed, "failed_records": failed,
            "results": [{"index": 0, "id": "gone", "status": status, "error": error}]}))
    })
    .await;
    bench.sql("DELETE FROM customers").await;

    let settings = RunSettings { retry_failed: false, ..run_settings() };
    let request = bench.request(SyncType::Incremental, ToGeniacs);
    let refused = bench.trigger_with(&request, &settings).await;
    let refused = bench.ended(refused).await;
    assert_eq!((refused.status.as_str(), counts(&refused).failed), ("failed", 1));
    assert_eq!(bench.ask("SELECT error_type FROM sync_record_errors").await, "newer_version");

    let taken = bench.trigger_with(&request, &settings).await;
    let taken = bench.ended(taken).await;
    assert_eq!((taken.status.as_str(), counts(&taken).deleted), ("success", 1));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_refused_as_older_since_it_was_deleted_there_is_made_anew_where_the_local_side_holds() {
    let bench = Bench::start().await;
    bench.customers(1).await;
    bench.run(SyncType::Full, ToGeniacs).await;

    replace_partner(&bench, |asked| match asked.body["data"].as_array() {
        Some(records) if records.iter().any(|record| !record["customer_id"].is_null()) => {
            Reply::new(409, json!({"error": {"type": "conflict", "message": "a newer version is held"}}))
        }
        Some(_) => {
            let results = json!([{"index": 0, "status": "created", "id": "anew"}]);
            Reply::ok(json!({"success": true, "synced_records": 1, "failed_records": 0, "results": results}))
        }
        None if asked.path == "/customers" => Reply::page(&[]),
        None => Reply::not_found(),
    })
    .await;

    bench.sql("UPDATE customers SET name = 'Edited'").await;
    bench.run(SyncType::Incremental, ToGeniacs).await;
    let push = bench.run(SyncType::Incremental, ToGeniacs).await;

    assert_eq!((push.status.as_str(), counts(&push).created), ("success", 1));
    assert_eq!(bench.ask("SELECT geniacs_id FROM record_links").await, "anew");
    bench.stop().await;
}
