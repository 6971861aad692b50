//! What both sides changed.

use crate::events::{OUTCOMES, deliver, event, map};
use crate::harness::{Bench, counts};
use domain::{Counts, SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType};
use serde_json::{Value, json};

/// A bench with one customer whom both sides know, and mappings without rules.
pub(crate) async fn in_step(policy: &str) -> Bench {
    let bench = Bench::start().await;

    let fields = [
        ("name", "customer_name", "string", Value::Null),
        ("city", "city", "string", Value::Null),
        ("notes", "notes", "string", Value::Null),
    ];
    map(&bench, "customers", &fields).await;
    set_policy(&bench, policy).await;

    bench.sql("INSERT INTO customers (customer_code, name, city) VALUES ('C1', 'Siti', 'Bandung')").await;
    bench.run(SyncType::Full, ToGeniacs).await;
    bench
}

pub(crate) async fn set_policy(bench: &Bench, policy: &str) {
    bench
        .sql(&format!("UPDATE geniacs_integrations SET configuration = '{{\"conflict_policy\": \"{policy}\"}}'"))
        .await;
}

pub(crate) async fn geniacs_id(bench: &Bench) -> String {
    bench.ask("SELECT geniacs_id FROM record_links").await
}

/// What the partner holds of the only customer.
pub(crate) async fn there(bench: &Bench, field: &str) -> String {
    let records = bench.show("records/customers?limit=1").await;
    records["records"][0]["fields"][field].as_str().unwrap_or_default().to_owned()
}

/// An event about the only customer, so many seconds from now.
pub(crate) async fn told(bench: &Bench, id: &str, seconds: i64, fields: Value) -> Value {
    let mut data = fields;
    data["customer_id"] = json!(geniacs_id(bench).await);
    let mut told = event(id, "customer.updated", 1, &data);
    told["timestamp"] = json!(chrono::Utc::now() + chrono::Duration::seconds(seconds));
    told
}

