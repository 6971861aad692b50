//! Making and showing mappings.

use crate::stand::Stand;
use serde_json::{Value, json};

const MAPPINGS: &str = "/api/geniacs/mappings";

/// The specification's example, of a field that has no default mapping.
fn city(integration_id: i64) -> Value {
    json!({
        "integration_id": integration_id, "entity_type": "customers", "local_field": "city",
        "geniacs_field": "customer_city", "field_type": "string", "is_required": false,
        "transformation_rules": {"trim": true, "uppercase": false}, "validation_rules": {"max_length": 128},
        "default_value": null, "is_active": true
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn creating_answers_with_the_mapping() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    let answer = stand.post(MAPPINGS, &city(id)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(answer.body["message"], "Field mapping created successfully");

    let made = &answer.body["data"]["mapping"];
    for (field, value) in city(id).as_object().unwrap() {
        assert_eq!(&made[field], value, "{field}");
    }

    let listed = stand.get(&format!("{MAPPINGS}?integration_id={id}&limit=1")).await;
    assert_eq!(&listed.body["data"]["mappings"][0], made);
    assert_eq!(stand.count("SELECT count(*) FROM audit_log WHERE action = 'mapping.created'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_and_columns_that_do_not_exist_are_refused() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let mut body = city(id);
    body["local_field"] = json!("shoe_size");
    body["transformation_rules"] = json!({"rot13": true});
    let answer = stand.post(MAPPINGS, &body).await;
    answer.assert_error(422, "validation_failed");
    let fields = answer.fields();
    assert!(
        fields.contains(&"local_field") && fields.iter().any(|f| f.starts_with("transformation_rules")),
        "{fields:?}"
    );

    let empty =
        stand.post(MAPPINGS, &json!({"local_field": "secret", "geniacs_field": "x", "field_type": "blob"})).await;
    assert_eq!(empty.fields(), ["entity_type", "field_type", "integration_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_is_mapped_once() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let mut body = city(id);
    body["local_field"] = json!("name");
    stand.post(MAPPINGS, &body).await.assert_error(409, "duplicate_mapping");
    let mut body = city(id);
    body["geniacs_field"] = json!("customer_name");
    stand.post(MAPPINGS, &body).await.assert_error(409, "duplicate_mapping");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_of_an_integration_that_does_not_exist_is_a_404() {
    let stand = Stand::start().await;
    stand.post(MAPPINGS, &city(7)).await.assert_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_columns_for_pickers_are_listed_with_their_types() {
    let stand = Stand::start().await;
    let answer = stand.get(&format!("{MAPPINGS}/fields?entity_type=customers")).await;
    let fields = answer.body["data"]["fields"].as_array().unwrap();
    assert!(fields.contains(&json!({"name": "email", "type": "string"})));
    assert!(fields.contains(&json!({"name": "balance", "type": "number"})));
    stand.get(&format!("{MAPPINGS}/fields")).await.assert_error(400, "bad_parameter");
    stand.get(&format!("{MAPPINGS}/fields?entity_type=x")).await.assert_error(400, "bad_parameter");
    let of_nas_servers = stand.get(&format!("{MAPPINGS}/fields?entity_type=nas_servers")).await.body.to_string();
    assert!(of_nas_servers.contains("nasname"));
    assert!(!of_nas_servers.contains("secret") && !of_nas_servers.contains("community"));
}
