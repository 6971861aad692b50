//! Asking for a sync.

use crate::stand::{Answer, Stand, send};
use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};

const TRIGGER: &str = "/api/geniacs/sync/trigger";

/// The specification's example.
fn customers(integration_id: i64) -> Value {
    json!({
        "integration_id": integration_id, "sync_type": "incremental", "entity_type": "customers",
        "sync_direction": "to_geniacs",
        "filters": {"updated_since": "2024-01-01T00:00:00Z", "customer_status": "active", "limit": 100},
        "options": {"create_missing": true, "update_existing": true, "delete_missing": false, "dry_run": false}
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trigger_is_accepted_and_waits_in_the_outbox_while_the_broker_is_away() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    let answer = stand.post_as(Role::Operator, TRIGGER, &customers(id)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["message"], "Sync triggered successfully");
    let sync = &answer.body["data"]["sync"];
    assert_eq!(sync["status"], "processing");
    assert_eq!((&sync["sync_type"], &sync["entity_type"]), (&json!("incremental"), &json!("customers")));
    assert_eq!((&sync["integration_id"], &sync["sync_direction"]), (&json!(id), &json!("to_geniacs")));
    assert!(sync["estimated_records"].is_i64());
    assert!(sync["started_at"].as_str().unwrap().ends_with('Z'));

    assert_eq!(stand.count("SELECT count(*) FROM outbox WHERE queue = 'work'").await, 1);
    assert_eq!(stand.count("SELECT count(*) FROM audit_log WHERE action = 'sync.triggered'").await, 1);
    let settings = "SELECT (data #>> '{settings,timeout_seconds}')::bigint AS count FROM geniacs_data_sync";
    assert_eq!(stand.count(settings).await, 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn type_and_direction_need_not_be_told_and_a_second_run_waits_in_line() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let body = json!({"integration_id": id, "entity_type": "customers"});
    let first = stand.post(TRIGGER, &body).await;
    assert_eq!(first.body["data"]["sync"]["sync_type"], "incremental");
    assert_eq!(first.body["data"]["sync"]["sync_direction"], "to_geniacs");
    let second = stand.post(TRIGGER, &body).await;
    assert_eq!(second.body["data"]["sync"]["status"], "pending");
    assert_eq!(second.body["data"]["sync"]["started_at"], Value::Null);
    let rejecting = json!({"integration_id": id, "entity_type": "customers", "options": {"if_running": "reject"}});
    stand.post(TRIGGER, &rejecting).await.assert_error(409, "sync_running");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_has_no_estimate() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let body = json!({"integration_id": id, "entity_type": "customers", "sync_direction": "from_geniacs", "filters": {"ids": ["c1"]}});
    assert_eq!(stand.post(TRIGGER, &body).await.body["data"]["sync"]["estimated_records"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_invalid_field_is_named() {
    let stand = Stand::start().await;

    let body = json!({
        "integration_id": "x", "sync_type": "all", "entity_type": "customers", "sync_direction": "sideways",
        "filters": {"payment_status": "x", "limit": 0}, "options": {"delete_missing": true, "dry_run": "x", "y": 1}, "z": 1
    });

    let answer = stand.post(TRIGGER, &body).await;
    answer.assert_error(422, "validation_failed");
    let expected = [
        "filters.limit",
        "filters.payment_status",
        "integration_id",
        "options.delete_missing",
        "options.dry_run",
        "options.y",
        "sync_direction",
        "sync_type",
        "z",
    ];
    assert_eq!(answer.fields(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_goes_both_ways_if_it_is_asked_to() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let body = json!({"integration_id": id, "entity_type": "payments", "sync_direction": "bidirectional",
        "filters": {"ids": [7, "pay_7"]}});
    assert_eq!(stand.post(TRIGGER, &body).await.status, 200);
    let stored = "SELECT count(*) FROM geniacs_data_sync WHERE sync_direction = 'bidirectional'";
    assert_eq!(stand.count(stored).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_full_sync_over_everything_may_delete_what_is_missing() {
    let stand = Stand::start().await;

    let id = stand.integration("Primary").await;
    for direction in ["to_geniacs", "from_geniacs", "bidirectional"] {
        let asked = |sync_type: &str, entity: &str, filters: Value| {
            json!({"integration_id": id, "entity_type": entity, "sync_type": sync_type, "sync_direction": direction,
                "filters": filters, "options": {"delete_missing": true}})
        };
        for (body, reason) in [
            (asked("incremental", "customers", json!({})), "needs a `full` sync"),
            (asked("full", "customers", json!({"limit": 5})), "without filters"),
            (asked("full", "customers", json!({"updated_since": "2026-01-01T00:00:00Z"})), "without filters"),
            (asked("full", "monitoring_data", json!({})), "only ever added"),
        ] {
            let answer = stand.post(TRIGGER, &body).await;
            answer.assert_error(422, "validation_failed");
            assert_eq!(answer.fields(), ["options.delete_missing"], "{body}");
            assert!(answer.body["error"]["details"].to_string().contains(reason), "{body}");
        }
        assert_eq!(stand.post(TRIGGER, &asked("full", "customers", json!({}))).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_that_is_missing_or_turned_off_is_refused() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    stand.post(TRIGGER, &customers(id + 1)).await.assert_error(404, "not_found");
    stand.database.execute("UPDATE geniacs_integrations SET sync_enabled = false").await;
    stand.post(TRIGGER, &customers(id)).await.assert_error(409, "sync_disabled");
    stand.database.execute("UPDATE geniacs_integrations SET is_active = false").await;
    stand.post(TRIGGER, &customers(id)).await.assert_error(409, "integration_inactive");
    assert_eq!(stand.count("SELECT count(*) FROM geniacs_data_sync").await, 0);
}

async fn with_key(stand: &Stand, key: &str, body: &Value) -> Answer {
    let token = stand.token_of(&stand.user(Role::Operator, "none").await, Role::Operator).await;
    send(stand.request(Method::POST, TRIGGER).bearer_auth(token).header("Idempotency-Key", key).json(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_with_the_same_key_answers_with_the_first_sync() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let first = with_key(&stand, "k1", &customers(id)).await;
    let again = with_key(&stand, "k1", &customers(id)).await;
    assert_eq!(first.body["data"]["sync"]["id"], again.body["data"]["sync"]["id"]);
    assert_eq!(stand.count("SELECT count(*) FROM geniacs_data_sync").await, 1);
    let other = json!({"integration_id": id, "entity_type": "customers"});
    let reused = with_key(&stand, "k1", &other).await;
    reused.assert_error(422, "validation_failed");
    assert_eq!(reused.fields(), ["Idempotency-Key"]);
    with_key(&stand, &"x".repeat(256), &other).await.assert_error(400, "bad_parameter");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entity_without_mappings_gets_its_defaults_unless_the_settings_say_no() {
    let stand = Stand::start_with(&[("GENIACS_DEFAULT_MAPPINGS", "false")]).await;
    let id = stand.integration("Primary").await;
    assert_eq!(stand.post(TRIGGER, &customers(id)).await.status, 200);
    assert_eq!(stand.count("SELECT count(*) FROM geniacs_field_mappings").await, 5);
    stand.database.execute("UPDATE geniacs_field_mappings SET is_active = false").await;
    stand.post(TRIGGER, &customers(id)).await.assert_error(422, "validation_failed");

    let off = [("GENIACS_DEFAULT_MAPPINGS", "false"), ("GENIACS_AUTO_CREATE_MAPPINGS", "false")];
    let stand = Stand::start_with(&off).await;
    let id = stand.integration("Primary").await;
    let refused = stand.post(TRIGGER, &customers(id)).await;
    refused.assert_error(422, "validation_failed");
    assert_eq!(refused.fields(), ["entity_type"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_syncs_of_an_integration_may_wait() {
    let stand = Stand::start_with(&[("GENIACS_SYNC__MAX_PENDING", "2")]).await;
    let (id, other) = (stand.integration("Primary").await, stand.integration("Other").await);
    let body = |id: i64| json!({"integration_id": id, "entity_type": "customers", "sync_type": "full"});
    let keyed = |key: &str| {
        let request = stand.request(Method::POST, "/api/geniacs/sync/trigger").bearer_auth(stand.admin());
        send(request.header("Idempotency-Key", key.to_owned()).json(&body(id)))
    };
    for key in ["runs", "waits", "waits, too"] {
        assert_eq!(keyed(key).await.status, 200);
    }

    keyed("one too many").await.assert_error(409, "too_many_pending");
    let check = json!({"integration_id": id, "entity_type": "invoices"});
    stand.post("/api/geniacs/consistency-checks", &check).await.assert_error(409, "too_many_pending");
    let repeated = keyed("waits").await;
    assert_eq!(repeated.status, 200, "{}", repeated.body);
    assert_eq!(stand.post("/api/geniacs/sync/trigger", &body(other)).await.status, 200);
}
