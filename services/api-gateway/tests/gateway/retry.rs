//! Asking for what failed once more.

use crate::stand::Stand;
use domain::Role;
use serde_json::{Value, json};

/// A push of customers that has ended, with this status and 3 failed records.
async fn ended(stand: &Stand, status: &str) -> i64 {
    let integration = stand.integration("Primary").await;
    let body = json!({"integration_id": integration, "entity_type": "customers", "sync_type": "full",
        "filters": {"status": "active"}, "options": {"update_existing": false, "if_running": "reject"}});
    let answer = stand.post("/api/geniacs/sync/trigger", &body).await;
    let id = answer.body["data"]["sync"]["id"].as_i64().unwrap();

    let end = format!(
        "UPDATE sync_chunks SET state = 'done' WHERE sync_id = {id};
         INSERT INTO sync_record_errors (sync_id, chunk_id, record_id, error_type, error_message)
         SELECT {id}, c.id, n, 'validation_error', 'Invalid email format' FROM sync_chunks c, generate_series(1, 3) n;
         UPDATE geniacs_data_sync SET status = '{status}', completed_at = now() WHERE id = {id}"
    );

    stand.database.execute(&end).await;
    id
}

async fn retry(stand: &Stand, id: i64) -> crate::stand::Answer {
    stand.post_as(Role::Operator, &format!("/api/geniacs/sync/{id}/retry"), &json!({})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_is_a_new_sync_of_the_same_kind_that_names_the_old_one() {
    let stand = Stand::start().await;
    let id = ended(&stand, "partial").await;

    let answer = retry(&stand, id).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let sync = &answer.body["data"]["sync"];
    assert_eq!((&sync["retry_of"], &sync["status"]), (&json!(id), &json!("processing")));
    assert_eq!((&sync["sync_type"], &sync["sync_direction"]), (&json!("full"), &json!("to_geniacs")));
    assert_eq!(sync["estimated_records"], 3);

    let status = stand.get(&format!("/api/geniacs/sync/{}/status", sync["id"])).await.body["data"]["sync"].clone();
    assert_eq!(status["retry_of"], json!(id));
    let kept = "SELECT count(*) FROM geniacs_data_sync WHERE data @> '{\"filters\": {\"status\": \"active\"},
        \"options\": {\"update_existing\": false, \"if_running\": \"queue\"}}' AND data ? 'retry_of'";
    assert_eq!(stand.count(kept).await, 1);

    let audited = format!(
        "SELECT count(*) FROM audit_log WHERE action = 'sync.retried' AND subject_id = {} AND (after ->> 'retry_of')::int = {id}",
        sync["id"]
    );
    assert_eq!(stand.count(&audited).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_ended_sync_with_failures_is_retried_and_only_once_at_a_time() {
    let stand = Stand::start().await;
    let id = ended(&stand, "failed").await;
    let set = |status: &str| format!("UPDATE geniacs_data_sync SET status = '{status}' WHERE id = {id}");

    for status in ["pending", "processing"] {
        stand.database.execute(&set(status)).await;
        retry(&stand, id).await.assert_error(409, "sync_running");
    }

    stand.database.execute(&set("success")).await;
    retry(&stand, id).await.assert_error(409, "nothing_to_retry");

    stand.database.execute(&set("failed")).await;
    assert_eq!(retry(&stand, id).await.status, 200);
    retry(&stand, id).await.assert_error(409, "sync_running");
    assert_eq!(stand.count("SELECT count(*) FROM geniacs_data_sync").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_does_not_exist_is_a_404_and_viewers_retry_nothing() {
    let stand = Stand::start().await;
    retry(&stand, 999).await.assert_error(404, "not_found");
    let refused = stand.post_as(Role::Viewer, "/api/geniacs/sync/1/retry", &Value::Null).await;
    refused.assert_error(403, "forbidden");
}
