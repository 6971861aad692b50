//! Pushing, reading, and the admin API.

use crate::partner::{Partner, parts};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn only_a_signed_request_with_the_key_comes_in() {
    let partner = Partner::start();
    assert_eq!(partner.get("/health").await.0, 200);

    let url = format!("{}/health", partner.running.base_url);
    let unsigned = partner.http.get(&url).header("authorization", "Bearer simulator-key").send().await.unwrap();
    let (status, body) = parts(unsigned).await;
    assert_eq!((status, &body["error"]["type"]), (401, &json!("authentication_error")));
    assert!(body["error"]["message"].as_str().unwrap().contains("Timestamp"));

    let wrong = partner.http.get(&url).header("authorization", "Bearer other").send().await.unwrap();
    assert_eq!(parts(wrong).await.1["error"]["message"], "the API key is wrong");

    assert_eq!(partner.get("/devices").await.0, 404);
    partner.running.stop().await;
}

#[tokio::test]
async fn a_pushed_record_is_found_again_by_every_way() {
    let partner = Partner::start();
    let (_, answer) = partner.push(json!([{"external_id": "17", "version": 1, "customer_name": "Siti"}]), None).await;
    assert_eq!(answer["results"], json!([{"index": 0, "id": "cust_1", "status": "created"}]));
    assert_eq!((&answer["synced_records"], &answer["failed_records"]), (&json!(1), &json!(0)));

    let (_, record) = partner.get("/customers/cust_1").await;
    assert_eq!((&record["external_id"], &record["customer_name"]), (&json!("17"), &json!("Siti")));
    assert_eq!(partner.get("/customers?external_id=16,17").await.1["data"], json!([record]));
    assert_eq!(partner.get("/customers").await.1, json!({"data": [record], "next_cursor": null}));

    assert_eq!(partner.get("/customers/cust_2").await.0, 404);

    let (_, dump) = partner.admin(Method::GET, "/records/customers", Value::Null).await;
    assert_eq!(dump["records"][0]["fields"], json!({"customer_name": "Siti"}));
}

#[tokio::test]
async fn the_same_key_and_body_get_the_same_answer_and_take_effect_once() {
    let partner = Partner::start();
    let record = json!([{"external_id": "1", "n": 1}]);
    let first = partner.push(record.clone(), Some("k")).await;
    assert_eq!(partner.push(record.clone(), Some("k")).await, first);
    assert_eq!(partner.push(record, None).await.1["results"][0]["status"], "unchanged");
    assert_eq!(partner.push(json!([]), Some("k")).await.0, 422);
    let (_, stats) = partner.admin(Method::GET, "/stats", Value::Null).await;
    assert_eq!((&stats["idempotent_replays"], &stats["records"]), (&json!(1), &json!({"created": 1, "unchanged": 1})));
}

#[tokio::test]
async fn rules_refuse_records_alone_or_the_whole_request() {
    let partner = Partner::start();
    let rule = json!({"reject": [{"entity": "customers", "field": "customer_email", "contains": "bad"}]});
    partner.admin(Method::POST, "/faults", rule).await;

    let records =
        json!([{"external_id": "1", "customer_email": "good"}, {"external_id": "2", "customer_email": "bad"}]);
    let (_, answer) = partner.push(records.clone(), None).await;
    assert_eq!((&answer["synced_records"], &answer["failed_records"]), (&json!(1), &json!(1)));
    assert_eq!(answer["results"][1]["error"]["type"], "validation_error");

    partner.admin(Method::POST, "/faults", json!({"reject_status": 422})).await;
    let (status, answer) = partner.push(records, None).await;
    assert_eq!((status, &answer["error"]["details"][0]["index"]), (422, &json!(1)));

    assert_eq!(partner.admin(Method::DELETE, "/faults", Value::Null).await.1["reject"], json!([]));
}

#[tokio::test]
async fn an_older_version_is_refused_where_the_partner_keeps_versions() {
    let partner = Partner::start();
    let record = |version: i64| json!([{"external_id": "1", "version": version, "n": version}]);

    partner.push(record(5), None).await;
    partner.admin(Method::POST, "/faults", json!({"versions": "refuse"})).await;
    assert_eq!(partner.push(record(4), None).await.0, 409);

    partner.admin(Method::POST, "/faults", json!({"versions": "fail_record"})).await;
    assert_eq!(partner.push(record(4), None).await.1["results"][0]["error"]["type"], "conflict");

    partner.admin(Method::POST, "/faults", json!({"versions": null})).await;
    assert_eq!(partner.push(record(4), None).await.1["results"][0]["status"], "updated");
}

#[tokio::test]
async fn a_rate_limit_shows_itself_and_holds() {
    let partner = Partner::start();
    partner.admin(Method::POST, "/faults", json!({"rate_limit": {"requests": 2, "seconds": 3600}})).await;
    let first = partner.call(Method::GET, "/health", "", None).await;
    assert_eq!(first.headers()["x-ratelimit-remaining"], "1");
    partner.get("/health").await;
    let third = partner.call(Method::GET, "/health", "", None).await;
    assert_eq!((third.status().as_u16(), &third.headers()["x-ratelimit-remaining"]), (429, &"0".parse().unwrap()));
    assert!(third.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn seeds_touches_edits_and_resets_change_the_store() {
    let partner = Partner::start();
    let order = json!({"entity": "customers", "count": 250, "seed": 3});
    let (_, seeded) = partner.admin(Method::POST, "/seed", order.clone()).await;
    assert_eq!(seeded, json!({"created": 250, "first_id": "cust_1", "last_id": "cust_250"}));

    let (_, before) = partner.admin(Method::GET, "/records/customers?after=cust_100&limit=100", Value::Null).await;
    assert_eq!((&before["records"][0]["id"], &before["next_after"]), (&json!("cust_101"), &json!("cust_200")));

    let touch = json!({"entity": "customers", "count": 10, "seed": 1});
    let (_, touched) = partner.admin(Method::POST, "/touch", touch).await;
    assert_eq!((&touched["touched"], touched["ids"].as_array().unwrap().len()), (&json!(10), 10));

    let (_, set) = partner.admin(Method::PUT, "/records/customers/cust_7", json!({"customer_name": "Budi"})).await;
    assert_eq!(set["fields"]["customer_name"], "Budi");
    assert_eq!(partner.admin(Method::DELETE, "/records/customers/cust_7", Value::Null).await.0, 200);

    let (_, count) = partner.admin(Method::GET, "/count/customers", Value::Null).await;
    assert_eq!(count, json!({"count": 250, "live": 249, "deleted": 1, "linked": 0}));

    assert_eq!(partner.admin(Method::PUT, "/records/customers/cust_999", json!({})).await.0, 404);
    assert_eq!(partner.admin(Method::POST, "/seed", json!({"entity": "people", "count": 1})).await.0, 400);

    partner.admin(Method::POST, "/reset", Value::Null).await;
    assert_eq!(partner.admin(Method::GET, "/count/customers", Value::Null).await.1["count"], 0);

    partner.admin(Method::POST, "/seed", order).await;
    let (_, again) = partner.admin(Method::GET, "/records/customers?after=cust_100&limit=100", Value::Null).await;
    assert_ne!(again["records"][0]["updated_at"], before["records"][0]["updated_at"]);
}