const ROW: &str = "SELECT name || ' ' || city FROM customers";
/// Every conflict with its state, its policy, its resolution and its fields with their winners.
const CONFLICTS: &str = "SELECT string_agg(c.state || ' ' || c.policy || ' ' || coalesce(c.resolution::text, '-') || ' ' ||
    (SELECT string_agg(f ->> 'field' || ':' || coalesce(f ->> 'winner', '-'), ',') FROM jsonb_array_elements(c.fields) f), '; '
    ORDER BY c.id) FROM conflicts c";

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_changed_one_record_by_policy_one_conflict_row_at_most_two_writes_no_ping_pong() {
    for (policy, winner, name) in
        [("newest", "geniacs", "Siti Aminah"), ("local", "local", "Siti R."), ("geniacs", "geniacs", "Siti Aminah")]
    {
        let bench = in_step(policy).await;
        bench.sql("UPDATE customers SET name = 'Siti R.'").await;
        bench
            .put(&format!("records/customers/{}", geniacs_id(&bench).await), json!({"customer_name": "Siti Aminah"}))
            .await;

        let written = "SELECT changed_xid FROM customers";
        let (before, sent) = (bench.ask(written).await, bench.show("stats").await["records"].clone());
        let changed = told(&bench, "e1", 60, json!({"customer_name": "Siti Aminah"})).await;
        deliver(&bench, &[changed]).await;

        assert_eq!(bench.ask(OUTCOMES).await, "e1:processed:conflict", "{policy}");
        bench.run(SyncType::Incremental, FromGeniacs).await;
        bench.run(SyncType::Incremental, ToGeniacs).await;
        let once = (bench.ask(written).await, bench.show("stats").await["records"].clone());
        assert!(once.0 != before || once.1 != sent, "{policy}: something was written");

        // The partner's echo, and another round both ways.
        let now = there(&bench, "customer_name").await;
        let echo = told(&bench, "e2", 61, json!({"customer_name": now})).await;
        deliver(&bench, &[echo]).await;
        bench.run(SyncType::Incremental, FromGeniacs).await;
        bench.run(SyncType::Incremental, ToGeniacs).await;

        assert_eq!(
            (bench.ask(written).await, bench.show("stats").await["records"].clone()),
            once,
            "{policy}: no ping-pong"
        );
        assert_eq!(bench.ask(CONFLICTS).await, format!("resolved {policy} {winner} name:{winner}"));
        assert_eq!(
            (bench.ask(ROW).await, there(&bench, "customer_name").await),
            (format!("{name} Bandung"), name.to_owned())
        );

        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_change_survives_what_geniacs_said_before_and_is_pushed() {
    let bench = in_step("newest").await;

    bench.sql("UPDATE customers SET name = 'Siti R.'").await;
    let echo = told(&bench, "e1", 60, json!({"customer_name": "Siti", "city": "Jakarta"})).await;
    deliver(&bench, &[echo]).await;
    assert_eq!(bench.ask(ROW).await, "Siti R. Jakarta");

    let pushed = counts(&bench.run(SyncType::Incremental, ToGeniacs).await);
    assert_eq!(pushed, Counts { read: 1, updated: 1, ..Counts::default() });
    assert_eq!(there(&bench, "customer_name").await, "Siti R.");
    assert_eq!(bench.ask("SELECT count(*) FROM conflicts").await, "0");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_local_change_does_not_look_new_because_something_was_applied_since() {
    let bench = in_step("newest").await;
    bench.sql("UPDATE customers SET name = 'Siti R.'").await;
    deliver(&bench, &[told(&bench, "e1", 0, json!({"city": "Jakarta"})).await]).await;
    let before = bench.ask("SELECT local_changed_at < written_at FROM record_links").await;
    assert_eq!(before, "true");

    // Newer than the local change, older than the write of what came meanwhile.
    let mut between = told(&bench, "e2", 0, json!({"customer_name": "Siti Aminah"})).await;
    between["timestamp"] = json!(bench.ask("SELECT to_char(local_changed_at AT TIME ZONE 'UTC' + interval '1 microsecond', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM record_links").await);
    deliver(&bench, &[between]).await;
    assert_eq!(bench.ask(ROW).await, "Siti Aminah Jakarta");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manual_conflict_holds_back_its_record_alone_in_both_directions() {
    let bench = in_step("manual").await;
    bench.sql("INSERT INTO customers (customer_code, name, city) VALUES ('C2', 'Budi', 'Depok')").await;
    bench.run(SyncType::Incremental, ToGeniacs).await;

    bench.sql("UPDATE customers SET name = name || ' R.', notes = 'here'").await;
    let id = bench.ask("SELECT geniacs_id FROM record_links WHERE local_id = 1").await;
    bench.put(&format!("records/customers/{id}"), json!({"customer_name": "Siti Aminah", "city": "Jakarta"})).await;

    let pulled = counts(&bench.run(SyncType::Incremental, FromGeniacs).await);
    assert_eq!((pulled.conflicts, pulled.updated), (1, 0));
    assert_eq!(bench.ask(CONFLICTS).await, "open manual - name:-");
    assert_eq!(bench.ask("SELECT name || ' ' || city FROM customers WHERE id = 1").await, "Siti R. Bandung");

    let pushed = counts(&bench.run(SyncType::Incremental, ToGeniacs).await);
    assert_eq!(pushed, Counts { read: 2, updated: 1, conflicts: 1, ..Counts::default() });

    // What Geniacs says now is shown, in the same row.
    bench.put(&format!("records/customers/{id}"), json!({"customer_name": "Siti A."})).await;
    let again = counts(&bench.run(SyncType::Incremental, FromGeniacs).await);
    assert_eq!(again.conflicts, 1);
    let shown = "SELECT count(*) || ' ' || min(fields -> 0 ->> 'base') || ', ' || min(fields -> 0 ->> 'local') || ', ' || min(fields -> 0 ->> 'geniacs') FROM conflicts";
    assert_eq!(bench.ask(shown).await, "1 Siti, Siti R., Siti A.");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_here_goes_there_once_the_conflict_is_over_by_itself() {
    let bench = in_step("manual").await;
    let id = geniacs_id(&bench).await;
    bench.sql("UPDATE customers SET name = 'Siti R.'").await;
    bench.put(&format!("records/customers/{id}"), json!({"customer_name": "Siti Aminah"})).await;
    bench.run(SyncType::Incremental, FromGeniacs).await;
    // The position of pushes moves past the row.
    assert_eq!(counts(&bench.run(SyncType::Incremental, ToGeniacs).await).conflicts, 1);

    bench.put(&format!("records/customers/{id}"), json!({"customer_name": "Siti"})).await;
    bench.run(SyncType::Incremental, FromGeniacs).await;
    assert_eq!(counts(&bench.run(SyncType::Incremental, ToGeniacs).await).updated, 1);
    assert_eq!(
        (bench.ask(ROW).await.as_str(), there(&bench, "customer_name").await.as_str()),
        ("Siti R. Bandung", "Siti R.")
    );
    assert_eq!(bench.ask("SELECT count(*) FROM conflicts WHERE state = 'open'").await, "0");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_s_own_policy_is_stronger_than_the_integration_s() {
    let bench = in_step("geniacs").await;
    bench.sql("UPDATE geniacs_field_mappings SET conflict_policy = 'local' WHERE local_field = 'name'").await;
    bench.sql("UPDATE customers SET name = 'Siti R.', city = 'Depok'").await;
    deliver(&bench, &[told(&bench, "e1", 60, json!({"customer_name": "Siti Aminah", "city": "Jakarta"})).await]).await;
    assert_eq!(bench.ask(ROW).await, "Siti R. Jakarta");
    assert_eq!(bench.ask(CONFLICTS).await, "resolved local merge name:local,city:geniacs");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_no_mapping_knows_fails_its_record_where_the_schema_is_strict() {
    let bench = in_step("newest").await;
    bench.sql("UPDATE geniacs_integrations SET configuration = '{\"schema_strict\": true}'").await;

    let good = told(&bench, "e1", 60, json!({"customer_name": "Siti Aminah"})).await;
    let wrong = told(&bench, "e2", 61, json!({"customer_name": "S.", "shoe_size": 38})).await;
    deliver(&bench, &[good, wrong]).await;

    assert_eq!(bench.ask(OUTCOMES).await, "e1:processed:updated e2:set_aside:validation_error");
    let message = "SELECT error_message FROM geniacs_webhook_events WHERE event_id = 'e2'";
    assert_eq!(bench.ask(message).await, "shoe_size: no mapping knows this field");
    assert_eq!(bench.ask(ROW).await, "Siti Aminah Bandung");
    bench.stop().await;
}
