//! `geniacsctl` against the real gateway.

use end_to_end::{Stack, StackOptions};
use serde_json::Value;
use std::process::Output;

/// What a command printed, if it succeeded.
fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn data(output: &Output) -> Value {
    serde_json::from_str(&printed(output)).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn syncs_are_listed_and_what_failed_is_retried() {
    let stack = Stack::start(StackOptions::default()).await;
    crate::syncs::load_customers(&stack, 10).await;
    stack.database.execute("UPDATE customers SET email = 'nobody' WHERE id = 7").await;
    let id = stack.integration_id.to_string();
    let run =
        ["sync", "run", "--integration", &id, "--entity", "customers", "--type", "full", "--direction", "to_geniacs"];
    let ran = stack.ctl(&[&run[..], &["--watch", "--json"]].concat(), &[]).await;
    assert_eq!(ran.status.code(), Some(2), "{}", String::from_utf8_lossy(&ran.stderr));
    let listed = data(&stack.ctl(&["syncs", "--status", "partial", "--json"], &[]).await);
    let failed = listed["syncs"][0]["id"].as_i64().expect("a sync").to_string();
    stack.database.execute("UPDATE customers SET email = 'somebody@example.com' WHERE id = 7").await;
    let retried = data(&stack.ctl(&["retry", &failed, "--watch", "--json"], &[]).await);
    assert_eq!(retried["sync"]["progress"]["processed_records"], 1, "{retried}");
    assert_eq!(retried["sync"]["summary"]["created"], 1, "{retried}");
}
