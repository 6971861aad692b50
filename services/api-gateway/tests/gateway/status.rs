//! Seeing what becomes of a sync.

use crate::stand::Stand;
use serde_json::{Value, json};

/// A sync that has ended, of 130 records of which 105 failed.
async fn ended(stand: &Stand) -> i64 {
    let integration = stand.integration("Primary").await;
    let body = json!({"integration_id": integration, "entity_type": "customers"});
    let answer = stand.post("/api/geniacs/sync/trigger", &body).await;
    let id = answer.body["data"]["sync"]["id"].as_i64().unwrap();

    stand
        .database
        .execute(&format!(
            "UPDATE sync_chunks SET state = 'done', records_read = 130, created = 5, updated = 19, skipped = 1, failed = 105
             WHERE sync_id = {id};
             UPDATE geniacs_data_sync SET status = 'partial', total_records = 130, started_at = now() - interval '300 s',
                 completed_at = now() WHERE id = {id};
             INSERT INTO sync_record_errors (sync_id, chunk_id, record_id, error_type, error_message)
             SELECT {id}, c.id, n, 'validation_error', 'Invalid email format'
             FROM sync_chunks c, generate_series(1, 105) n WHERE c.sync_id = {id}"
        ))
        .await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_has_the_fields_of_the_contract() {
    let stand = Stand::start().await;
    let id = ended(&stand).await;

    let sync = stand.get(&format!("/api/geniacs/sync/{id}/status")).await.body["data"]["sync"].clone();
    assert_eq!((&sync["id"], &sync["status"]), (&json!(id), &json!("partial")));

    let progress = json!({
        "total_records": 130, "processed_records": 130, "successful_records": 25, "failed_records": 105, "percentage": 100
    });
    assert_eq!(sync["progress"], progress);

    let summary = json!({
        "created": 5, "updated": 19, "unchanged": 0, "skipped": 1, "deleted": 0, "conflicts": 0, "failed": 105
    });
    assert_eq!(sync["summary"], summary);

    assert_eq!((&sync["duration_seconds"], &sync["stalled"]), (&json!(300), &json!(false)));
    assert!(sync["next_retry_at"].is_null() && sync["completed_at"].is_string());

    let errors = sync["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 100);
    assert_eq!((&errors[0]["record_id"], &errors[0]["error_type"]), (&json!(1), &json!("validation_error")));
    assert!(errors[0]["geniacs_id"].is_null() && errors[0]["failed_at"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn before_anything_is_known_totals_are_null() {
    let stand = Stand::start().await;
    let integration = stand.integration("Primary").await;
    let body = json!({"integration_id": integration, "entity_type": "customers"});
    let id = stand.post("/api/geniacs/sync/trigger", &body).await.body["data"]["sync"]["id"].clone();
    let sync = stand.get(&format!("/api/geniacs/sync/{id}/status")).await.body["data"]["sync"].clone();
    assert_eq!(sync["status"], "processing");
    assert_eq!((&sync["progress"]["total_records"], &sync["progress"]["percentage"]), (&Value::Null, &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_failures_are_paged_by_cursor() {
    let stand = Stand::start().await;
    let id = ended(&stand).await;

    let mut path = format!("/api/geniacs/sync/{id}/errors?limit=50");
    let mut seen = Vec::new();
    loop {
        let data = stand.get(&path).await.body["data"].clone();
        seen.extend(data["errors"].as_array().unwrap().iter().map(|error| error["record_id"].as_i64().unwrap()));
        let Some(cursor) = data["next_cursor"].as_str() else { break };
        path = format!("/api/geniacs/sync/{id}/errors?limit=50&after={cursor}");
    }

    assert_eq!(seen, (1..=105).collect::<Vec<_>>());
    let bad = stand.get(&format!("/api/geniacs/sync/{id}/errors?after=x")).await;
    bad.assert_error(400, "bad_parameter");
    stand.get("/api/geniacs/sync/999/errors").await.assert_error(404, "not_found");
}
