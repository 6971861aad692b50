//! Dry runs: looking at their plans, and asking for them to be carried out.

use crate::stand::{Answer, Stand};
use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};

/// A dry run of customers that ended with this status, and a plan of five records.
async fn planned(stand: &Stand, options: &Value, status: &str) -> i64 {
    let integration = stand.integration("Primary").await;
    let body = json!({"integration_id": integration, "entity_type": "customers", "sync_type": "full",
        "filters": {"status": "active"}, "options": options});
    let answer = stand.post("/api/geniacs/sync/trigger", &body).await;
    let id = answer.body["data"]["sync"]["id"].as_i64().unwrap();

    let end = format!(
        "UPDATE sync_chunks SET state = 'done', records_read = 5, created = 1, updated = 2, unchanged = 1, failed = 1
             WHERE sync_id = {id};
         INSERT INTO sync_plan_items (sync_id, chunk_id, direction, local_id, action, changes, reason)
         SELECT {id}, 1, 'to_geniacs', n, a::plan_action,
             '[{{\"field\": \"balance\", \"geniacs_field\": \"customer_balance\", \"old\": 1.10, \"new\": 2.50}}]', null
         FROM unnest(ARRAY['create', 'update', 'update', 'unchanged', 'fail']) WITH ORDINALITY AS u (a, n);
         UPDATE geniacs_data_sync SET status = '{status}', completed_at = now() WHERE id = {id}"
    );

    stand.database.execute(&end).await;
    id
}

