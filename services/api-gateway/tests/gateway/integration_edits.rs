//! Changing and deleting integrations.

use crate::stand::{Answer, Stand, integration, opened, send};
use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};

async fn patch(stand: &Stand, id: i64, body: &Value) -> Answer {
    let path = format!("/api/geniacs/integrations/{id}");
    send(stand.request(Method::PATCH, &path).bearer_auth(stand.admin()).json(body)).await
}

async fn delete(stand: &Stand, id: i64) -> Answer {
    send(stand.request(Method::DELETE, &format!("/api/geniacs/integrations/{id}")).bearer_auth(stand.admin())).await
}

async fn shown(stand: &Stand, id: i64) -> Value {
    stand.get(&format!("/api/geniacs/integrations/{id}")).await.body["data"]["integration"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_changes_what_it_gives_and_raises_the_version() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let before = shown(&stand, id).await;

    let answer = patch(&stand, id, &json!({"name": "Renamed", "description": null, "sync_enabled": false})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.headers["etag"], "\"2\"");

    let after = answer.body["data"]["integration"].clone();
    assert_eq!(
        (&after["name"], &after["description"], &after["version"]),
        (&json!("Renamed"), &Value::Null, &json!(2))
    );
    assert_eq!((&after["sync_enabled"], &after["health"]["status"]), (&json!(false), &json!("disabled")));
    for kept in
        ["endpoint_url", "api_version", "webhook_url", "is_active", "configuration", "rate_limits", "timeout_seconds"]
    {
        assert_eq!(after[kept], before[kept], "{kept}");
    }

    assert_eq!(shown(&stand, id).await, after);
    assert_eq!(opened(&stand, id, "api_key_encrypted").await, "geniacs_api_key_12345");

    let audited =
        "SELECT count(*) FROM audit_log WHERE action = 'integration.updated' AND before ->> 'name' = 'Primary'
        AND after ->> 'name' = 'Renamed' AND after -> 'replaced_secrets' = '[]'";
    assert_eq!(stand.count(audited).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_is_replaced_and_counts_for_the_columns_that_are_not_given() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let body = json!({"configuration": {"timeout_seconds": 7, "max_retries": 1, "real_time": ["customers"]}});
    let after = patch(&stand, id, &body).await.body["data"]["integration"].clone();
    assert_eq!(after["configuration"], body["configuration"]);
    assert_eq!((&after["timeout_seconds"], &after["retry_attempts"]), (&json!(7), &json!(1)));
    let both = json!({"timeout_seconds": 9, "configuration": {"timeout_seconds": 8}});
    assert_eq!(patch(&stand, id, &both).await.body["data"]["integration"]["timeout_seconds"], 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_replaced_sealed_and_shown_nowhere() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    let body = json!({"api_key": "new-key-1", "api_secret": "new-secret-2", "webhook_secret": "new-hook-3"});
    let answer = patch(&stand, id, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);

    assert_eq!(opened(&stand, id, "api_key_encrypted").await, "new-key-1");
    assert_eq!(opened(&stand, id, "api_secret_encrypted").await, "new-secret-2");
    assert_eq!(opened(&stand, id, "webhook_secret").await, "new-hook-3");

    let log = stand.database.ask("SELECT string_agg(concat(before, after), ' ') FROM audit_log").await;
    assert!(log.contains("\"replaced_secrets\": [\"api_key\", \"api_secret\", \"webhook_secret\"]"), "{log}");
    for text in [answer.body.to_string(), log, shown(&stand, id).await.to_string()] {
        assert!(!text.contains("new-key") && !text.contains("new-secret") && !text.contains("new-hook"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_invalid_field_of_an_edit_is_named_and_nothing_is_changed() {
    let stand = Stand::start().await;
    let (id, _) = (stand.integration("Primary").await, stand.integration("Other").await);

    let body = json!({"name": null, "endpoint_url": "ftp://x", "api_key": "a b", "configuration": {"max_retries": 21, "x": 1},
        "timeout_seconds": 0, "id": 7});
    let refused = patch(&stand, id, &body).await;
    refused.assert_error(422, "validation_failed");
    let expected =
        ["api_key", "configuration.max_retries", "configuration.x", "endpoint_url", "id", "name", "timeout_seconds"];
    assert_eq!(refused.fields(), expected);

    patch(&stand, id, &json!({"name": "Other"})).await.assert_error(409, "duplicate_name");
    assert_eq!(shown(&stand, id).await["version"], 1);
    patch(&stand, 999, &json!({})).await.assert_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_a_stale_version_is_a_conflict() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let path = format!("/api/geniacs/integrations/{id}");
    let tag = stand.get(&path).await.headers["etag"].clone();

    let edit = async |name: &str| {
        let request = stand.request(Method::PATCH, &path).bearer_auth(stand.admin()).header("If-Match", tag.clone());
        send(request.json(&json!({"name": name}))).await
    };

    assert_eq!(edit("first").await.status, 200);
    edit("second").await.assert_error(409, "stale_version");

    let stale = stand.request(Method::DELETE, &path).bearer_auth(stand.admin()).header("If-Match", tag.clone());
    send(stale).await.assert_error(409, "stale_version");
    assert_eq!(shown(&stand, id).await["name"], "first");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_integration_is_hidden_its_credentials_are_wiped_and_its_schedules_off() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    assert_eq!(delete(&stand, id).await.status, 200);
    for path in ["", "/health"] {
        stand.get(&format!("/api/geniacs/integrations/{id}{path}")).await.assert_error(404, "not_found");
    }

    for plural in ["integrations", "mappings", "schedules"] {
        let listed = stand.get(&format!("/api/geniacs/{plural}")).await.body;
        assert_eq!(listed["data"]["pagination"]["total_items"], 0, "{plural}");
    }

    let trigger = json!({"integration_id": id, "entity_type": "customers"});
    stand.post("/api/geniacs/sync/trigger", &trigger).await.assert_error(404, "not_found");

    let wiped = "SELECT count(*) FROM geniacs_integrations WHERE api_key_encrypted = '' AND api_secret_encrypted = ''
        AND NOT is_active AND NOT sync_enabled";
    assert_eq!(stand.count(wiped).await, 1);
    assert_eq!(stand.count("SELECT count(*) FROM geniacs_sync_schedules WHERE is_active").await, 0);
    assert_eq!(stand.count("SELECT count(*) FROM audit_log WHERE action = 'integration.deleted'").await, 1);

    // What comes later is still verified, to be stored and set aside.
    let secrets = storage::webhooks::webhook_secrets::all(&mut *stand.database.connection().await).await.unwrap();
    assert_eq!(secrets.iter().map(|row| (row.id, row.is_active)).collect::<Vec<_>>(), [(id, false)]);

    delete(&stand, id).await.assert_error(404, "not_found");
    assert_eq!(stand.post("/api/geniacs/integrations", &integration("Primary")).await.status, 201, "the name is free");
}

#[tokio::test(flavor = "multi_thread")]
async fn health_tells_since_when_until_when_and_why_work_is_paused() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let health =
        async || stand.get(&format!("/api/geniacs/integrations/{id}/health")).await.body["data"]["health"].clone();
    assert_eq!((&health().await["status"], &health().await["paused_since"]), (&json!("active"), &Value::Null));

    let mut connection = stand.database.connection().await;
    storage::partners::limits::pause(&mut connection, id, 60.0, "Geniacs asked for it").await.unwrap();

    let first = health().await;
    assert_eq!((&first["status"], &first["reason"]), (&json!("paused"), &json!("Geniacs asked for it")));
    assert!(first["paused_since"].is_string() && first["paused_until"].is_string());

    storage::partners::limits::pause(&mut connection, id, 600.0, "again").await.unwrap();
    assert_eq!(health().await["paused_since"], first["paused_since"], "a longer pause keeps its beginning");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_webhook_secret_is_shown_once_and_the_old_one_stays_valid_for_a_while() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let path = format!("/api/geniacs/integrations/{id}/rotate-webhook-secret");

    let answer = stand.post(&path, &Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.body);

    let data = &answer.body["data"]["integration"];
    assert_eq!(opened(&stand, id, "webhook_secret").await, data["webhook_secret"].as_str().unwrap());
    assert_eq!(opened(&stand, id, "webhook_secret_previous").await, "webhook_secret_abcdef");
    assert!(data["previous_valid_until"].is_string());

    assert_eq!(stand.count("SELECT count(*) FROM audit_log WHERE concat(before, after) LIKE '%whsec%'").await, 0);
    patch(&stand, id, &json!({"webhook_secret": "given"})).await;
    assert_eq!(stand.database.ask("SELECT webhook_secret_previous FROM geniacs_integrations").await, "", "at once");
    stand.post_as(Role::Operator, &path, &Value::Null).await.assert_error(403, "forbidden");
}
