//! From a dry run to carrying it out.

use crate::syncs::load_customers;
use end_to_end::{Stack, StackOptions};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_looked_at_and_carried_out_but_for_the_record_that_has_moved_on() {
    let stack = Stack::start(StackOptions::default()).await;
    load_customers(&stack, 50).await;
    stack.run("full", "to_geniacs").await;
    stack.database.execute("UPDATE customers SET name = 'Planned ' || id WHERE id <= 10").await;
    let body = json!({"integration_id": stack.integration_id, "entity_type": "customers", "sync_type": "full",
        "options": {"dry_run": true}});
    let triggered = stack.post("/api/geniacs/sync/trigger", &body).await;
    let dry = stack.ended(triggered["data"]["sync"]["id"].as_i64().expect("an id")).await;
    assert_eq!((&dry["status"], &dry["summary"]["updated"]), (&json!("success"), &json!(10)), "{dry}");
    let preview =
        stack.get(&format!("/api/geniacs/sync/{}/preview?action=update", dry["id"])).await["data"]["preview"].clone();
    assert_eq!((&preview["totals"]["update"], &preview["totals"]["unchanged"]), (&json!(10), &json!(40)));
    let change = &preview["items"][0]["changes"][0];
    assert_eq!((&change["geniacs_field"], &change["new"]), (&json!("customer_name"), &json!("Planned 1")), "{preview}");
    let there = stack.partner_shows("records/customers").await.to_string();
    assert!(!there.contains("Planned"), "a dry run changes nothing");

    stack.database.execute("UPDATE customers SET name = 'Moved on' WHERE id = 3").await;
    let applied = stack.post(&format!("/api/geniacs/sync/{}/apply", dry["id"]), &json!({})).await;
    let sync = stack.ended(applied["data"]["sync"]["id"].as_i64().expect("an id")).await;
    assert_eq!((&sync["status"], &sync["plan_of"]), (&json!("success"), &dry["id"]));
    assert_eq!((&sync["summary"]["updated"], &sync["summary"]["skipped"]), (&json!(9), &json!(1)), "{sync}");
    let there = stack.partner_shows("records/customers").await.to_string();
    assert!(there.contains("Planned 2") && !there.contains("Planned 3") && !there.contains("Moved on"), "{there}");
}
