//! All mappings of an entity as one thing: the rules that they may have, and saving them together.

use crate::stand::{Answer, Stand, send};
use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};

const MAPPINGS: &str = "/api/geniacs/mappings";

fn of_customers(integration_id: i64) -> String {
    format!("{MAPPINGS}?integration_id={integration_id}&entity_type=customers")
}

/// The set as it is, with its tag.
async fn read(stand: &Stand, id: i64) -> (Vec<Value>, String) {
    let listed = stand.get(&format!("{}&limit=100", of_customers(id))).await;
    let tag = listed.headers["etag"].to_str().unwrap().to_owned();
    let mut mappings = listed.body["data"]["mappings"].as_array().unwrap().clone();
    mappings.reverse();
    (mappings, tag)
}

async fn save(stand: &Stand, id: i64, tag: &str, mappings: &[Value]) -> Answer {
    let request = stand.request(Method::PUT, &of_customers(id)).bearer_auth(stand.admin());
    send(request.header("If-Match", tag).json(&json!({"mappings": mappings}))).await
}

fn position(mappings: &[Value], local_field: &str) -> usize {
    mappings.iter().position(|mapping| mapping["local_field"] == local_field).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_are_listed_with_arguments_direction_and_example() {
    let stand = Stand::start().await;
    let rules = stand.get(&format!("{MAPPINGS}/rules")).await.body["data"]["rules"].clone();
    let find = |name: &str| rules.as_array().unwrap().iter().find(|rule| rule["name"] == name).unwrap();

    let longest = find("max_length");
    assert_eq!((&longest["kind"], &longest["direction"]), (&json!("transformation"), &json!("to_geniacs")));
    assert_eq!(longest["arguments"][0]["type"], "whole_number");
    assert_eq!((&longest["arguments"][0]["minimum"], &longest["example"]), (&json!(1), &json!(50)));

    let map = find("value_map");
    assert_eq!((&map["on_pull"], &map["direction"]), (&json!("undone"), &json!("both")));
    let parts: Vec<&Value> = map["arguments"].as_array().unwrap().iter().map(|part| &part["name"]).collect();
    assert_eq!(parts, ["map", "default", "back"]);
    assert_eq!(find("email")["on_pull"], "checked");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_partners_fields_are_listed_with_their_values_and_columns() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    stand
        .database
        .execute(&format!(
            "INSERT INTO geniacs_fields_seen (integration_id, entity_type, name, types, sample_values) VALUES
         ({id}, 'customers', 'customer_status', '[\"string\"]', '[\"active\", \"suspended\"]'),
         ({id}, 'customers', 'loyalty_level', '[\"null\", \"number\"]', '[1, 2]'),
         ({id}, 'invoices', 'another', '[\"string\"]', '[]')"
        ))
        .await;

    let path = format!("{MAPPINGS}/fields?entity_type=customers");
    let shown = stand.get(&format!("{path}&integration_id={id}")).await.body["data"].clone();
    let fields = shown["geniacs_fields"].as_array().unwrap();
    let find = |name: &str| fields.iter().find(|field| field["name"] == name);

    let status = find("customer_status").unwrap();
    assert_eq!((&status["values"], &status["local_field"]), (&json!(["active", "suspended"]), &json!("status")));
    assert_eq!(find("loyalty_level").unwrap()["local_field"], Value::Null);
    assert_eq!(find("customer_name").unwrap()["types"], json!([]), "mapped, and not seen yet");
    assert!(find("another").is_none());

    assert_eq!(stand.get(&path).await.body["data"]["geniacs_fields"], json!([]));
    stand.get(&format!("{path}&integration_id=999")).await.assert_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_is_saved_as_one_change() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let (mut mappings, tag) = read(&stand, id).await;
    let (name, phone) = (position(&mappings, "name"), position(&mappings, "phone"));

    // Two that swap their fields, one that goes, one that stays, and a new one.
    mappings[name]["local_field"] = json!("phone");
    mappings[phone]["local_field"] = json!("name");
    let gone = mappings.remove(position(&mappings, "email"));
    let stays = mappings[position(&mappings, "status")].clone();
    mappings.push(json!({"local_field": "city", "geniacs_field": "customer_city", "field_type": "string"}));
    let saved = save(&stand, id, &tag, &mappings).await;
    assert_eq!(saved.status, 200, "{}", saved.body);
    assert_eq!(saved.body["message"], "Field mappings saved successfully");

    let (now, newer) = read(&stand, id).await;
    assert_eq!(&now, saved.body["data"]["mappings"].as_array().unwrap());
    assert_eq!(newer, saved.headers["etag"].to_str().unwrap());
    assert_ne!(newer, tag);
    assert_eq!(now[position(&now, "phone")]["geniacs_field"], "customer_name");
    assert_eq!(now[position(&now, "phone")]["version"], 2);
    assert_eq!(now[position(&now, "status")], stays);
    assert!(now.iter().all(|mapping| mapping["id"] != gone["id"]));
    assert!(now[position(&now, "city")]["id"].is_i64());

    let audited = "SELECT count(*) FROM audit_log WHERE action = 'mappings.saved'
        AND jsonb_array_length(before -> 'mappings') = 3 AND jsonb_array_length(after -> 'mappings') = 3";
    assert_eq!(stand.count(audited).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_that_was_changed_meanwhile_is_not_overwritten() {
    let stand = Stand::start().await;

    let id = stand.integration("Primary").await;
    let (mappings, tag) = read(&stand, id).await;
    let one = format!("{MAPPINGS}/{}", mappings[0]["id"]);

    for changed in [Method::PATCH, Method::DELETE] {
        let (_, before) = read(&stand, id).await;
        assert_eq!(stand.change(changed, &one, &json!({})).await.status, 200);
        save(&stand, id, &before, &mappings[1..]).await.assert_error(409, "stale_version");
    }

    save(&stand, id, &tag, &mappings).await.assert_error(409, "stale_version");
    let (_, newest) = read(&stand, id).await;
    assert_eq!(save(&stand, id, &newest, &mappings[1..]).await.status, 200);
    assert_eq!(save(&stand, id, &newest, &mappings[1..]).await.status, 200, "nothing was changed by the save before");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_wrong_with_a_set_is_named_and_nothing_of_it_is_saved() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let (mappings, tag) = read(&stand, id).await;
    let mut wrong = mappings.clone();
    wrong[0]["local_field"] = json!("shoe_size");
    wrong[1]["validation_rules"] = json!({"rot13": true});
    wrong[2]["extra"] = json!(1);
    let refused = save(&stand, id, &tag, &wrong).await;
    refused.assert_error(422, "validation_failed");
    assert_eq!(
        refused.fields(),
        ["mappings[0].local_field", "mappings[1].validation_rules.rot13", "mappings[2].extra"]
    );

    let mut twice = mappings.clone();
    twice[1]["local_field"] = twice[0]["local_field"].clone();
    assert_eq!(save(&stand, id, &tag, &twice).await.fields(), ["mappings[1].local_field"]);
    twice[1]["is_active"] = json!(false);
    assert_eq!(save(&stand, id, &tag, &twice).await.status, 200, "one that is not used may name the same field");

    let mut foreign = mappings.clone();
    foreign[0]["id"] = json!(999_999);
    foreign[2]["id"] = foreign[1]["id"].clone();
    assert_eq!(save(&stand, id, "*", &foreign).await.fields(), ["mappings[2].id"]);
    foreign.remove(2);
    assert_eq!(save(&stand, id, "*", &foreign).await.fields(), ["mappings[0].id"]);
    assert_eq!(save(&stand, 999, "*", &mappings).await.status, 404);
    let unnamed = stand.change(Method::PUT, MAPPINGS, &json!({"mappings": []})).await;
    assert_eq!(unnamed.fields(), ["entity_type", "integration_id"]);
    let body = json!({"mappings": []});
    let request = stand.request(Method::PUT, &of_customers(id)).bearer_auth(stand.token_for(Role::Operator));
    send(request.json(&body)).await.assert_error(403, "forbidden");
}
