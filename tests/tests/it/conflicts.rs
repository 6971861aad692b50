//! Records that both sides have changed, through the gateway and back to both sides.

use crate::syncs::load_customers;
use end_to_end::{LIMIT, Stack, StackOptions};
use serde_json::{Value, json};
use test_support::eventually;

/// Customers 1 to 3 in step, and then their names changed on both sides.
async fn changed_on_both_sides(policy: &str) -> Stack {
    let stack = Stack::start(StackOptions::default()).await;
    load_customers(&stack, 3).await;
    let policy = format!(
        "UPDATE geniacs_integrations SET configuration = configuration || '{{\"conflict_policy\": \"{policy}\"}}'"
    );
    stack.database.execute(&policy).await;
    assert_eq!(stack.run("full", "bidirectional").await["status"], "success");
    stack.database.execute("UPDATE customers SET name = 'Here ' || id, phone = '08111111111' || id").await;
    for id in 1..=3 {
        let theirs = stack.database.ask(&format!("SELECT geniacs_id FROM record_links WHERE local_id = {id}")).await;
        stack
            .partner_sets(&format!("records/customers/{theirs}"), &json!({"customer_name": format!("There {id}")}))
            .await;
    }
    stack
}

async fn names_there(stack: &Stack) -> Vec<String> {
    let shown = stack.partner_shows("records/customers").await;
    let name = |record: &Value| record["fields"]["customer_name"].as_str().expect("a name").to_owned();
    shown["records"].as_array().expect("records").iter().map(name).collect()
}

async fn names_here(stack: &Stack) -> Vec<String> {
    let all = stack.database.ask("SELECT string_agg(name, '|' ORDER BY id) FROM customers").await;
    all.split('|').map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_that_wait_for_a_person_are_resolved_on_both_sides() {
    let stack = changed_on_both_sides("manual").await;
    let sync = stack.run("incremental", "bidirectional").await;
    assert_eq!(sync["summary"]["conflicts"].as_i64(), Some(6), "each is held back in both directions: {sync}");

    let listed = stack.get("/api/geniacs/conflicts?state=open").await;
    let conflicts = listed["data"]["conflicts"].as_array().expect("conflicts").clone();
    assert_eq!(conflicts.len(), 3);

    let resolutions = [
        json!({"resolution": "local"}),
        json!({"resolution": "geniacs"}),
        json!({"resolution": "merge", "fields": {"name": {"value": "Agreed 3"}}}),
    ];
    for (local_id, resolution) in (1..).zip(resolutions) {
        let conflict = conflicts.iter().find(|conflict| conflict["local_id"] == local_id).expect("its conflict");
        let values = conflict["fields"].as_array().expect("fields").iter().find(|field| field["field"] == "name");
        let values = values.expect("the name");
        assert_eq!(
            (&values["local"], &values["geniacs"]),
            (&json!(format!("Here {local_id}")), &json!(format!("There {local_id}")))
        );
        let resolved = stack.post(&format!("/api/geniacs/conflicts/{}/resolve", conflict["id"]), &resolution).await;
        stack.ended(resolved["data"]["sync_id"].as_i64().expect("a sync")).await;
    }

    let expected = ["Here 1", "There 2", "Agreed 3"];
    eventually("both sides agree", LIMIT, async || {
        (names_here(&stack).await == expected && names_there(&stack).await == expected).then_some(())
    })
    .await;
    assert!(
        stack.get("/api/geniacs/conflicts?state=open").await["data"]["conflicts"].as_array().is_some_and(Vec::is_empty)
    );

    let quiet = stack.run("incremental", "bidirectional").await;
    assert_eq!((&quiet["summary"]["updated"], &quiet["summary"]["conflicts"]), (&json!(0), &json!(0)), "{quiet}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_settles_what_both_sides_changed_and_both_agree_after_one_run() {
    for (policy, expected) in [("local", "Here"), ("geniacs", "There"), ("newest", "There")] {
        let stack = changed_on_both_sides(policy).await;
        let sync = stack.run("incremental", "bidirectional").await;
        assert_eq!(sync["status"], "success", "{policy}: {sync}");
        let expected: Vec<String> = (1..=3).map(|id| format!("{expected} {id}")).collect();
        assert_eq!((names_here(&stack).await, names_there(&stack).await), (expected.clone(), expected), "{policy}");
        let phones = stack.partner_shows("records/customers").await.to_string();
        assert_eq!(phones.matches("+6281111111").count(), 3, "what only one side changed is kept: {phones}");
        let again = stack.run("incremental", "bidirectional").await;
        assert_eq!(again["summary"]["updated"], 0, "nothing goes to and fro: {again}");
    }
}