async fn apply(stand: &Stand, id: i64) -> Answer {
    stand.post_as(Role::Operator, &format!("/api/geniacs/sync/{id}/apply"), &json!({})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_tells_totals_at_once_and_its_records_one_stretch_after_the_other() {
    let stand = Stand::start().await;
    let id = planned(&stand, &json!({"dry_run": true}), "success").await;
    let path = format!("/api/geniacs/sync/{id}/preview");

    let first = stand.get(&format!("{path}?limit=2")).await;
    assert_eq!(first.status, 200, "{}", first.body);
    let preview = &first.body["data"]["preview"];
    let totals = json!({"create": 1, "update": 2, "delete": 0, "unchanged": 1, "skip": 0, "conflict": 0, "fail": 1});
    assert_eq!(
        (&preview["totals"], &preview["applied_by"], &preview["status"]),
        (&totals, &Value::Null, &json!("success"))
    );

    let change = r#"[{"field": "balance", "geniacs_field": "customer_balance", "old": 1.10, "new": 2.50}]"#;
    let change: Value = serde_json::from_str(change).unwrap();
    assert_eq!((&preview["items"][0]["record_id"], &preview["items"][0]["changes"]), (&json!(1), &change));

    let mut seen = preview["items"].as_array().unwrap().len();
    let mut next = first.body["data"]["next_cursor"].as_str().map(str::to_owned);
    while let Some(cursor) = next {
        let answer = stand.get(&format!("{path}?limit=2&after={cursor}")).await;
        seen += answer.body["data"]["preview"]["items"].as_array().unwrap().len();
        next = answer.body["data"]["next_cursor"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, 5);

    let updates = stand.get(&format!("{path}?action=update")).await;
    assert_eq!(updates.body["data"]["preview"]["items"].as_array().unwrap().len(), 2);
    stand.get(&format!("{path}?action=explode")).await.assert_error(400, "bad_parameter");
}

#[tokio::test(flavor = "multi_thread")]
async fn applying_a_plan_makes_one_sync_of_it_and_a_repeat_answers_with_that() {
    let stand = Stand::start().await;
    let id = planned(&stand, &json!({"dry_run": true, "create_missing": false}), "success").await;
    let path = format!("/api/geniacs/sync/{id}/apply");

    let with_key = async || {
        let request = stand.request(Method::POST, &path).bearer_auth(stand.admin()).header("Idempotency-Key", "once");
        request.send().await.unwrap().json::<Value>().await.unwrap()
    };

    let answer = with_key().await;
    let sync = answer["data"]["sync"].clone();
    assert_eq!((&sync["plan_of"], &sync["estimated_records"]), (&json!(id), &json!(3)), "{answer}");
    assert_eq!(with_key().await["data"]["sync"]["id"], sync["id"]);

    apply(&stand, id).await.assert_error(409, "already_applied");
    let kept = "SELECT count(*) FROM geniacs_data_sync WHERE data @> '{\"filters\": {\"status\": \"active\"},
        \"options\": {\"dry_run\": false, \"create_missing\": false}}' AND data ? 'plan_of'";
    assert_eq!(stand.count(kept).await, 1);
    assert_eq!(stand.count("SELECT count(*) FROM audit_log WHERE action = 'sync.applied'").await, 1);

    let preview = stand.get(&format!("/api/geniacs/sync/{id}/preview")).await;
    assert_eq!(preview.body["data"]["preview"]["applied_by"], sync["id"]);

    stand.database.execute(&format!("UPDATE geniacs_data_sync SET status = 'failed' WHERE id = {}", sync["id"])).await;
    assert_eq!(apply(&stand, id).await.status, 200, "one that failed leaves the plan to be applied");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_whole_plan_of_an_ended_dry_run_can_be_applied() {
    let stand = Stand::start().await;
    let id = planned(&stand, &json!({"dry_run": true}), "partial").await;
    apply(&stand, id).await.assert_error(409, "plan_incomplete");

    stand.database.execute(&format!("UPDATE geniacs_data_sync SET status = 'processing' WHERE id = {id}")).await;
    apply(&stand, id).await.assert_error(409, "sync_running");

    let sync = "UPDATE geniacs_data_sync SET status = 'success', data = jsonb_set(data, '{options,dry_run}', 'false')";
    stand.database.execute(sync).await;
    apply(&stand, id).await.assert_error(409, "not_a_dry_run");
    stand.get(&format!("/api/geniacs/sync/{id}/preview")).await.assert_error(409, "not_a_dry_run");

    stand.get("/api/geniacs/sync/999/preview").await.assert_error(404, "not_found");
    apply(&stand, 999).await.assert_error(404, "not_found");
    let path = format!("/api/geniacs/sync/{id}/apply");
    stand.post_as(Role::Viewer, &path, &Value::Null).await.assert_error(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_is_a_dry_run_both_ways_whose_plan_is_its_repair() {
    let stand = Stand::start().await;
    let integration = stand.integration("Primary").await;

    let body = json!({"integration_id": integration, "entity_type": "customers"});
    let answer = stand.post_as(Role::Operator, "/api/geniacs/consistency-checks", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let check = answer.body["data"]["consistency_check"].clone();
    assert_eq!((&check["status"], &check["repair"]), (&json!("processing"), &Value::Null));

    let id = check["id"].as_i64().unwrap();
    let end = format!(
        "UPDATE sync_chunks SET state = 'done', kind = 'pull', records_read = 10, created = 1, updated = 2, unchanged = 7
             WHERE sync_id = {id};
         INSERT INTO sync_plan_items (sync_id, chunk_id, direction, local_id, geniacs_id, action, changes)
         SELECT {id}, 1, d::sync_direction, n, g, a::plan_action,
             '[{{\"field\": \"name\", \"geniacs_field\": \"customer_name\", \"old\": \"A\", \"new\": \"B\"}}]'
         FROM (VALUES ('from_geniacs', NULL, 'c1', 'create'), ('from_geniacs', 2, 'c2', 'update'),
                      ('to_geniacs', 2, 'c2', 'update'), ('to_geniacs', 3, NULL, 'create'), ('to_geniacs', 4, 'c4', 'unchanged')
              ) v (d, n, g, a);
         UPDATE geniacs_data_sync SET status = 'success', completed_at = now() WHERE id = {id}"
    );
    stand.database.execute(&end).await;

    let shown = stand.get(&format!("/api/geniacs/consistency-checks/{id}")).await;
    let check = &shown.body["data"]["consistency_check"];
    let totals =
        json!({"compared": 11, "equal": 8, "missing_here": 1, "missing_there": 1, "differing": 1, "failed": 0});
    assert_eq!(check["totals"], totals, "{}", shown.body);

    let kinds: Vec<&str> =
        check["differences"].as_array().unwrap().iter().map(|d| d["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["missing_here", "differs", "differs", "missing_there"]);

    let (here, there) = (&check["differences"][1]["fields"][0], &check["differences"][2]["fields"][0]);
    assert_eq!((&here["here"], &here["there"]), (&json!("A"), &json!("B")));
    assert_eq!((&there["here"], &there["there"]), (&json!("B"), &json!("A")));

    for (kind, expected) in [("missing_here", 1), ("missing_there", 1), ("differs", 2), ("failed", 0)] {
        let narrowed = stand.get(&format!("/api/geniacs/consistency-checks/{id}?kind={kind}")).await.body;
        let found = narrowed["data"]["consistency_check"]["differences"].as_array().cloned().unwrap_or_default();
        assert_eq!((found.len(), found.iter().all(|one| one["kind"] == kind)), (expected, true), "{kind}: {found:?}");
    }

    assert_eq!(check["repair"]["apply"], format!("/api/geniacs/sync/{id}/apply"));
    assert_eq!(check["repair"]["trigger"]["sync_direction"], "bidirectional");
    assert_eq!(apply(&stand, id).await.status, 200);

    let listed = stand.get(&format!("/api/geniacs/consistency-checks?integration_id={integration}")).await.body;
    let checks = listed["data"]["consistency_checks"].as_array().unwrap();
    assert_eq!(checks.iter().map(|one| &one["id"]).collect::<Vec<_>>(), [&json!(id)], "the repair is no check");
    let others = stand.get("/api/geniacs/consistency-checks?entity_type=invoices").await.body;
    assert_eq!(others["data"]["consistency_checks"], json!([]));

    stand.get("/api/geniacs/consistency-checks/999").await.assert_error(404, "not_found");
    let refused = stand.post_as(Role::Operator, "/api/geniacs/consistency-checks", &json!({})).await;
    refused.assert_error(422, "validation_failed");
}
