//! An archived integration and all that belongs to it are not there.

use crate::stand::{Stand, send};
use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};

async fn first(stand: &Stand, plural: &str) -> i64 {
    let listed = stand.get(&format!("/api/geniacs/{plural}?limit=1")).await;
    listed.body["data"][plural][0]["id"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_integration_with_its_mappings_and_schedules_is_a_404_everywhere() {
    let stand = Stand::start().await;
    let id = stand.integration("gone").await;
    let (mapping, schedule) = (first(&stand, "mappings").await, first(&stand, "schedules").await);
    let path = format!("/api/geniacs/integrations/{id}");
    let archived = send(stand.request(Method::DELETE, &path).bearer_auth(stand.admin())).await;
    assert_eq!((archived.status.as_u16(), &archived.body["success"]), (200, &json!(true)));

    for path in [
        format!("integrations/{id}"),
        format!("integrations/{id}/health"),
        format!("mappings/{mapping}"),
        format!("schedules/{schedule}"),
        format!("schedules/{schedule}/ticks"),
        format!("records/customers?integration_id={id}"),
        format!("records/customers/1?integration_id={id}"),
    ] {
        stand.get(&format!("/api/geniacs/{path}")).await.assert_error(404, "not_found");
    }
    let mapping_body = json!({"integration_id": id, "entity_type": "customers", "local_field": "city", "geniacs_field": "c", "field_type": "string"});
    let schedule_body =
        json!({"integration_id": id, "name": "n", "entity_type": "customers", "cron_expression": "0 3 * * *"});
    let asked: [(String, Value); 9] = [
        (format!("integrations/{id}/test-connection"), json!({})),
        (format!("integrations/{id}/rotate-webhook-secret"), json!({})),
        (format!("schedules/{schedule}/run"), json!({})),
        ("sync/trigger".to_owned(), json!({"integration_id": id, "entity_type": "customers"})),
        ("mappings".to_owned(), mapping_body),
        ("schedules".to_owned(), schedule_body),
        ("mappings/preview".to_owned(), json!({"integration_id": id, "entity_type": "customers", "sample": {}})),
        ("consistency-checks".to_owned(), json!({"integration_id": id, "entity_type": "customers"})),
        ("dead-letters/1/requeue".to_owned(), json!({})),
    ];
    for (path, body) in asked {
        stand.post(&format!("/api/geniacs/{path}"), &body).await.assert_error(404, "not_found");
    }
    for path in [format!("integrations/{id}"), format!("mappings/{mapping}"), format!("schedules/{schedule}")] {
        for (method, body) in [(Method::PATCH, json!({"is_active": true})), (Method::DELETE, json!({}))] {
            let request = stand.request(method, &format!("/api/geniacs/{path}")).bearer_auth(stand.admin());
            send(request.json(&body)).await.assert_error(404, "not_found");
        }
    }
    for plural in ["integrations", "mappings", "schedules"] {
        let listed = stand.get(&format!("/api/geniacs/{plural}")).await;
        assert_eq!(listed.body["data"]["pagination"]["total_items"], 0, "{plural}");
    }
    let system = stand.get_as(Role::Viewer, "/api/system").await;
    assert_eq!(system.body["data"]["system"]["integrations"], json!([]));
}
