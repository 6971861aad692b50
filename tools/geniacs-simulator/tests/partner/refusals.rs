//! Records and requests that are refused.

use crate::partner::Partner;
use serde_json::{Value, json};

fn customers(count: u32) -> Value {
    (1..=count).map(|id| json!({"external_id": id.to_string(), "n": id})).collect()
}

fn failed(answer: &Value) -> Vec<u64> {
    let results = answer["results"].as_array().unwrap().iter();
    results.filter(|result| result["status"] == "failed").map(|result| result["index"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_share_of_the_records_is_wrong_for_good_and_another_share_for_the_moment() {
    let partner = Partner::start();
    partner.order("/faults", json!({"reject_rate": 0.1})).await;

    let (_, first) = partner.push(customers(200), None).await;
    let wrong = failed(&first);
    assert!((5..40).contains(&wrong.len()), "{wrong:?}");
    assert_eq!(failed(&partner.push(customers(200), None).await.1), wrong, "the same ones again");
    let index = usize::try_from(wrong[0]).unwrap();
    assert_eq!(first["results"][index]["error"]["type"], "validation_error");

    partner.order("/faults", json!({"reject_rate": 0, "stumble_rate": 0.3})).await;
    let stumbled = failed(&partner.push(customers(200), None).await.1);
    assert_ne!(failed(&partner.push(customers(200), None).await.1), stumbled, "others the next time");

    let (_, answer) = partner.push(customers(200), None).await;
    let index = usize::try_from(failed(&answer)[0]).unwrap();
    assert_eq!(answer["results"][index]["error"]["type"], "temporary_error");
}

#[tokio::test]
async fn a_whole_request_is_refused_with_or_without_the_names_of_the_wrong_records() {
    let partner = Partner::start();
    let rule = json!({"reject": [{"field": "external_id", "equals": "2"}], "reject_status": 400});
    partner.order("/faults", rule).await;

    let (status, named) = partner.push(customers(3), None).await;
    assert_eq!((status, &named["error"]["details"][0]["index"]), (400, &json!(1)));

    partner.order("/faults", json!({"reject_unnamed": true, "reject_status": 422})).await;
    let (status, unnamed) = partner.push(customers(3), None).await;
    assert_eq!((status, &unnamed["error"]["details"]), (422, &Value::Null));

    assert_eq!(partner.look("/count/customers").await["count"], 0, "nothing of it was applied");
}

#[tokio::test]
async fn a_record_may_not_refer_to_one_that_is_not_there() {
    let partner = Partner::start();
    partner.order("/faults", json!({"check_references": true})).await;
    partner.push(customers(2), None).await;
    partner.admin(reqwest::Method::DELETE, "/records/customers/cust_2", Value::Null).await;

    let subscription = |id: &str, customer: Value| json!({"external_id": id, "customer_id": customer});
    let records = json!([
        subscription("1", json!("cust_1")),
        subscription("2", json!("cust_2")),
        subscription("3", json!("cust_9")),
        subscription("4", Value::Null)
    ]);

    let (_, answer) = partner.push_to("/subscriptions", records, None).await;
    assert_eq!(failed(&answer), [1, 2], "a deleted one is not there either");
    assert_eq!(answer["results"][2]["error"]["type"], "unknown_reference");
    assert_eq!(answer["results"][2]["error"]["field"], "customer_id");
}

#[tokio::test]
async fn too_many_records_or_bytes_are_too_large() {
    let partner = Partner::start();
    partner.order("/faults", json!({"max_records": 2})).await;
    assert_eq!(partner.push(customers(3), None).await.0, 413);
    assert_eq!(partner.push(customers(2), None).await.0, 200);
    partner.order("/faults", json!({"max_records": null, "max_bytes": 100})).await;
    assert_eq!(partner.push(customers(1), None).await.0, 200);
    assert_eq!(partner.push(customers(9), None).await.0, 413);
}

#[tokio::test]
async fn keys_parameters_and_signatures_can_be_ignored() {
    let partner = Partner::start();
    let everything = json!({"ignore_signature": true, "ignore_idempotency": true, "ignore_external_id_filter": true,
        "ignore_updated_since": true});
    partner.order("/faults", everything).await;
    partner.push(customers(2), Some("key")).await;
    let (status, other) = partner.push(customers(3), Some("key")).await;
    assert_eq!((status, &other["results"][0]["status"]), (200, &json!("unchanged")), "the key means nothing");
    for target in ["/customers?external_id=1", "/customers?updated_since=2099-01-01T00:00:00Z"] {
        assert_eq!(partner.get(target).await.1["data"].as_array().unwrap().len(), 3, "{target}");
    }
    let unsigned = |key: &'static str| {
        let request = partner.http.get(format!("{}/health", partner.running.base_url));
        async move { request.header("authorization", key).send().await.unwrap().status().as_u16() }
    };
    assert_eq!(unsigned("Bearer simulator-key").await, 200);
    assert_eq!(unsigned("Bearer other").await, 401, "the key still counts");
}
