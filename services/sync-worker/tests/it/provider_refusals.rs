//! The provider's own database refuses a record: it fails alone, with the database's reason, and the run ends.

use crate::events::{OUTCOMES, ended, event, store};
use crate::harness::{Bench, counts, run_settings};
use diesel_async::SimpleAsyncConnection;
use domain::{SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType};
use serde_json::json;
use storage::runs::syncs::SyncRow;

/// Makes a trigger of the provider's do this before a change of a customer.
pub(crate) async fn refuse(bench: &Bench, change: &str, does: &str) {
    bench.sql(&format!("CREATE OR REPLACE FUNCTION provider() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {does}; RETURN NEW; END $$")).await;
    bench.sql("DROP TRIGGER IF EXISTS provider ON customers").await;
    bench
        .sql(&format!("CREATE TRIGGER provider BEFORE {change} ON customers FOR EACH ROW EXECUTE FUNCTION provider()"))
        .await;
}

/// What the failed records of a sync say.
async fn reasons(bench: &Bench, sync: &SyncRow) -> String {
    bench
        .ask(&format!(
            "SELECT string_agg(DISTINCT error_type || ' ' || error_message, '; ') FROM sync_record_errors WHERE sync_id = {}",
            sync.id
        ))
        .await
}

async fn seeded(count: i64) -> Bench {
    let bench = Bench::start().await;
    bench.admin("seed", json!({"entity": "customers", "count": count, "seed": 3})).await;
    bench
}

