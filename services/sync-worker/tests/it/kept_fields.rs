//! What links keep of fields: cleared values, values that fail their validation, columns that round, and links that an
//! older version wrote.

use crate::conflicts::{geniacs_id, in_step, there, told};
use crate::events::{deliver, map};
use crate::harness::{Bench, counts, run_settings};
use domain::{Counts, SyncDirection::Bidirectional, SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType};
use serde_json::{Value, json};
use storage::runs::plan_items::{self, Compared};

/// A customer with a telephone number whom both sides know, by the default mappings.
async fn one_customer() -> Bench {
    let bench = Bench::start().await;
    bench.customers(1).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    bench
}

async fn theirs(bench: &Bench) -> Value {
    bench.record("customers", &geniacs_id(bench).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_cleared_here_is_cleared_at_geniacs_and_does_not_come_back() {
    let bench = one_customer().await;
    bench.sql("UPDATE customers SET phone = NULL").await;

    let pull = bench.run(SyncType::Full, FromGeniacs).await;
    assert_eq!(counts(&pull), Counts { read: 1, unchanged: 1, ..Counts::default() }, "the old value is no news");

    let push = bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(counts(&push), Counts { read: 1, updated: 1, ..Counts::default() });
    assert_eq!(theirs(&bench).await["customer_phone"], Value::Null);

    bench.run(SyncType::Full, Bidirectional).await;
    assert_eq!(bench.ask("SELECT phone FROM customers").await, "");
    assert_eq!(theirs(&bench).await["customer_phone"], Value::Null);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn null_and_empty_text_from_geniacs_clear_a_value_and_what_is_not_told_stays() {
    for (n, cleared) in (1..).zip([Value::Null, json!("")]) {
        let bench = one_customer().await;

        let untold = told(&bench, "e1", 60, json!({"customer_name": "Siti"})).await;
        deliver(&bench, &[untold]).await;
        assert_eq!(bench.ask("SELECT name || phone FROM customers").await, "Siti081200000001");

        let cleared = told(&bench, "e2", 60 + n, json!({"customer_phone": cleared})).await;
        deliver(&bench, &[cleared]).await;
        assert_eq!(bench.ask("SELECT count(*) FROM customers WHERE phone IS NULL").await, "1");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_optional_value_that_fails_its_validation_is_neither_news_nor_overwritten_by_the_old_one() {
    let bench = one_customer().await;
    bench.sql("UPDATE customers SET phone = 'call me', name = 'Siti'").await;

    let both = bench.run(SyncType::Full, Bidirectional).await;
    assert_eq!(counts(&both).updated, 1);
    assert_eq!(bench.ask("SELECT phone FROM customers").await, "call me");

    let there = theirs(&bench).await;
    assert_eq!((&there["customer_name"], &there["customer_phone"]), (&json!("Siti"), &json!("+6281200000001")));

    let quiet = bench.run(SyncType::Full, Bidirectional).await;
    assert_eq!(counts(&quiet), Counts { read: 2, unchanged: 2, ..Counts::default() });

    bench.sql("UPDATE customers SET phone = NULL").await;
    bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(theirs(&bench).await["customer_phone"], Value::Null, "no value is one again");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_calls_a_cleared_value_a_difference_and_its_repair_sends_it() {
    let bench = one_customer().await;
    bench.sql("UPDATE customers SET phone = NULL").await;

    let check = bench.check(&run_settings()).await;
    let mut connection = bench.connection().await;
    let compared = plan_items::compared(&mut connection, check.id).await.expect("the totals");
    drop(connection);
    assert_eq!(compared, Compared { records: 1, missing_here: 0, missing_there: 0, differing: 1, failed: 0 });

    let repair = bench.apply(&check, &run_settings()).await;
    assert_eq!(repair.status, "success");
    assert_eq!(theirs(&bench).await["customer_phone"], Value::Null);
    assert_eq!(bench.ask("SELECT phone FROM customers").await, "");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_of_an_older_version_clear_nothing_and_meet_no_conflict() {
    let bench = in_step("manual").await;
    let older = r#"{"customer_name":"Siti","city":"Bandung"}"#;
    let forget = format!(
        "UPDATE record_links SET agreed = '{older}', content_hash = sha256('{older}'), held = NULL, applied_xid = NULL"
    );

    // Filled in there, filled in here, and neither.
    for (here, there_now, expected) in
        [("NULL", json!("there"), "there"), ("'here'", Value::Null, "here"), ("NULL", Value::Null, "")]
    {
        bench.sql(&format!("UPDATE customers SET notes = {here}")).await;
        bench.put(&format!("records/customers/{}", geniacs_id(&bench).await), json!({"notes": there_now})).await;
        bench.sql(&forget).await;
        bench.run(SyncType::Incremental, Bidirectional).await;

        assert_eq!(bench.ask("SELECT notes FROM customers").await, expected);
        assert_eq!(there(&bench, "notes").await, expected);
        assert_eq!(bench.ask("SELECT count(*) FROM conflicts").await, "0");
    }

    bench.sql(&forget).await;
    bench.put(&format!("records/customers/{}", geniacs_id(&bench).await), json!({"notes": "unseen"})).await;
    bench.sql("UPDATE customers SET name = 'Siti R.'").await;
    bench.run(SyncType::Incremental, ToGeniacs).await;

    assert_eq!(there(&bench, "notes").await, "unseen", "nobody knows what Geniacs holds, and here is nothing");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_rounds_or_is_rewritten_costs_one_write_and_one_line_and_the_partner_keeps_its_value() {
    let bench = Bench::start().await;
    let fields = [
        ("name", "customer_name", "string", Value::Null),
        ("balance", "balance", "number", Value::Null),
        ("notes", "notes", "string", Value::Null),
    ];
    map(&bench, "customers", &fields).await;
    bench
        .sql(
            "CREATE FUNCTION cut_notes() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN NEW.notes := left(NEW.notes, 5); RETURN NEW; END $$",
        )
        .await;
    bench
        .sql("CREATE TRIGGER a_cut BEFORE INSERT OR UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION cut_notes()")
        .await;
    bench.admin("seed", json!({"entity": "customers", "count": 1, "seed": 1})).await;
    let told = json!({"customer_name": "Siti", "balance": 10.005, "notes": "much too long"});
    bench.put("records/customers/cust_1", told.clone()).await;
    bench.run(SyncType::Full, FromGeniacs).await;
    let row = "SELECT concat_ws(' ', name, balance, notes) FROM customers";
    assert_eq!(bench.ask(row).await, "Siti 10.01 much ");

    let version = bench.ask("SELECT xmin FROM customers").await;
    for direction in [FromGeniacs, Bidirectional, FromGeniacs] {
        let again = counts(&bench.run(SyncType::Full, direction).await);
        assert_eq!((again.read, again.updated, again.conflicts), (again.unchanged, 0, 0), "{direction}");
    }
    assert_eq!(bench.ask("SELECT xmin FROM customers").await, version, "the row is not written again");
    assert_eq!(bench.ask("SELECT count(*) FROM record_history").await, "1");
    let logged = "SELECT string_agg(context ->> 'geniacs_field', ' ' ORDER BY id) FROM geniacs_sync_logs
        WHERE log_level = 'warning' AND context ? 'held'";
    assert_eq!(bench.ask(logged).await, "balance notes");

    bench.sql("UPDATE customers SET name = 'Siti R.'").await;
    bench.run(SyncType::Incremental, ToGeniacs).await;
    let there = bench.record("customers", "cust_1").await;
    assert_eq!(there["customer_name"], "Siti R.");
    assert_eq!((&there["balance"], &there["notes"]), (&told["balance"], &told["notes"]), "they are not replaced");
    bench.sql("UPDATE customers SET balance = 11").await;
    bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(bench.record("customers", "cust_1").await["balance"].to_string(), "11.00", "a change is one");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_edit_is_not_undone_by_a_full_pull_that_tells_what_was_said_before() {
    let bench = in_step("newest").await;
    bench.sql("UPDATE customers SET name = 'Siti R.'").await;
    let pull = counts(&bench.run(SyncType::Full, FromGeniacs).await);
    assert_eq!(pull, Counts { read: 1, unchanged: 1, ..Counts::default() });
    bench.run(SyncType::Incremental, ToGeniacs).await;
    assert_eq!(there(&bench, "customer_name").await, "Siti R.");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_geniacs_clears_goes_back_to_the_default_of_a_column_that_cannot_be_empty() {
    let bench = Bench::start().await;
    let fields = [
        ("name", "customer_name", "string", Value::Null),
        ("balance", "customer_balance", "number", Value::Null),
        ("currency", "customer_currency", "string", Value::Null),
    ];
    map(&bench, "customers", &fields).await;
    bench
        .sql("INSERT INTO customers (customer_code, name, balance, currency) VALUES ('C1', 'Siti', 9.25, 'USD')")
        .await;
    bench.run(SyncType::Full, ToGeniacs).await;

    let cleared = told(&bench, "e1", 60, json!({"customer_balance": null, "customer_currency": ""})).await;
    deliver(&bench, &[cleared]).await;
    let row = "SELECT balance || ' ' || currency FROM customers";
    assert_eq!(bench.ask(row).await, "0.00 IDR");

    for direction in [ToGeniacs, FromGeniacs, Bidirectional] {
        let sync = bench.run(SyncType::Full, direction).await;
        assert_eq!((sync.status.as_str(), counts(&sync).conflicts), ("success", 0));
        assert_eq!(bench.ask(row).await, "0.00 IDR", "the old value does not come back");
    }
    assert_eq!(bench.ask("SELECT count(*) FROM record_history WHERE direction = 'from_geniacs'").await, "1");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_rounds_what_it_is_sent_replaces_nothing_here_and_gets_later_edits() {
    let bench = Bench::start().await;
    let fields = [("name", "customer_name", "string", Value::Null), ("balance", "balance", "number", Value::Null)];
    map(&bench, "customers", &fields).await;
    bench.admin("faults", json!({"round_numbers": true})).await;
    bench.customers(1).await;
    let balances =
        async || (bench.ask("SELECT balance FROM customers").await, theirs(&bench).await["balance"].to_string());
    let told = "SELECT count(*) FROM geniacs_sync_logs WHERE message LIKE 'Geniacs does not keep all of balance%'";

    for (balance, rounded) in [("25.25", "25"), ("37.75", "38")] {
        bench.sql(&format!("UPDATE customers SET balance = {balance}")).await;
        bench.run(SyncType::Incremental, ToGeniacs).await;
        for direction in [FromGeniacs, Bidirectional, FromGeniacs] {
            let again = counts(&bench.run(SyncType::Full, direction).await);
            assert_eq!((again.updated, again.conflicts), (0, 0), "{direction} of {balance}");
        }
        assert_eq!(balances().await, (balance.to_owned(), rounded.to_owned()));
    }
    assert_eq!(bench.ask(told).await, "2", "once for each value");

    bench.put(&format!("records/customers/{}", geniacs_id(&bench).await), json!({"balance": 30})).await;
    bench.run(SyncType::Full, FromGeniacs).await;
    assert_eq!(balances().await, ("30.00".to_owned(), "30".to_owned()), "an edit there is one");
    bench.stop().await;
}
