//! Making and showing schedules.

use crate::stand::Stand;
use serde_json::{Value, json};

const SCHEDULES: &str = "/api/geniacs/schedules";

/// The specification's example.
fn payments(integration_id: i64) -> Value {
    json!({
        "integration_id": integration_id, "name": "Payment Sync Schedule", "entity_type": "payments",
        "sync_type": "incremental", "cron_expression": "0 */2 * * *", "is_active": true,
        "configuration": {
            "sync_window": "last_2_hours", "batch_size": 50, "max_execution_time": 900, "retry_failed": true
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn creating_answers_with_the_schedule_and_its_next_tick() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let answer = stand.post(SCHEDULES, &payments(id)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(answer.body["message"], "Sync schedule created successfully");
    let made = &answer.body["data"]["schedule"];
    for (field, value) in payments(id).as_object().unwrap() {
        assert_eq!(&made[field], value, "{field}");
    }
    // Asia/Jakarta is seven hours ahead, so that its even hours are odd ones in UTC.
    let next: chrono::DateTime<chrono::Utc> = made["next_run_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(next.timestamp() % 7_200, 3_600);
    assert!(next > chrono::Utc::now());
    let listed = stand.get(&format!("{SCHEDULES}?entity_type=payments&is_active=true&limit=1")).await;
    assert_eq!(&listed.body["data"]["schedules"][0], made);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cron_expression_that_is_wrong_never_true_or_too_dense_is_refused() {
    let stand = Stand::start_with(&[("GENIACS_SCHEDULES__MIN_INTERVAL_SECONDS", "120")]).await;
    let id = stand.integration("Primary").await;
    for cron in ["every day", "61 * * * *", "0 0 30 2 *", "* * * * *", "*/30 * * * * *"] {
        let mut body = payments(id);
        body["cron_expression"] = json!(cron);
        let answer = stand.post(SCHEDULES, &body).await;
        answer.assert_error(422, "validation_failed");
        assert_eq!(answer.fields(), ["cron_expression"], "{cron}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_invalid_field_is_named() {
    let stand = Stand::start().await;
    let body = json!({
        "name": "", "entity_type": "payment", "sync_type": "partial", "time_zone": "Mars/Olympus", "overlap": "x",
        "catch_up": "x", "jitter_seconds": 3601, "configuration": {
            "batch_size": 0, "sync_window": "last_century", "what": 1, "filters": {"x": 1}, "options": {"y": 1},
            "sync_direction": "bidirectional"
        }
    });
    let answer = stand.post(SCHEDULES, &body).await;
    let expected = [
        "catch_up",
        "configuration.batch_size",
        "configuration.filters.x",
        "configuration.options.y",
        "configuration.sync_direction",
        "configuration.sync_window",
        "configuration.what",
        "cron_expression",
        "entity_type",
        "integration_id",
        "jitter_seconds",
        "name",
        "overlap",
        "sync_type",
        "time_zone",
    ];
    assert_eq!(answer.fields(), expected);
}
