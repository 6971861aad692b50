//! Trying mappings before they are saved.

use crate::stand::Stand;
use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const PREVIEW: &str = "/api/geniacs/mappings/preview";

async fn preview(stand: &Stand, body: &Value) -> Value {
    let answer = stand.post_as(Role::Operator, PREVIEW, body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["data"]["preview"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_shows_what_each_rule_does() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let mappings = json!([
        {"local_field": "name", "geniacs_field": "customer_name", "field_type": "string", "is_required": true,
         "transformation_rules": {"max_length": 5, "trim": true, "uppercase": true}},
        {"local_field": "email", "geniacs_field": "customer_email", "field_type": "string",
         "validation_rules": {"email": true, "max_length": 3, "required": true}},
        {"local_field": "notes", "geniacs_field": "remarks", "field_type": "string"}
    ]);

    let sample = json!({"name": "  budi santoso ", "email": "invalid"});
    let shown = preview(
        &stand,
        &json!({"integration_id": id, "entity_type": "customers", "mappings": mappings, "sample": sample}),
    )
    .await;
    assert_eq!((&shown["result"], &shown["valid"]), (&json!({"customer_name": "BUDI", "remarks": null}), &json!(true)));

    let (name, email, notes) = (&shown["fields"][0], &shown["fields"][1], &shown["fields"][2]);
    assert_eq!(
        (&name["outcome"], &name["value"], &name["result"]),
        (&json!("mapped"), &json!("  budi santoso "), &json!("BUDI"))
    );
    let steps: Vec<_> =
        name["transformations"].as_array().unwrap().iter().map(|step| (&step["rule"], &step["value"])).collect();
    let expected = json!([["trim", "budi santoso"], ["uppercase", "BUDI SANTOSO"], ["max_length", "BUDI"]]);
    assert_eq!(steps, expected.as_array().unwrap().iter().map(|step| (&step[0], &step[1])).collect::<Vec<_>>());

    assert_eq!((&email["outcome"], &email["result"]), (&json!("left_out"), &Value::Null));
    let failed: Vec<_> =
        email["validations"].as_array().unwrap().iter().filter(|step| step["passed"] == false).collect();
    assert_eq!(failed.len(), 2, "every message, not only the first: {failed:?}");
    assert!(failed.iter().all(|step| step["message"].is_string()));

    let longest = failed.iter().find(|step| step["rule"] == "max_length").unwrap();
    assert_eq!((&longest["code"], &longest["params"]), (&json!("max_length"), &json!({"maximum": 3})));
    assert_eq!((&email["code"], &name["code"]), (&json!("email"), &Value::Null));
    assert_eq!(notes["outcome"], "missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_shown_through_the_integrations_own_mappings() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let insert = "INSERT INTO customers (id, customer_code, name, email, phone) VALUES (7, 'C7', ' Siti ', 'Siti@Example.com', '08123456789')";
    stand.database.execute(insert).await;
    let shown = preview(&stand, &json!({"integration_id": id, "entity_type": "customers", "record_id": 7})).await;
    assert_eq!((&shown["record_id"], &shown["record"]["name"]), (&json!(7), &json!(" Siti ")));
    assert_eq!(shown["result"]["customer_name"], "Siti");
    assert_eq!(shown["result"]["customer_email"], "siti@example.com");
    assert_eq!(shown["result"]["customer_phone"], "+628123456789");
    let missing = json!({"integration_id": id, "entity_type": "customers", "record_id": 8});
    stand.post_as(Role::Operator, PREVIEW, &missing).await.assert_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_geniacs_is_shown_on_its_way_here() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    let mappings = json!([
        {"local_field": "name", "geniacs_field": "customer_name", "field_type": "string",
         "transformation_rules": [{"prefix": "ISP-"}, "uppercase"]},
        {"local_field": "status", "geniacs_field": "customer_status", "field_type": "string",
         "transformation_rules": {"value_map": {"map": {"active": "A"}, "default": "O"}}}
    ]);
    let record = json!({"customer_name": "isp-siti", "customer_status": "O"});
    let body = json!({"integration_id": id, "entity_type": "customers", "direction": "from_geniacs",
        "mappings": mappings, "record": record});

    let shown = preview(&stand, &body).await;
    assert_eq!((&shown["record"], &shown["result"]), (&record, &json!({"name": "SITI"})));
    let steps: Vec<_> = shown["fields"][0]["transformations"].as_array().unwrap().iter().collect();
    assert_eq!((&steps[0]["rule"], &steps[0]["value"]), (&json!("uppercase"), &json!("ISP-SITI")));
    assert_eq!((&steps[1]["rule"], &steps[1]["value"]), (&json!("prefix"), &json!("SITI")));
    assert_eq!((&shown["fields"][1]["outcome"], &shown["fields"][1]["value"]), (&json!("untouched"), &json!("O")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_impact_says_how_many_records_would_change_and_how_many_would_newly_fail() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    stand
        .database
        .execute(
            "INSERT INTO customers (id, customer_code, name, email, updated_at)
         SELECT n, 'C' || n, CASE WHEN n <= 3 THEN 'A name that is long ' || n ELSE 'short' END,
             CASE WHEN n = 1 THEN 'nobody' ELSE 'c' || n || '@example.com' END, now() - n * interval '1 minute'
         FROM generate_series(1, 20) AS n",
        )
        .await;
    let mappings = json!([
        {"local_field": "name", "geniacs_field": "customer_name", "field_type": "string", "is_required": true,
         "transformation_rules": {"trim": true, "max_length": 6}},
        {"local_field": "email", "geniacs_field": "customer_email", "field_type": "string", "is_required": true,
         "transformation_rules": {"lowercase": true}, "validation_rules": {"min_length": 15}}
    ]);
    let ask = |source: Value| {
        let mut body = json!({"integration_id": id, "entity_type": "customers", "mappings": mappings});
        body.as_object_mut().unwrap().extend(source.as_object().unwrap().clone());
        body
    };
    // Customers 10 to 20 have addresses that are long enough; the address of the first fails as it is.
    let answer = stand.post_as(Role::Operator, PREVIEW, &ask(json!({"sample_size": 12}))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let data = &answer.body["data"];
    let records = data["records"].as_array().unwrap();
    let ids: Vec<i64> = records.iter().map(|record| record["record_id"].as_i64().unwrap()).collect();
    assert_eq!(ids, (1..=12).collect::<Vec<_>>(), "newest first");
    let impact = &data["impact"];
    assert_eq!(
        (&impact["looked_at"], &impact["would_newly_fail"], &impact["would_newly_pass"]),
        (&json!(12), &json!(8), &json!(0)),
        "{impact}"
    );
    assert_eq!((&records[0]["valid_before"], &records[1]["valid_before"]), (&json!(false), &json!(true)));
    assert_eq!(records[1]["problems"][0]["rule"], "min_length");
    assert_eq!((&data["preview"]["record_id"], &data["preview"]["valid"]), (&json!(1), &json!(false)));

    let named = stand.post_as(Role::Operator, PREVIEW, &ask(json!({"record_ids": [11, "2", 999]}))).await;
    let records = named.body["data"]["records"].as_array().unwrap();
    assert_eq!(records.iter().map(|record| &record["record_id"]).collect::<Vec<_>>(), [&json!(11), &json!(2)]);
    let change = json!({"field": "customer_name", "before": "A name that is long 2", "after": "A name"});
    assert!(records[1]["changes"].as_array().unwrap().contains(&change), "{}", records[1]);

    let saved = json!({"integration_id": id, "entity_type": "customers", "sample_size": 100});
    let as_saved = stand.post_as(Role::Operator, PREVIEW, &saved).await;
    assert_eq!(as_saved.body["data"]["impact"]["would_change"], 0, "the saved mappings change nothing");
    let empty = json!({"integration_id": id, "entity_type": "invoices", "sample_size": 100});
    let none = stand.post_as(Role::Operator, PREVIEW, &empty).await;
    assert_eq!((&none.body["data"]["preview"], &none.body["data"]["impact"]["looked_at"]), (&Value::Null, &json!(0)));
    let two = stand.post_as(Role::Operator, PREVIEW, &ask(json!({"sample_size": 101, "record_ids": []}))).await;
    assert_eq!(two.fields(), ["record_ids", "sample", "sample_size"]);
}

#[tokio::test(flavor = "multi_thread")]

async fn records_come_here_as_geniacs_said_them_last() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    stand.database.execute(&format!(
        "INSERT INTO customers (id, customer_code, name) VALUES (1, 'C1', 'Siti'), (2, 'C2', 'Budi');
         INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id, agreed)
         VALUES ({id}, 'customers', 2, 'cust_2', '{{\"customer_name\": \"BUDI\", \"customer_email\": \"budi@example.com\"}}')"
    )).await;

    let ask = json!({"integration_id": id, "entity_type": "customers", "direction": "from_geniacs", "sample_size": 10});
    let shown = preview(&stand, &ask).await;
    assert_eq!((&shown["record_id"], &shown["result"]["name"]), (&json!(2), &json!("BUDI")));

    let unlinked =
        json!({"integration_id": id, "entity_type": "customers", "direction": "from_geniacs", "record_id": 1});
    stand.post_as(Role::Operator, PREVIEW, &unlinked).await.assert_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn mappings_that_could_not_be_saved_cannot_be_previewed() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    let mappings = json!([
        {"local_field": "secret", "geniacs_field": "x", "field_type": "string"},
        {"local_field": "nasname", "geniacs_field": "y", "field_type": "string", "transformation_rules": {"rot13": true}}
    ]);
    let body = json!({"integration_id": id, "entity_type": "nas_servers", "mappings": mappings, "sample": {"secret": "s3cr3t"}});

    let refused = stand.post_as(Role::Operator, PREVIEW, &body).await;
    refused.assert_error(422, "validation_failed");
    assert!(!refused.body.to_string().contains("s3cr3t"), "{}", refused.body);
    let fields = refused.fields();
    assert!(fields.iter().any(|field| field.starts_with("mappings[0].")), "{fields:?}");
    assert!(fields.iter().any(|field| field.starts_with("mappings[1].")), "{fields:?}");

    let both = json!({"integration_id": id, "entity_type": "customers", "record_id": 1, "sample": {}, "mappings": []});
    assert_eq!(stand.post_as(Role::Operator, PREVIEW, &both).await.fields(), ["mappings", "sample"]);
    stand.post_as(Role::Viewer, PREVIEW, &body).await.assert_error(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_rules_than_a_mapping_may_have_are_refused_at_every_door_and_at_once() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let first = stand.get("/api/geniacs/mappings?limit=1").await.body["data"]["mappings"][0]["id"].clone();
    let regex = json!({"regex": {"pattern": "\\w{5}", "replacement": ""}});
    let mapping = |rules: usize| {
        json!({"local_field": "notes", "geniacs_field": "remarks", "field_type": "string",
               "transformation_rules": vec![&regex; rules]})
    };

    let mut new = mapping(21);
    new["integration_id"] = json!(id);
    new["entity_type"] = json!("customers");
    assert_eq!(stand.post("/api/geniacs/mappings", &new).await.fields(), ["transformation_rules"]);
    let rules = json!({"transformation_rules": vec![&regex; 21]});
    assert_eq!(
        stand.change(Method::PATCH, &format!("/api/geniacs/mappings/{first}"), &rules).await.fields(),
        ["transformation_rules"]
    );

    let tried = |mappings: Value| json!({"integration_id": id, "entity_type": "customers", "mappings": mappings, "sample": {"notes": "x"}});
    let began = Instant::now();
    let mut many = mapping(0);
    many["transformation_rules"] = json!(vec!["trim"; 15_000]);
    let refused = stand.post_as(Role::Operator, PREVIEW, &tried(json!([many]))).await;
    assert_eq!(refused.fields(), ["mappings"]);
    let refused = stand.post_as(Role::Operator, PREVIEW, &tried(json!([mapping(21)]))).await;
    assert_eq!(refused.fields(), ["mappings[0].transformation_rules"]);
    let shown = preview(&stand, &tried(json!([mapping(20)]))).await;
    assert_eq!(shown["fields"][0]["transformations"].as_array().unwrap().len(), 20);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}
