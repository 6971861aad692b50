//! Archived integrations: listed, and taken out again.

use crate::stand::{Stand, integration, opened};
use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};

const INTEGRATIONS: &str = "/api/geniacs/integrations";

async fn archived(stand: &Stand, name: &str) -> i64 {
    let id = stand.integration(name).await;
    assert_eq!(stand.change(Method::DELETE, &format!("{INTEGRATIONS}/{id}"), &json!({})).await.status, 200);
    id
}

async fn names(stand: &Stand, query: &str) -> Vec<String> {
    let listed = stand.get(&format!("{INTEGRATIONS}?{query}")).await.body["data"]["integrations"].clone();
    listed.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn archived_integrations_are_listed_by_themselves() {
    let stand = Stand::start().await;
    let id = archived(&stand, "Gone").await;
    stand.integration("Here").await;
    assert_eq!(names(&stand, "").await, ["Here"]);
    assert_eq!(names(&stand, "archived=true").await, ["Gone"]);
    let listed = stand.get(&format!("{INTEGRATIONS}?archived=true")).await.body["data"].clone();
    assert!(listed["integrations"][0]["archived_at"].is_string());
    assert_eq!(listed["pagination"]["total_items"], 1);
    stand.get(&format!("{INTEGRATIONS}/{id}")).await.assert_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_integration_has_new_credentials_and_is_switched_off() {
    let stand = Stand::start().await;
    let id = archived(&stand, "Primary").await;
    let path = format!("{INTEGRATIONS}/{id}/restore");
    assert_eq!(stand.post(&path, &json!({})).await.fields(), ["api_key", "api_secret"]);

    let body = json!({"api_key": "new-key", "api_secret": "new-secret"});
    stand.post_as(Role::Operator, &path, &body).await.assert_error(403, "forbidden");

    let restored = stand.post(&path, &body).await;
    assert_eq!(restored.status, 200, "{}", restored.body);
    let shown = &restored.body["data"]["integration"];
    assert_eq!((&shown["is_active"], &shown["sync_enabled"]), (&json!(false), &json!(false)));
    assert_eq!(shown["archived_at"], Value::Null);

    assert_eq!(opened(&stand, id, "api_key_encrypted").await, "new-key");
    assert_eq!(opened(&stand, id, "webhook_secret").await, "webhook_secret_abcdef");
    let schedules = format!("SELECT count(*) FROM geniacs_sync_schedules WHERE integration_id = {id} AND is_active");
    assert_eq!(stand.count(&schedules).await, 0);
    assert_eq!(stand.get(&format!("{INTEGRATIONS}/{id}")).await.status, 200);

    stand.post(&path, &body).await.assert_error(404, "not_found");
    let log = stand.database.ask("SELECT string_agg(a::text, '') FROM audit_log a").await;
    assert!(log.contains("integration.restored") && !log.contains("new-key") && !log.contains("new-secret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_was_taken_meanwhile_needs_another_one() {
    let stand = Stand::start().await;
    let id = archived(&stand, "Primary").await;
    assert_eq!(stand.post(INTEGRATIONS, &integration("Primary")).await.status, 201);
    let path = format!("{INTEGRATIONS}/{id}/restore");
    let mut body = json!({"api_key": "k", "api_secret": "s"});
    stand.post(&path, &body).await.assert_error(409, "duplicate_name");
    body["name"] = json!("Primary, again");
    assert_eq!(stand.post(&path, &body).await.body["data"]["integration"]["name"], "Primary, again");
}
