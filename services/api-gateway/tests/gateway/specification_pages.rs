//! Every request that the pages of the specification send, as its React code sends it.

use crate::stand::{Answer, Stand, opened, send};
use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};

const INTEGRATIONS: &str = "/api/geniacs/integrations";
const ENTITIES: [&str; 5] = ["customers", "subscriptions", "payments", "monitoring_data", "invoices"];

/// What the form "Create Geniacs Integration" sends: text for every field, empty where nobody typed anything.
fn form() -> Value {
    json!({
        "name": "New Integration", "description": "", "endpoint_url": "https://api.geniacs.com/v1",
        "api_key": "test_api_key", "api_secret": "test_api_secret", "webhook_url": "", "webhook_secret": "",
        "is_active": true, "sync_enabled": true,
    })
}

async fn created(stand: &Stand) -> Value {
    let answer = stand.post(INTEGRATIONS, &form()).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body["data"]["integration"].clone()
}

async fn patch(stand: &Stand, id: &Value, body: Value) -> Answer {
    stand.change(Method::PATCH, &format!("{INTEGRATIONS}/{id}"), &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_for_a_new_integration_works_with_its_optional_fields_left_empty() {
    let stand = Stand::start().await;
    let made = created(&stand).await;
    assert_eq!((&made["description"], &made["webhook_url"]), (&Value::Null, &Value::Null));
    assert!(made["webhook_secret"].as_str().unwrap().starts_with("whsec_"), "one is made: {made}");

    let mut without = form();
    without["api_secret"] = json!("");
    without["name"] = json!("");
    assert_eq!(stand.post(INTEGRATIONS, &without).await.fields(), ["api_secret", "name"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_integrations_is_shown_as_cards() {
    let stand = Stand::start().await;
    let id = created(&stand).await["id"].clone();
    for query in ["", "?page=1&limit=10&is_active=true&sync_enabled=true"] {
        let answer = stand.get(&format!("{INTEGRATIONS}{query}")).await;
        let card = &answer.body["data"]["integrations"][0];
        assert_eq!(card["id"], id, "{}", answer.body);
        for count in ["total_syncs", "successful_syncs", "failed_syncs", "pending_syncs"] {
            assert!(card["sync_status"][count].is_u64(), "{card}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_tested_by_a_post_without_a_body() {
    let stand = Stand::start().await;
    let made = created(&stand).await;
    let unreachable = json!({"endpoint_url": "http://127.0.0.1:1/v1", "api_key": "k", "api_secret": "s"});
    assert_eq!(patch(&stand, &made["id"], unreachable).await.status, 200);

    let path = format!("{INTEGRATIONS}/{}/test-connection", made["id"]);
    let answer = send(stand.request(Method::POST, &path).bearer_auth(stand.token_for(Role::Operator))).await;
    let test = &answer.body["data"]["connection_test"];
    for field in ["status", "response_time", "api_version", "authentication", "tested_at"] {
        assert!(test.get(field).is_some(), "{field}: {}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_of_each_entity_is_triggered_for_the_integration_that_a_menu_names_in_text() {
    let stand = Stand::start().await;
    let id = created(&stand).await["id"].to_string();
    for entity in ENTITIES {
        let body = json!({
            "integration_id": id, "entity_type": entity, "sync_type": "incremental", "sync_direction": "to_geniacs",
            "options": {"create_missing": true, "update_existing": true},
        });
        let answer = stand.post("/api/geniacs/sync/trigger", &body).await;
        assert_eq!(answer.status, 200, "{entity}: {}", answer.body);

        let sync = &answer.body["data"]["sync"];
        assert_eq!((sync["status"].as_str(), sync["integration_id"].to_string()), (Some("processing"), id.clone()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_are_numbers_and_objects_also_before_the_first_sync() {
    let stand = Stand::start().await;
    let id = created(&stand).await["id"].to_string();
    let query = format!("/api/geniacs/statistics?integration_id={id}&from=2026-01-01&to=2026-01-31");
    let data = stand.get(&query).await.body["data"].clone();
    for number in ["total_syncs", "successful_syncs", "failed_syncs", "success_rate", "average_duration_seconds"] {
        assert!(data[number].is_number(), "{number}: {data}");
    }
    for object in ["by_entity_type", "by_sync_type"] {
        assert!(data[object].is_object(), "{object}: {data}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_clears_what_it_sends_empty_or_null_and_leaves_secrets_and_the_rest() {
    let stand = Stand::start().await;
    let id = created(&stand).await["id"].clone();
    for empty in [json!(""), Value::Null] {
        let filled = json!({"description": "x", "webhook_url": "https://example.com/hook", "webhook_secret": "kept",
            "rate_limits": {"requests_per_minute": 5}, "configuration": {"max_retries": 7}});
        assert_eq!(patch(&stand, &id, filled).await.status, 200);

        let cleared = json!({"description": empty, "webhook_url": empty, "rate_limits": empty, "configuration": empty,
            "webhook_secret": empty, "api_key": empty, "api_secret": empty});
        let answer = patch(&stand, &id, cleared).await;
        let shown = &answer.body["data"]["integration"];
        assert_eq!((&shown["description"], &shown["webhook_url"]), (&Value::Null, &Value::Null), "{}", answer.body);
        assert_eq!((&shown["rate_limits"], &shown["configuration"]), (&json!({}), &json!({})), "{}", answer.body);
        assert_eq!(shown["name"], "New Integration");
        assert_eq!(opened(&stand, id.as_i64().unwrap(), "webhook_secret").await, "kept");
        assert_eq!(opened(&stand, id.as_i64().unwrap(), "api_key_encrypted").await, "test_api_key");
    }
    assert_eq!(patch(&stand, &id, json!({"name": ""})).await.fields(), ["name"], "it cannot be cleared");
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_for_mappings_and_schedules_send_ids_in_text_and_empty_fields() {
    let stand = Stand::start().await;
    let id = created(&stand).await["id"].to_string();
    let mapping = json!({
        "integration_id": id, "entity_type": "customers", "local_field": "city", "geniacs_field": "customer_city",
        "field_type": "string", "is_required": "", "transformation_rules": "", "validation_rules": "",
        "default_value": "", "conflict_policy": "", "is_active": true,
    });
    let made = stand.post("/api/geniacs/mappings", &mapping).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.body["data"]["mapping"]["default_value"], Value::Null);
    let path = format!("/api/geniacs/mappings/{}", made.body["data"]["mapping"]["id"]);
    let whole = json!({"integration_id": id, "default_value": "Jakarta"});
    assert_eq!(stand.change(Method::PATCH, &path, &whole).await.status, 200);
    let cleared = stand.change(Method::PATCH, &path, &json!({"default_value": ""})).await;
    assert_eq!(cleared.body["data"]["mapping"]["default_value"], Value::Null, "{}", cleared.body);

    let schedule = json!({
        "integration_id": id, "name": "Payment Sync Schedule", "entity_type": "payments", "sync_type": "",
        "cron_expression": "0 */2 * * *", "time_zone": "", "overlap": "", "catch_up": "", "jitter_seconds": "",
        "configuration": {"sync_window": "last_2_hours", "batch_size": 50, "max_execution_time": "", "filters": "",
            "sync_direction": ""},
    });
    let made = stand.post("/api/geniacs/schedules", &schedule).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let kept = json!({"sync_window": "last_2_hours", "batch_size": 50});
    assert_eq!(made.body["data"]["schedule"]["configuration"], kept, "{}", made.body);

    for list in ["mappings", "schedules"] {
        let found = stand.get(&format!("/api/geniacs/{list}?integration_id={id}")).await;
        assert_eq!(found.status, 200, "{}", found.body);
    }
}