/// A refusal of the database's and the words that the record's error holds.
const REFUSALS: [(&str, &str); 6] = [
    // As the server does to a trigger that takes too long.
    ("RAISE EXCEPTION 'zu langsam' USING ERRCODE = '57014'", "zu langsam"),
    ("RAISE EXCEPTION 'no credit for this customer'", "no credit for this customer"),
    ("RAISE EXCEPTION 'Kunde gesperrt' USING ERRCODE = 'ZX001'", "Kunde gesperrt"),
    ("RAISE EXCEPTION 'ne' USING ERRCODE = '23P01', CONSTRAINT = 'no_overlap'", "no_overlap"),
    ("PERFORM no_such_column FROM customers", "no_such_column"),
    (
        "RAISE EXCEPTION 'permission denied for table ledger' USING ERRCODE = '42501'",
        "permission denied for table ledger",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_a_pull_that_a_trigger_refuses_fails_alone_with_its_reason() {
    for (refusal, words) in REFUSALS {
        let bench = seeded(30).await;
        let bad = bench.show("records/customers?limit=5").await["records"][2]["fields"]["customer_name"].to_string();
        let does = format!("IF NEW.name = '{}' THEN {refusal}; END IF", bad.trim_matches('"').replace('\'', "''"));
        refuse(&bench, "INSERT OR UPDATE", &does).await;

        let sync = bench.run(SyncType::Full, FromGeniacs).await;
        assert_eq!(
            (sync.status.as_str(), counts(&sync).created, counts(&sync).failed),
            ("partial", 29, 1),
            "{refusal}"
        );

        let reasons = reasons(&bench, &sync).await;
        assert!(reasons.starts_with("data_error the database refuses the record: "), "{reasons}");
        assert!(reasons.contains(words) && !reasons.contains(';'), "{reasons}");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_a_push_whose_confirmation_a_trigger_refuses_fails_alone_and_is_sent_once() {
    for (refusal, words) in REFUSALS {
        let bench = Bench::start().await;
        bench.customers(20).await;
        let does = format!("IF NEW.id = 7 THEN {refusal}; END IF");
        refuse(&bench, "UPDATE", &does).await;

        let sync = bench.run(SyncType::Full, ToGeniacs).await;
        assert_eq!(
            (sync.status.as_str(), counts(&sync).created, counts(&sync).failed),
            ("partial", 19, 1),
            "{refusal}"
        );

        let reasons = reasons(&bench, &sync).await;
        assert!(reasons.contains(words), "{reasons}");
        assert_eq!(bench.show("stats").await["requests"], 1, "{refusal}");
        assert_eq!(bench.show("count/customers").await["count"], 20, "{refusal}");

        // It is linked, so that it is not sent as a new one later.
        assert_eq!(bench.ask("SELECT count(geniacs_id) FROM record_links WHERE NOT unconfirmed").await, "20");

        let next = bench.run(SyncType::Incremental, ToGeniacs).await;
        assert_eq!((next.status.as_str(), counts(&next).created), ("success", 0), "{refusal}");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_whose_row_another_transaction_holds_is_confirmed_and_posts_once() {
    let bench = Bench::start().await;
    bench.customers(5).await;

    let mut other = bench.connection().await;
    other.batch_execute("BEGIN; SELECT 1 FROM customers WHERE id = 3 FOR UPDATE").await.expect("a lock");

    let id = bench.accept(&bench.request(SyncType::Full, ToGeniacs), &run_settings(), None).await;
    let sync = bench.ended(id).await;
    assert_eq!((sync.status.as_str(), counts(&sync).created), ("success", 5));
    assert_eq!(bench.show("stats").await["requests"], 1);

    other.batch_execute("COMMIT").await.expect("the lock goes");
    assert_eq!(bench.ask("SELECT count(geniacs_id) FROM record_links").await, "5");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_cannot_be_stored_fails_its_record_and_is_looked_for_before_it_is_sent_again() {
    let bench = Bench::start().await;
    bench.customers(20).await;
    bench.sql("ALTER TABLE record_links ADD CONSTRAINT refused CHECK (local_id <> 7 OR geniacs_id IS NULL)").await;

    let sync = bench.run(SyncType::Full, ToGeniacs).await;
    assert_eq!((sync.status.as_str(), counts(&sync).created, counts(&sync).failed), ("partial", 19, 1));
    assert_eq!(bench.show("stats").await["requests"], 1);
    assert_eq!(bench.ask("SELECT unconfirmed FROM record_links WHERE local_id = 7").await, "true");

    bench.sql("ALTER TABLE record_links DROP CONSTRAINT refused").await;
    let next = bench.run(SyncType::Full, ToGeniacs).await;
    assert_eq!((next.status.as_str(), counts(&next).created), ("success", 0));
    assert_eq!(bench.show("count/customers").await["count"], 20);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_a_trigger_refuses_is_set_aside_with_its_reason_and_the_others_are_applied() {
    let mut bench = Bench::without_worker().await;
    refuse(&bench, "INSERT", "IF NEW.name = 'bad' THEN RAISE EXCEPTION 'Kunde gesperrt'; END IF").await;

    let created = |id: &str, name: &str| {
        event(
            id,
            "customer.created",
            1,
            &json!({"customer_id": id, "customer_name": name, "customer_email": "a@example.com"}),
        )
    };

    store(&bench, &[created("e1", "good"), created("e2", "bad"), created("e3", "good")]).await;
    bench.add_worker(&[]);
    ended(&bench).await;

    assert_eq!(bench.ask(OUTCOMES).await, "e1:processed:created e2:set_aside:data_error e3:processed:created");
    let reason = bench.ask("SELECT error_message FROM geniacs_webhook_events WHERE event_id = 'e2'").await;
    assert_eq!(reason, "the database refuses the record: Kunde gesperrt");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_table_lacks_a_mapped_column_or_the_right_to_read_it_ends_with_that_reason() {
    for (change, words) in [
        ("ALTER TABLE customers RENAME COLUMN phone TO telephone", "phone"),
        ("REVOKE SELECT ON customers FROM geniacs_worker", "permission denied for table customers"),
    ] {
        let bench = Bench::start().await;
        bench.customers(3).await;
        bench.sql(change).await;

        let sync = bench.run(SyncType::Full, ToGeniacs).await;
        assert_eq!((sync.status.as_str(), sync.error_type.as_deref()), ("failed", Some("data_error")), "{change}");
        let message = sync.error_message.unwrap_or_default();
        assert!(message.contains(words), "{change}: {message}");
        bench.stop().await;
    }
}
