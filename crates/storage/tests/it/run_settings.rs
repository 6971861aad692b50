//! What a run goes by: the order of strength between a schedule, an integration and the service.

use crate::stand::{Stand, plain, request};
use domain::schedule::ScheduleConfiguration;
use serde_json::json;
use storage::partners::integrations;
use storage::runs::syncs::RunSettings;

/// The service's settings.
fn defaults() -> RunSettings {
    let settings = plain(&request(1)).settings.clone();
    RunSettings {
        batch_size: 11,
        timeout_seconds: 12,
        max_attempts: 13,
        retry_failed: true,
        max_seconds: 14,
        ..settings
    }
}

#[tokio::test]
async fn a_schedule_s_configuration_is_stronger_than_the_integration_s_and_that_than_the_settings() {
    let stand = Stand::new().await;
    stand
        .execute(
            "UPDATE geniacs_integrations SET timeout_seconds = 22, retry_attempts = 3,
                 configuration = '{\"timeout_seconds\": 99, \"max_retries\": 9, \"retry_failed\": false}'",
        )
        .await;

    let integration = integrations::find(&mut *stand.connection().await, 1).await.unwrap().unwrap();
    let alone = integration.run_settings(domain::EntityType::Customers, defaults(), None);
    assert_eq!((alone.timeout_seconds, alone.max_attempts), (22, 3), "columns before the configuration");
    assert_eq!((alone.retry_failed, alone.batch_size, alone.max_seconds), (false, 11, 14));

    let schedule: ScheduleConfiguration = serde_json::from_value(
        json!({"sync_window": "last_2_hours", "batch_size": 31, "max_execution_time": 34, "retry_failed": true}),
    )
    .unwrap();
    let scheduled = integration.run_settings(domain::EntityType::Customers, defaults(), Some(&schedule));
    assert_eq!((scheduled.batch_size, scheduled.max_seconds, scheduled.retry_failed), (31, 34, true));
    assert_eq!(scheduled.window_seconds, Some(7_200));
}
