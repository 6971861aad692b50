//! Answers that do not come whole, in time, or at all.

use crate::partner::{Partner, parts};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

async fn push_one(partner: &Partner) -> Result<reqwest::Response, reqwest::Error> {
    let body = json!({"data": [{"external_id": "1"}], "options": {}, "sync_id": 1}).to_string();
    partner.request(Method::POST, "/customers/sync", &body, None).timeout(Duration::from_millis(500)).send().await
}

#[tokio::test]
async fn half_a_json_looks_like_a_whole_answer() {
    let partner = Partner::start();
    partner.order("/faults", json!({"half_json_rate": 1})).await;

    let response = push_one(&partner).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()),
        (200, "application/json")
    );

    let text = response.text().await.unwrap();
    assert!(text.starts_with('{') && serde_json::from_str::<Value>(&text).is_err(), "{text}");

    assert_eq!(partner.look("/count/customers").await["count"], 1, "it was applied");
}

#[tokio::test]
async fn a_request_that_hangs_was_applied() {
    let partner = Partner::start();
    partner.order("/faults", json!({"hang_rate": 1})).await;
    assert!(push_one(&partner).await.unwrap_err().is_timeout());
    assert_eq!(partner.look("/count/customers").await["count"], 1);
    assert_eq!(partner.look("/stats").await["by_call"]["POST /v1/customers/sync"], json!({"unanswered": 1}));
    partner.running.stop().await;
}

#[tokio::test]
async fn answers_are_held_after_the_first_ones_until_they_are_let_go() {
    let partner = Partner::start();
    partner.order("/faults", json!({"hold_after": 1})).await;
    assert_eq!(partner.get("/health").await.0, 200);
    assert!(push_one(&partner).await.unwrap_err().is_timeout(), "it is held");
    assert_eq!(partner.look("/count/customers").await["count"], 1, "it was applied");

    let held = tokio::spawn(partner.request(Method::GET, "/health", "", None).send());
    partner.order("/faults", json!({"hold_after": null})).await;
    assert_eq!(held.await.unwrap().unwrap().status(), 200);

    partner.running.stop().await;
}

#[tokio::test]
async fn an_answer_may_come_drop_by_drop() {
    let partner = Partner::start();
    partner.order("/faults", json!({"drip_rate": 1, "drip_ms": 1})).await;
    let started = Instant::now();
    let (status, health) = partner.get("/health").await;
    assert_eq!((status, &health["version"]), (200, &json!("v1.2.3")), "it is whole in the end");
    let bytes = u64::try_from(health.to_string().len()).unwrap();
    assert!(started.elapsed() >= Duration::from_millis(bytes), "{:?}", started.elapsed());
}

#[tokio::test]
async fn an_outage_begins_when_it_is_set_and_ends() {
    let partner = Partner::start();
    partner.order("/faults", json!({"outage": {"seconds": 3600, "status": 503}, "retry_after": 9})).await;
    let response = partner.call(Method::GET, "/health", "", None).await;
    assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (503, &"9".parse().unwrap()));

    partner.order("/faults", json!({"outage": {"seconds": 3600}})).await;
    assert!(push_one(&partner).await.is_err(), "dropped");

    partner.order("/faults", json!({"outage": {"seconds": 0}})).await;
    assert_eq!(partner.get("/health").await.0, 200);

    assert_eq!(partner.look("/count/customers").await["count"], 0, "nothing was applied meanwhile");
}

#[tokio::test]
async fn a_redirect_names_another_host_and_html_is_no_json() {
    let partner = Partner::start();
    partner.order("/faults", json!({"error_rate": 1, "error_status": 302})).await;

    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let response = http.get(format!("{}/health", partner.running.base_url)).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 302);
    assert!(response.headers()["location"].to_str().unwrap().starts_with("https://elsewhere.invalid/"));

    partner.order("/faults", json!({"error_rate": 0, "html_rate": 1})).await;
    let response = partner.call(Method::GET, "/health", "", None).await;
    assert_eq!(response.headers()["content-type"], "text/html");
    assert_eq!(parts(response).await, (200, Value::Null));
}
