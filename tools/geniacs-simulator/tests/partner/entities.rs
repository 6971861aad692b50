//! The contract, for all six entities alike.

use crate::partner::Partner;
use reqwest::Method;
use serde_json::{Value, json};

/// Entity, path, id field, the first record's id.
const ENTITIES: [(&str, &str, &str, &str); 6] = [
    ("customers", "/customers", "customer_id", "cust_1"),
    ("subscriptions", "/subscriptions", "subscription_id", "sub_1"),
    ("payments", "/payments", "payment_id", "pay_1"),
    ("monitoring_data", "/monitoring", "monitoring_id", "mon_1"),
    ("invoices", "/invoices", "invoice_id", "inv_1"),
    ("nas_servers", "/nas_servers", "nas_server_id", "nas_1"),
];

#[tokio::test]
async fn every_entity_is_pushed_listed_looked_up_and_read_by_its_id() {
    let partner = Partner::start();
    for (entity, path, id_field, id) in ENTITIES {
        let record = json!([{"external_id": "17", "version": 3, "some_amount": 150_000}]);
        let (status, answer) = partner.push_to(path, record.clone(), None).await;
        assert_eq!((status, &answer["results"][0]["id"]), (200, &json!(id)), "{entity}");
        assert_eq!((&answer["success"], &answer["synced_records"]), (&json!(true), &json!(1)), "{entity}");

        let (_, one) = partner.get(&format!("{path}/{id}")).await;
        assert_eq!((&one[id_field], &one["external_id"]), (&json!(id), &json!("17")), "{entity}");
        assert_eq!((&one["deleted"], &one["some_amount"]), (&json!(false), &json!(150_000)), "{entity}");

        let listed = json!({"data": [one], "next_cursor": null});
        assert_eq!(partner.get(path).await.1, listed, "{entity}");
        assert_eq!(partner.get(&format!("{path}?external_id=16,17")).await.1, listed, "{entity}");

        let updated_at = one["updated_at"].as_str().unwrap();
        assert_eq!(partner.get(&format!("{path}?updated_since={updated_at}")).await.1, listed, "inclusive: {entity}");
        assert_eq!(partner.get(&format!("{path}/{id}0")).await.0, 404, "{entity}");

        let (_, again) = partner.push_to(path, record, None).await;
        assert_eq!(again["results"][0]["status"], "unchanged", "{entity}");
    }
}

#[tokio::test]
async fn a_hundred_external_ids_can_be_looked_up_and_no_more() {
    let partner = Partner::start();
    let records: Vec<Value> = (1..=120).map(|id| json!({"external_id": id.to_string()})).collect();
    partner.push_to("/invoices", json!(records), None).await;

    let target = |count: i32| {
        let ids: Vec<String> = (1..=count).map(|id| id.to_string()).collect();
        format!("/invoices?external_id={}", ids.join(","))
    };

    let (_, found) = partner.get(&target(100)).await;
    assert_eq!(found["data"].as_array().unwrap().len(), 100);
    assert_eq!(partner.get(&target(101)).await.0, 400);
}

#[tokio::test]
async fn measurements_are_added_and_never_deleted() {
    let partner = Partner::start();
    let sample = json!([{"monitoring_value": 1.5}]);

    for _ in 0..2 {
        let (_, answer) = partner.push_to("/monitoring", sample.clone(), None).await;
        assert_eq!(answer["results"][0]["status"], "created", "without an id each is one more");
    }

    let known = json!([{"external_id": "9", "monitoring_value": 1.5}]);
    partner.push_to("/monitoring", known.clone(), None).await;
    let (_, again) = partner.push_to("/monitoring", known, None).await;
    assert_eq!(again["results"][0]["status"], "unchanged", "with one it is found again");
    assert_eq!(partner.look("/count/monitoring_data").await["count"], 3);

    let (_, refused) = partner.push_to("/monitoring", json!([{"external_id": "9", "deleted": true}]), None).await;
    assert_eq!(refused["results"][0]["error"]["type"], "validation_error");

    let (_, refused) = partner.push(json!([{"customer_name": "Siti"}]), None).await;
    assert_eq!(refused["results"][0]["error"]["field"], "external_id", "other records need an id");
}

#[tokio::test]
async fn health_has_the_form_of_the_contract() {
    let partner = Partner::start();
    let (status, health) = partner.get("/health").await;
    assert_eq!((status, &health["version"]), (200, &json!("v1.2.3")));
    let paths: Vec<&str> = ENTITIES.iter().map(|(_, path, ..)| *path).collect();
    assert_eq!(health["endpoints"], json!(paths));
    assert!(health["rate_limits"]["remaining_requests"].as_u64().unwrap() > 0);
    let reset = health["rate_limits"]["reset_time"].as_str().unwrap();
    assert!(chrono::DateTime::parse_from_rfc3339(reset).is_ok(), "{reset}");
}

#[tokio::test]
async fn an_entity_that_the_partner_lacks_is_nowhere() {
    let partner = Partner::start();
    partner.order("/faults", json!({"missing": ["nas_servers"]})).await;
    assert_eq!(partner.get("/nas_servers").await.0, 404);
    assert_eq!(partner.get("/nas_servers/nas_1").await.0, 404);
    assert_eq!(partner.push_to("/nas_servers", json!([]), None).await.0, 404);
    assert_eq!(partner.get("/health").await.1["endpoints"].as_array().unwrap().len(), 5);
    assert_eq!(partner.call(Method::GET, "/customers", "", None).await.status().as_u16(), 200);
}
