//! Each example of the specification: its request, and its answer field by field.

use super::assert_like;
use crate::stand::{Stand, integration};
use domain::Role;
use geniacs_simulator::{Config, Simulator};
use serde_json::{Value, json};

const EXACT: &[&str] = &["success", "message", "status", "name", "entity_type", "sync_type", "sync_direction"];

fn like(actual: &Value, example: &Value) {
    assert_like(actual, example, "", EXACT);
}

#[tokio::test(flavor = "multi_thread")]
async fn integrations_are_listed_as_in_the_example() {
    let stand = Stand::start().await;
    let mut body = integration("Primary Geniacs Integration");
    body["description"] = json!("Main integration with Geniacs API");
    body["configuration"] = json!({"auto_sync": true, "sync_interval": "5m", "retry_failed": true, "max_retries": 3});
    stand.post("/api/geniacs/integrations", &body).await;

    stand
        .database
        .execute("UPDATE geniacs_integrations SET last_sync_at = now(), last_webhook_received_at = now()")
        .await;

    let listed = stand.get("/api/geniacs/integrations").await;
    like(
        &listed.body,
        &json!({
            "success": true,
            "data": {
                "integrations": [{
                    "id": 1, "name": "Primary Geniacs Integration", "description": "Main integration with Geniacs API",
                    "endpoint_url": "https://api.geniacs.com/v1", "api_version": "v1", "is_active": true, "sync_enabled": true,
                    "last_sync_at": "2024-01-01T10:00:00Z", "last_webhook_received_at": "2024-01-01T09:45:00Z",
                    "sync_status": {"total_syncs": 1250, "successful_syncs": 1200, "failed_syncs": 50, "pending_syncs": 0},
                    "configuration": {"auto_sync": true, "sync_interval": "5m", "retry_failed": true, "max_retries": 3},
                    "created_at": "2024-01-01T08:00:00Z"
                }],
                "pagination": {"current_page": 1, "total_pages": 1, "total_items": 1, "per_page": 10}
            }
        }),
    );

    assert_eq!(
        listed.body["data"]["pagination"],
        json!({"current_page": 1, "total_pages": 1, "total_items": 1, "per_page": 10})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_is_made_as_in_the_example() {
    let stand = Stand::start().await;
    let mut body = integration("New Geniacs Integration");
    body["endpoint_url"] = json!("https://api.geniacs.com/v1");

    let made = stand.post("/api/geniacs/integrations", &body).await;
    assert_eq!(made.status, 201);
    like(
        &made.body,
        &json!({
            "success": true, "message": "Geniacs integration created successfully",
            "data": {"integration": {
                "id": 2, "name": "New Geniacs Integration", "endpoint_url": "https://api.geniacs.com/v1", "api_version": "v1",
                "is_active": true, "sync_enabled": true, "created_at": "2024-01-01T10:00:00Z"
            }}
        }),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_tested_as_in_the_example() {
    let (stand, simulator) = (Stand::start().await, Simulator::start(Config::default()).unwrap());
    let mut body = integration("Primary");
    body["endpoint_url"] = json!(simulator.base_url);
    body["api_key"] = json!(Config::default().api_key);
    body["api_secret"] = json!(Config::default().api_secret);
    let made = stand.post("/api/geniacs/integrations", &body).await.body["data"]["integration"]["id"].clone();

    let path = format!("/api/geniacs/integrations/{made}/test-connection");
    let tested = stand.post_as(Role::Operator, &path, &json!({})).await;
    assert_eq!(tested.status, 200);
    like(
        &tested.body,
        &json!({
            "success": true, "message": "Connection test successful",
            "data": {"connection_test": {
                "status": "success", "response_time": 245, "api_version": "v1.2.3",
                "rate_limits": {"remaining_requests": 95, "reset_time": "2024-01-01T11:00:00Z"},
                "supported_endpoints": ["/customers", "/subscriptions", "/payments", "/monitoring", "/invoices"],
                "authentication": "valid", "tested_at": "2024-01-01T10:05:00Z"
            }}
        }),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_is_triggered_and_followed_as_in_the_examples() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    let body = json!({
        "integration_id": id, "sync_type": "incremental", "entity_type": "customers", "sync_direction": "to_geniacs",
        "filters": {"updated_since": "2024-01-01T00:00:00Z", "customer_status": "active", "limit": 100},
        "options": {"create_missing": true, "update_existing": true, "delete_missing": false, "dry_run": false}
    });
    let triggered = stand.post_as(Role::Operator, "/api/geniacs/sync/trigger", &body).await;
    assert_eq!(triggered.status, 200);
    like(
        &triggered.body,
        &json!({
            "success": true, "message": "Sync triggered successfully",
            "data": {"sync": {
                "id": 12345, "integration_id": 1, "sync_type": "incremental", "entity_type": "customers",
                "sync_direction": "to_geniacs", "status": "processing", "estimated_records": 25,
                "started_at": "2024-01-01T10:10:00Z"
            }}
        }),
    );

    let sync = triggered.body["data"]["sync"]["id"].as_i64().unwrap();
    stand
        .database
        .execute(&format!(
            "UPDATE sync_chunks SET state = 'done', records_read = 25, created = 5, updated = 19, failed = 1;
             UPDATE geniacs_data_sync SET status = 'partial', total_records = 25, completed_at = started_at + interval '300 s';
             INSERT INTO sync_record_errors (sync_id, chunk_id, record_id, error_type, error_message)
             SELECT {sync}, id, 123, 'validation_error', 'Invalid email format' FROM sync_chunks"
        ))
        .await;

    let status = stand.get(&format!("/api/geniacs/sync/{sync}/status")).await;
    // The specification shows this sync as a success; with a failed record it ends as partial.
    like(
        &status.body,
        &json!({
            "success": true,
            "data": {"sync": {
                "id": 12345, "integration_id": 1, "sync_type": "incremental", "entity_type": "customers", "status": "partial",
                "progress": {
                    "total_records": 25, "processed_records": 25, "successful_records": 24, "failed_records": 1, "percentage": 100
                },
                "started_at": "2024-01-01T10:10:00Z", "completed_at": "2024-01-01T10:15:00Z", "duration_seconds": 300,
                "summary": {"created": 5, "updated": 19, "skipped": 0, "failed": 1},
                "errors": [{
                    "record_id": 123, "error_type": "validation_error", "error_message": "Invalid email format",
                    "failed_at": "2024-01-01T10:12:30Z"
                }]
            }}
        }),
    );

    let found = &status.body["data"]["sync"];
    assert_eq!((&found["duration_seconds"], &found["summary"]["updated"]), (&json!(300), &json!(19)));
}

#[tokio::test(flavor = "multi_thread")]
async fn options_and_the_entity_id_are_kept_as_the_contract_says() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    for ids in [json!([7]), json!([7, 8])] {
        let body = json!({"integration_id": id, "entity_type": "customers", "filters": {"ids": ids}});
        assert_eq!(stand.post("/api/geniacs/sync/trigger", &body).await.status, 200);
    }

    assert_eq!(
        stand.count("SELECT count(*) FROM geniacs_data_sync WHERE entity_id = 7").await,
        1,
        "where one was asked for"
    );
    assert_eq!(stand.count("SELECT count(*) FROM geniacs_data_sync WHERE entity_id IS NULL").await, 1);

    let defaults = "SELECT count(*) FROM geniacs_data_sync WHERE data->'options' = '{\"create_missing\": true,
        \"update_existing\": true, \"delete_missing\": false, \"dry_run\": false, \"confirm_deletes\": false,
        \"if_running\": \"queue\"}'";
    assert_eq!(stand.count(defaults).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn mappings_are_made_and_listed_as_in_the_examples() {
    let stand = Stand::start_with(&[("GENIACS_DEFAULT_MAPPINGS", "false")]).await;
    let id = stand.integration("Primary").await;

    let phone = json!({
        "integration_id": id, "entity_type": "customers", "local_field": "phone", "geniacs_field": "customer_phone",
        "field_type": "string", "is_required": false,
        "transformation_rules": {"remove_special_chars": true, "format": "international"},
        "validation_rules": {"phone": true, "min_length": 10, "max_length": 15}, "default_value": null, "is_active": true
    });
    let made = stand.post("/api/geniacs/mappings", &phone).await;
    assert_eq!(made.status, 201, "{}", made.body);
    like(
        &made.body,
        &json!({
            "success": true, "message": "Field mapping created successfully",
            "data": {"mapping": {
                "id": 10, "integration_id": 1, "entity_type": "customers", "local_field": "phone",
                "geniacs_field": "customer_phone", "field_type": "string", "is_required": false, "is_active": true,
                "created_at": "2024-01-01T10:00:00Z"
            }}
        }),
    );

    let name = json!({
        "integration_id": id, "entity_type": "customers", "local_field": "name", "geniacs_field": "customer_name",
        "field_type": "string", "is_required": true,
        "transformation_rules": {"trim": true, "uppercase": false, "max_length": 255},
        "validation_rules": {"required": true, "max_length": 255}, "is_active": true
    });
    assert_eq!(stand.post("/api/geniacs/mappings", &name).await.status, 201);

    let path = format!("/api/geniacs/mappings?integration_id={id}&entity_type=customers&is_active=true&limit=1");
    let listed = stand.get(&path).await;
    like(&listed.body, &json!({"success": true, "data": {"mappings": [name], "pagination": {"total_items": 2}}}));
    assert_eq!(listed.body["data"]["mappings"][0]["transformation_rules"], name["transformation_rules"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn schedules_are_made_and_listed_as_in_the_examples() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    let body = json!({
        "integration_id": id, "name": "Payment Sync Schedule", "entity_type": "payments", "sync_type": "incremental",
        "cron_expression": "0 */2 * * *", "is_active": true,
        "configuration": {"sync_window": "last_2_hours", "batch_size": 50, "max_execution_time": 900, "retry_failed": true}
    });
    let made = stand.post("/api/geniacs/schedules", &body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    like(
        &made.body,
        &json!({
            "success": true, "message": "Sync schedule created successfully",
            "data": {"schedule": {
                "id": 2, "integration_id": 1, "name": "Payment Sync Schedule", "entity_type": "payments",
                "sync_type": "incremental", "cron_expression": "0 */2 * * *", "is_active": true,
                "next_run_at": "2024-01-01T12:00:00Z", "created_at": "2024-01-01T10:00:00Z"
            }}
        }),
    );

    stand.database.execute("UPDATE geniacs_sync_schedules SET last_run_at = now()").await;
    let path = format!("/api/geniacs/schedules?integration_id={id}&entity_type=payments&is_active=true&limit=1");
    like(
        &stand.get(&path).await.body,
        &json!({
            "success": true,
            "data": {"schedules": [{
                "id": 1, "integration_id": 1, "name": "Payment Sync Schedule", "entity_type": "payments",
                "sync_type": "incremental", "cron_expression": "0 */2 * * *", "is_active": true,
                "last_run_at": "2024-01-01T10:00:00Z", "next_run_at": "2024-01-01T10:05:00Z",
                "configuration": {"sync_window": "last_2_hours", "batch_size": 50, "max_execution_time": 900}
            }]}
        }),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_are_named_as_in_the_example() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    stand
        .database
        .execute(&format!(
            "INSERT INTO sync_stats_daily (integration_id, day, entity_type, sync_type, total, successful, failed, duration_ms)
             VALUES ({id}, '2026-03-01', 'customers', 'full', 7, 5, 2, 1050000)"
        ))
        .await;

    let answer = stand.get(&format!("/api/geniacs/statistics?integration_id={id}&from=2026-03-01&to=2026-03-01")).await;
    let group = json!({"total": 7, "successful": 5, "failed": 2});
    assert_like(
        &answer.body["data"],
        &json!({
            "total_syncs": 7, "successful_syncs": 5, "failed_syncs": 2, "pending_syncs": 0, "success_rate": 71.4,
            "average_duration_seconds": 150.0, "by_entity_type": {"customers": group}, "by_sync_type": {"full": group},
            "by_day": [{"day": "2026-03-01", "total": 7}]
        }),
        "",
        &[
            "total_syncs",
            "successful_syncs",
            "failed_syncs",
            "pending_syncs",
            "success_rate",
            "average_duration_seconds",
            "total",
            "successful",
            "failed",
            "day",
        ],
    );
}
