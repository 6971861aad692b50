//! Records of which Geniacs holds a newer version (409).

use crate::conflicts::{geniacs_id, in_step, there};
use crate::harness::{Bench, counts};
use domain::{Counts, SyncDirection::ToGeniacs, SyncType};
use serde_json::json;

/// Makes the local change of the only customer look older than what Geniacs has taken before.
async fn changed_with_an_old_version(bench: &Bench) {
    bench.admin("faults", json!({"versions": "refuse"})).await;
    bench.sql("UPDATE customers SET name = 'Siti R.'").await;
    bench.sql("ALTER TABLE customers DISABLE TRIGGER USER").await;
    bench.sql("UPDATE customers SET changed_xid = '1'").await;
    bench.sql("ALTER TABLE customers ENABLE TRIGGER USER").await;
}

async fn refused(bench: &Bench) -> Counts {
    let sync = bench.run(SyncType::Full, ToGeniacs).await;
    assert_eq!(sync.status, "success");
    counts(&sync)
}

const CONFLICTS: &str =
    "SELECT count(*) || coalesce(' ' || min(state::text) || ' ' || min(resolution::text), '') FROM conflicts";

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_that_geniacs_says_nothing_against_is_sent_again_with_a_higher_version() {
    let bench = in_step("newest").await;
    changed_with_an_old_version(&bench).await;
    assert_eq!(refused(&bench).await, Counts { read: 1, conflicts: 1, ..Counts::default() });
    let again = counts(&bench.run(SyncType::Incremental, ToGeniacs).await);
    assert_eq!((again.updated, again.conflicts), (1, 0));
    assert_eq!(there(&bench, "customer_name").await, "Siti R.");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_record_that_both_sides_changed_goes_by_the_policy_with_one_conflict_row() {
    for (policy, name, row) in [
        ("local", "Siti R.", "1 resolved local"),
        ("geniacs", "Siti Aminah", "1 resolved geniacs"),
        ("newest", "Siti Aminah", "1 resolved geniacs"),
    ] {
        let bench = in_step(policy).await;
        changed_with_an_old_version(&bench).await;
        bench
            .put(&format!("records/customers/{}", geniacs_id(&bench).await), json!({"customer_name": "Siti Aminah"}))
            .await;

        assert_eq!(refused(&bench).await, Counts { read: 1, conflicts: 1, ..Counts::default() }, "{policy}");
        assert_eq!(bench.ask(CONFLICTS).await, row);

        bench.run(SyncType::Incremental, ToGeniacs).await;
        assert_eq!(
            (bench.ask("SELECT name FROM customers").await, there(&bench, "customer_name").await),
            (name.to_owned(), name.to_owned())
        );
        assert_eq!(bench.ask(CONFLICTS).await, row);

        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_record_waits_for_a_person_where_the_policy_is_manual() {
    let bench = in_step("manual").await;
    changed_with_an_old_version(&bench).await;
    bench
        .put(&format!("records/customers/{}", geniacs_id(&bench).await), json!({"customer_name": "Siti Aminah"}))
        .await;

    assert_eq!(refused(&bench).await.conflicts, 1);
    assert_eq!(bench.ask("SELECT count(*) || min(state::text) FROM conflicts").await, "1open");
    assert_eq!(refused(&bench).await, Counts { read: 1, conflicts: 1, ..Counts::default() }, "held back");
    assert_eq!(bench.ask("SELECT name FROM customers").await, "Siti R.");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_fails_alone_as_older_is_read_back_too() {
    let bench = in_step("geniacs").await;
    changed_with_an_old_version(&bench).await;
    bench.admin("faults", json!({"versions": "fail_record"})).await;
    bench
        .put(&format!("records/customers/{}", geniacs_id(&bench).await), json!({"customer_name": "Siti Aminah"}))
        .await;
    assert_eq!(refused(&bench).await, Counts { read: 1, conflicts: 1, ..Counts::default() });
    assert_eq!(bench.ask("SELECT name FROM customers").await, "Siti Aminah");
    bench.stop().await;
}
