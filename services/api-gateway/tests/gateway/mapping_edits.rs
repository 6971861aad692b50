//! Changing and deleting mappings.

use crate::stand::{Answer, Stand, send};
use reqwest::Method;
use serde_json::{Value, json};

const MAPPINGS: &str = "/api/geniacs/mappings";

/// A gateway with the customers' default mappings, and the id of the telephone's.
async fn stand_with_phone() -> (Stand, i64) {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let listed = stand.get(&format!("{MAPPINGS}?integration_id={id}&entity_type=customers&limit=100")).await.body;
    let all = listed["data"]["mappings"].as_array().unwrap().clone();
    let phone = all.iter().find(|mapping| mapping["local_field"] == "phone").unwrap();
    (stand, phone["id"].as_i64().unwrap())
}

async fn call(stand: &Stand, method: Method, id: i64, tag: &str, body: &Value) -> Answer {
    let request = stand.request(method, &format!("{MAPPINGS}/{id}")).bearer_auth(stand.admin());
    send(request.header("If-Match", tag).json(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_changes_what_it_gives_and_null_takes_rules_away() {
    let (stand, id) = stand_with_phone().await;

    let body = json!({"geniacs_field": "telephone", "transformation_rules": null, "is_required": true});
    let answer = call(&stand, Method::PATCH, id, "\"1\"", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);

    let mapping = &answer.body["data"]["mapping"];
    assert_eq!((&mapping["geniacs_field"], &mapping["is_required"]), (&json!("telephone"), &json!(true)));
    assert_eq!(
        (&mapping["transformation_rules"], &mapping["validation_rules"]),
        (&Value::Null, &json!({"phone": true}))
    );
    assert_eq!((&mapping["version"], &answer.headers["etag"].to_str().unwrap()), (&json!(2), &"\"2\""));

    let shown = stand.get(&format!("{MAPPINGS}/{id}")).await;
    assert_eq!(&shown.body["data"]["mapping"], mapping);

    call(&stand, Method::PATCH, id, "\"1\"", &json!({})).await.assert_error(409, "stale_version");
    assert_eq!(stand.count("SELECT count(*) FROM audit_log WHERE action = 'mapping.updated'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_checked_as_a_whole() {
    let (stand, id) = stand_with_phone().await;

    let body = json!({"entity_type": "payments", "integration_id": 99, "local_field": "shoe_size", "x": 1,
        "validation_rules": {"rot13": true}});
    let refused = call(&stand, Method::PATCH, id, "*", &body).await;
    refused.assert_error(422, "validation_failed");

    let fields = refused.fields();
    for expected in ["entity_type", "integration_id", "local_field", "x"] {
        assert!(fields.contains(&expected), "{expected} in {fields:?}");
    }
    assert!(fields.iter().any(|field| field.starts_with("validation_rules")), "{fields:?}");

    let taken = call(&stand, Method::PATCH, id, "*", &json!({"local_field": "name"})).await;
    taken.assert_error(409, "duplicate_mapping");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_mapping_is_gone_and_in_the_audit_log() {
    let (stand, id) = stand_with_phone().await;
    assert_eq!(call(&stand, Method::DELETE, id, "*", &json!({})).await.status, 200);
    stand.get(&format!("{MAPPINGS}/{id}")).await.assert_error(404, "not_found");
    call(&stand, Method::DELETE, id, "*", &json!({})).await.assert_error(404, "not_found");
    let audited =
        "SELECT count(*) FROM audit_log WHERE action = 'mapping.deleted' AND before ->> 'local_field' = 'phone'";
    assert_eq!(stand.count(audited).await, 1);
}
