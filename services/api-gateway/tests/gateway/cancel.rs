//! Asking for the end of a sync.

use crate::stand::{Answer, Stand};
use domain::Role;
use serde_json::{Value, json};

async fn triggered(stand: &Stand, integration: i64) -> i64 {
    let body = json!({"integration_id": integration, "entity_type": "customers"});
    stand.post("/api/geniacs/sync/trigger", &body).await.body["data"]["sync"]["id"].as_i64().unwrap()
}

async fn cancel(stand: &Stand, id: i64) -> Answer {
    stand.post_as(Role::Operator, &format!("/api/geniacs/sync/{id}/cancel"), &Value::Null).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_nobody_works_on_ends_in_the_answer_and_the_next_starts() {
    let stand = Stand::start().await;
    let integration = stand.integration("Primary").await;
    let running = triggered(&stand, integration).await;
    let waiting = triggered(&stand, integration).await;

    let answer = cancel(&stand, running).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let sync = &answer.body["data"]["sync"];
    assert_eq!((&sync["id"], &sync["status"]), (&json!(running), &json!("cancelled")));
    assert!(sync["completed_at"].is_string());

    let next = stand.get(&format!("/api/geniacs/sync/{waiting}/status")).await;
    assert_eq!(next.body["data"]["sync"]["status"], "processing");
    let audited = format!("SELECT count(*) FROM audit_log WHERE action = 'sync.cancelled' AND subject_id = {running}");
    assert_eq!(stand.count(&audited).await, 1);

    let statistics = stand.get("/api/geniacs/statistics").await.body["data"].to_string();
    assert!(statistics.contains("\"cancelled_syncs\":1"), "{statistics}");

    cancel(&stand, running).await.assert_error(409, "already_ended");
    assert_eq!(stand.count(&audited).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_somebody_works_on_is_ended_by_them() {
    let stand = Stand::start().await;
    let integration = stand.integration("Primary").await;
    let id = triggered(&stand, integration).await;
    let held = "UPDATE sync_chunks SET worker = gen_random_uuid(), available_at = now() + interval '1 hour'";
    stand.database.execute(held).await;

    let answer = cancel(&stand, id).await;
    assert_eq!((answer.status.as_u16(), &answer.body["data"]["sync"]["status"]), (200, &json!("processing")));
    assert_eq!(cancel(&stand, id).await.status, 200, "asking twice is asking once");

    stand.database.execute("UPDATE sync_chunks SET available_at = now() - interval '1 second'").await;
    let answer = cancel(&stand, id).await;
    assert_eq!(answer.body["data"]["sync"]["status"], "cancelled", "a lease that ran out is nobody's");

    assert_eq!(stand.count("SELECT count(*) FROM sync_chunks WHERE state = 'open'").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_waits_for_its_retry_or_a_pause_ends_too() {
    let stand = Stand::start().await;
    let integration = stand.integration("Primary").await;
    let id = triggered(&stand, integration).await;

    let waits = "UPDATE sync_chunks SET state = 'done';
        UPDATE geniacs_data_sync SET status = 'pending', retry_count = 1, next_retry_at = now() + interval '1 hour'";
    stand.database.execute(waits).await;
    assert_eq!(cancel(&stand, id).await.body["data"]["sync"]["status"], "cancelled");

    let pause = format!(
        "INSERT INTO integration_limits (integration_id, paused_until) VALUES ({integration}, now() + interval '1 hour')"
    );
    stand.database.execute(&pause).await;

    let paused = triggered(&stand, integration).await;
    assert_eq!(cancel(&stand, paused).await.body["data"]["sync"]["status"], "cancelled");
    assert_eq!(stand.count("SELECT sum(cancelled)::bigint AS count FROM sync_stats_daily").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_does_not_exist_is_a_404_and_viewers_cancel_nothing() {
    let stand = Stand::start().await;
    cancel(&stand, 999).await.assert_error(404, "not_found");
    let refused = stand.post_as(Role::Viewer, "/api/geniacs/sync/1/cancel", &Value::Null).await;
    refused.assert_error(403, "forbidden");
}
