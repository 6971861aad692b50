//! Making and showing integrations.

use crate::stand::{Stand, integration};
use secrets::{ExposeSecret as _, KeyRing, Place};
use serde_json::json;

const INTEGRATIONS: &str = "/api/geniacs/integrations";

#[tokio::test(flavor = "multi_thread")]
async fn creating_answers_as_the_specification_says_and_shows_no_secret() {
    let stand = Stand::start().await;
    let answer = stand.post(INTEGRATIONS, &integration("New Geniacs Integration")).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(answer.body["message"], "Geniacs integration created successfully");
    let made = &answer.body["data"]["integration"];
    assert_eq!(made["name"], "New Geniacs Integration");
    assert_eq!(made["endpoint_url"], "https://api.geniacs.com/v1");
    assert_eq!((&made["is_active"], &made["sync_enabled"]), (&json!(true), &json!(true)));
    assert_eq!((&made["timeout_seconds"], &made["retry_attempts"]), (&json!(60), &json!(5)));
    assert_eq!(made["configuration"]["sync_interval"], "10m");
    assert!(made["created_at"].as_str().unwrap().ends_with('Z'));
    let none = json!({"total_syncs": 0, "successful_syncs": 0, "failed_syncs": 0, "pending_syncs": 0});
    assert_eq!(made["sync_status"], none);

    let id = made["id"].as_i64().unwrap();
    let shown = stand.get(&format!("{INTEGRATIONS}/{id}")).await;
    assert_eq!(&shown.body["data"]["integration"], made);
    let listed = stand.get(INTEGRATIONS).await;
    for text in [answer.body.to_string(), shown.body.to_string(), listed.body.to_string()] {
        for secret in ["geniacs_api_key", "geniacs_api_secret", "webhook_secret", "v1.test."] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_sealed_for_their_row_and_column() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    let row =
        storage::partners::integrations::find(&mut *stand.database.connection().await, id).await.unwrap().unwrap();
    let ring = KeyRing::parse(&stand.keys).unwrap();
    for (column, sealed, open) in [
        ("api_key_encrypted", row.api_key_encrypted.as_str(), "geniacs_api_key_12345"),
        ("api_secret_encrypted", row.api_secret_encrypted.as_str(), "geniacs_api_secret_67890"),
        ("webhook_secret", row.webhook_secret.as_deref().unwrap(), "webhook_secret_abcdef"),
    ] {
        let place = Place { table: "geniacs_integrations", column, row: id };
        assert_eq!(ring.open(&place, sealed).unwrap().expose_secret(), open);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_secret_that_was_not_given_is_made_and_shown_once() {
    let stand = Stand::start().await;
    let mut body = integration("Primary");
    body.as_object_mut().unwrap().remove("webhook_secret");
    let made = stand.post(INTEGRATIONS, &body).await.body["data"]["integration"].clone();
    assert!(made["webhook_secret"].as_str().unwrap().starts_with("whsec_"));
    let shown = stand.get(&format!("{INTEGRATIONS}/{}", made["id"])).await;
    assert!(shown.body["data"]["integration"]["webhook_secret"].is_null());
    assert_eq!(stand.count("SELECT count(*) FROM audit_log WHERE after::text LIKE '%whsec%'").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_schedules_and_mappings_come_with_it_and_it_is_in_the_audit_log() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    let schedules = stand.get(&format!("/api/geniacs/schedules?integration_id={id}")).await.body;
    let schedules = schedules["data"]["schedules"].as_array().unwrap().clone();
    assert_eq!(schedules.len(), 4);
    let customer = schedules.iter().find(|s| s["name"] == "Customer Incremental Sync").unwrap();
    assert_eq!(customer["cron_expression"], "*/15 * * * *");
    assert_eq!(customer["configuration"], json!({"sync_window": "last_hour", "batch_size": 100}));
    assert_eq!(customer["time_zone"], "Asia/Jakarta");
    assert!(customer["next_run_at"].as_str().unwrap().ends_with(":00Z"));

    let mappings = stand.get(&format!("/api/geniacs/mappings?integration_id={id}&entity_type=customers")).await.body;
    let fields: Vec<_> = mappings["data"]["mappings"].as_array().unwrap().iter().map(|m| &m["local_field"]).collect();
    assert_eq!(fields, ["status", "customer_code", "phone", "email", "name"]);

    let entry = format!(
        "SELECT count(*) FROM audit_log WHERE action = 'integration.created' AND subject_id = {id}
         AND actor LIKE 'admin-%' AND address = '127.0.0.1' AND after ->> 'name' = 'Primary' AND length(request_id) = 36"
    );
    assert_eq!(stand.count(&entry).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn default_mappings_can_be_turned_off() {
    let stand = Stand::start_with(&[("GENIACS_DEFAULT_MAPPINGS", "false")]).await;
    stand.integration("Primary").await;
    assert_eq!(stand.count("SELECT count(*) FROM geniacs_field_mappings").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_is_a_409_and_leaves_nothing_behind() {
    let stand = Stand::start().await;
    stand.integration("Primary").await;
    stand.post(INTEGRATIONS, &integration("Primary")).await.assert_error(409, "duplicate_name");
    assert_eq!(stand.count("SELECT count(*) FROM geniacs_integrations").await, 1);
    assert_eq!(stand.count("SELECT count(*) FROM geniacs_sync_schedules").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_invalid_field_is_named() {
    let stand = Stand::start().await;

    let body = json!({
        "name": " ", "endpoint_url": "ftp://x", "api_key": "a b", "is_active": "yes", "api_version": "x".repeat(21),
        "webhook_url": 7, "timeout_seconds": 601, "retry_attempts": -1, "surprise": 1, "description": "a\u{0}b",
        "configuration": {"max_retries": 21, "auto_sync": "x", "sync_interval": "5x", "unknown": 1},
        "rate_limits": {"requests_per_minute": 0, "requests_per_day": "many"}
    });

    let answer = stand.post(INTEGRATIONS, &body).await;
    answer.assert_error(422, "validation_failed");
    let expected = [
        "api_key",
        "api_secret",
        "api_version",
        "configuration.auto_sync",
        "configuration.max_retries",
        "configuration.sync_interval",
        "configuration.unknown",
        "description",
        "endpoint_url",
        "is_active",
        "name",
        "rate_limits.requests_per_day",
        "rate_limits.requests_per_minute",
        "retry_attempts",
        "surprise",
        "timeout_seconds",
        "webhook_url",
    ];
    assert_eq!(answer.fields(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_can_be_narrowed() {
    let stand = Stand::start().await;
    stand.integration("on").await;
    let mut off = integration("off");
    off["is_active"] = json!(false);
    stand.post(INTEGRATIONS, &off).await;

    let names = async |query: &str| {
        let body = stand.get(&format!("{INTEGRATIONS}?{query}")).await.body;
        let items = body["data"]["integrations"].as_array().unwrap().clone();
        items.into_iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };

    assert_eq!(names("is_active=true").await, ["on"]);
    assert_eq!(names("is_active=false&sync_enabled=true").await, ["off"]);
    assert_eq!(names("sync_enabled=false").await, Vec::<String>::new());
}
