//! `geniacsctl` against the real gateway.

use end_to_end::{Stack, StackOptions};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Output;

/// What a command printed, if it succeeded.
fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn data(output: &Output) -> Value {
    serde_json::from_str(&printed(output)).expect("JSON")
}

/// A file that is removed at the end.
struct Manifest(PathBuf);

impl Manifest {
    fn new(text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("manifest-{}.yaml", uuid::Uuid::new_v4().simple()));
        std::fs::write(&path, text).expect("a file can be written");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("a plain path")
    }
}

impl Drop for Manifest {
    fn drop(&mut self) {
        // It is in a folder for such files.
        let _ = std::fs::remove_file(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_imported_without_a_change_and_can_make_another_integration() {
    let stack = Stack::start(StackOptions::default()).await;
    let exported = printed(&stack.ctl(&["export"], &[]).await);
    assert!(!exported.contains(&stack.webhook_secret) && !exported.contains("simulator-"), "{exported}");
    let same = Manifest::new(&exported);
    let again = data(&stack.ctl(&["import", same.path(), "--json"], &[]).await);
    assert_eq!((&again["created"], &again["updated"]), (&json!(0), &json!(0)), "{again}");
    assert!(again["unchanged"].as_u64() > Some(20), "{again}");

    let other = Manifest::new(&exported.replace("name: Geniacs\n", "name: Branch\n").replace("GENIACS_", "BRANCH_"));
    let without_keys = stack.ctl(&["import", other.path()], &[]).await;
    let reason = String::from_utf8_lossy(&without_keys.stderr).into_owned();
    assert!(!without_keys.status.success() && reason.contains("BRANCH_API_KEY"), "{reason}");
    let keys =
        [("BRANCH_API_KEY", "geheim-1"), ("BRANCH_API_SECRET", "geheim-2"), ("BRANCH_WEBHOOK_SECRET", "geheim-3")];
    let dry = stack.ctl(&["import", other.path(), "--dry-run", "--json"], &keys).await;
    let made = stack.ctl(&["import", other.path(), "--json"], &keys).await;
    for output in [&dry, &made] {
        assert!(!printed(output).contains("geheim"));
    }
    assert_eq!(data(&dry)["changes"], data(&made)["changes"], "a dry run shows what is done");
    let copy = printed(&stack.ctl(&["export", "--integration", "Branch"], &[]).await);
    assert_eq!(copy.replace("Branch", "Geniacs").replace("BRANCH_", "GENIACS_"), exported);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_changes_what_differs_and_shows_it_first() {
    let stack = Stack::start(StackOptions::default()).await;
    let file = Manifest::new(
        "version: 1
integrations:
- name: Geniacs
  timeout_seconds: 77
  mappings:
  - {entity_type: customers, local_field: city, geniacs_field: customer_city, field_type: string}
  - {entity_type: customers, local_field: phone, is_required: true}
  schedules:
  - {name: Nightly, entity_type: customers, sync_type: full, cron_expression: 0 3 * * *}
",
    );

    let dry = printed(&stack.ctl(&["import", file.path(), "--dry-run"], &[]).await);
    for line in [
        "~ integration Geniacs: timeout_seconds 30 → 77",
        "~ mapping customers.phone of Geniacs: is_required false → true",
        "+ schedule Nightly of Geniacs",
    ] {
        assert!(dry.lines().any(|shown| shown == line), "{line}: {dry}");
    }

    let settings = "SELECT timeout_seconds FROM geniacs_integrations";
    assert_eq!(stack.database.ask(settings).await, "30", "a dry run changes nothing");
    let done = printed(&stack.ctl(&["import", file.path()], &[]).await);
    assert_eq!(done.replace(" would be", ""), dry.replace(" would be", ""));
    assert_eq!(stack.database.ask(settings).await, "77");

    let again = printed(&stack.ctl(&["import", file.path()], &[]).await);
    assert!(again.starts_with("0 created, 0 updated"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_leads_an_integration_to_another_host_needs_its_keys() {
    let stack = Stack::start(StackOptions::default()).await;
    let file = Manifest::new(
        "version: 1
integrations:
- name: Geniacs
  endpoint_url: http://127.0.0.1:1/v1
  timeout_seconds: 77
  keys_from_environment: {api_key: MOVED_KEY, api_secret: MOVED_SECRET}
",
    );

    let without_keys = stack.ctl(&["import", file.path()], &[]).await;
    let reason = String::from_utf8_lossy(&without_keys.stderr).into_owned();
    assert!(!without_keys.status.success() && reason.contains("set MOVED_KEY to its api_key"), "{reason}");
    let settings = "SELECT endpoint_url || ' ' || timeout_seconds FROM geniacs_integrations";
    assert_eq!(stack.database.ask(settings).await, format!("{} 30", stack.partner.base_url()));

    let keys = [("MOVED_KEY", "geheim-1"), ("MOVED_SECRET", "geheim-2")];
    let done = printed(&stack.ctl(&["import", file.path()], &keys).await);
    assert!(done.contains("~ integration Geniacs: endpoint_url") && !done.contains("geheim"), "{done}");
    assert_eq!(stack.database.ask(settings).await, "http://127.0.0.1:1/v1 77");
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

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_set_aside_is_replayed() {
    let stack = Stack::start(StackOptions::default()).await;
    let data_of = json!({"customer_id": "c1", "customer_name": "Budi", "customer_email": "nobody"});
    let event = json!({"event_id": "e1", "event_type": "customer.created", "timestamp": "2026-01-01T10:00:00Z", "data": data_of});
    assert_eq!(stack.webhook(&event).await, 200);
    stack.events_ended().await;
    assert_eq!(stack.database.ask("SELECT state::text FROM geniacs_webhook_events").await, "set_aside");

    let relaxed = "UPDATE geniacs_field_mappings SET validation_rules = NULL WHERE local_field = 'email'";
    stack.database.execute(relaxed).await;
    let replayed = data(&stack.ctl(&["replay", "--state", "set_aside", "--json"], &[]).await);
    assert_eq!(replayed["replayed"], 1, "{replayed}");
    stack.events_ended().await;
    assert_eq!(stack.database.ask("SELECT name FROM customers").await, "Budi");
}
