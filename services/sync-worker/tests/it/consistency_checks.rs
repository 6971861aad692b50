//! Consistency checks.

use crate::harness::{Bench, run_settings};
use crate::plans::{everything, set_there};
use domain::{SyncDirection::FromGeniacs, SyncDirection::ToGeniacs, SyncType};
use serde_json::json;
use storage::listing::Place;
use storage::runs::plan_items::{self, Compared};
use storage::runs::syncs::RunSettings;

/// Customers that both sides say the same of.
async fn in_step(bench: &Bench, count: i64) {
    bench.customers(count).await;
    bench.run(SyncType::Full, ToGeniacs).await;
    bench.run(SyncType::Full, FromGeniacs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_tells_what_each_side_lacks_and_which_fields_differ_and_changes_neither() {
    let bench = Bench::start().await;
    in_step(&bench, 30).await;
    set_there(&bench, 3, json!({"customer_name": "Drifted"})).await;
    bench.sql("UPDATE customers SET name = 'Changed here' WHERE id = 4").await;
    bench.sql("INSERT INTO customers (name, email) VALUES ('Only here', 'here@example.co.id')").await;
    bench.admin("seed", json!({"entity": "customers", "count": 2, "seed": 3})).await;
    let before = everything(&bench).await;
    let check = bench.check(&RunSettings { batch_size: 10, ..run_settings() }).await;
    assert_eq!(everything(&bench).await, before, "a check changes nothing");
    assert_eq!(check.status, "success");
    let mut connection = bench.connection().await;
    let compared = plan_items::compared(&mut connection, check.id).await.expect("the totals");
    let expected = Compared { records: 33, missing_here: 2, missing_there: 1, differing: 2, failed: 0 };
    assert_eq!(compared, expected);
    let differences =
        plan_items::differences(&mut connection, check.id, None, Place::First, 100).await.expect("the differences");
    assert_eq!(differences.len(), 5, "what is equal is not kept: {differences:?}");
    drop(connection);

    let repair = bench.apply(&check, &run_settings()).await;
    assert_eq!(repair.status, "success");
    let again = bench.check(&run_settings()).await;
    let compared = plan_items::compared(&mut *bench.connection().await, again.id).await.expect("the totals");
    assert_eq!(compared, Compared { records: 33, missing_here: 0, missing_there: 0, differing: 0, failed: 0 });
    let kept =
        format!("SELECT response_data #>> '{{compared,records}}' FROM geniacs_data_sync WHERE id = {}", again.id);
    assert_eq!(bench.ask(&kept).await, "33", "nobody has to add it up again");
    bench.stop().await;
}
