//! Testing the connection to a partner.

use crate::stand::{Answer, Stand, integration};
use domain::Role;
use geniacs_simulator::{Config, Simulator};
use serde_json::{Value, json};

async fn tested(stand: &Stand, endpoint_url: &str, key: &str) -> Answer {
    let config = Config::default();
    let mut body = integration(key);
    body["endpoint_url"] = json!(endpoint_url);
    body["api_key"] = json!(key);
    body["api_secret"] = json!(config.api_secret);
    let made = stand.post("/api/geniacs/integrations", &body).await;
    let id = made.body["data"]["integration"]["id"].as_i64().unwrap();
    stand.post_as(Role::Operator, &format!("/api/geniacs/integrations/{id}/test-connection"), &json!({})).await
}

fn of(answer: &Answer) -> &Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    &answer.body["data"]["connection_test"]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_answers_is_described() {
    let (stand, simulator) = (Stand::start().await, Simulator::start(Config::default()).unwrap());
    let answer = tested(&stand, &simulator.base_url, &Config::default().api_key).await;
    let test = of(&answer);
    assert_eq!(answer.body["message"], "Connection test successful");
    assert_eq!((&test["status"], &test["authentication"]), (&json!("success"), &json!("valid")), "{test}");
    assert_eq!(test["api_version"], "v1.2.3");
    assert!(test["response_time"].is_u64() && test["tested_at"].as_str().unwrap().ends_with('Z'));
    assert!(test["supported_endpoints"].as_array().unwrap().contains(&json!("/customers")));
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_are_invalid() {
    let (stand, simulator) = (Stand::start().await, Simulator::start(Config::default()).unwrap());
    let answer = tested(&stand, &simulator.base_url, "another-key").await;
    let test = of(&answer);
    assert_eq!((&test["status"], &test["authentication"]), (&json!("failed"), &json!("invalid")));
    assert_eq!(test["status_code"], 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_is_down_is_a_200_that_says_so() {
    let stand = Stand::start().await;
    let answer = tested(&stand, "http://127.0.0.1:1/v1", "key").await;
    let test = of(&answer);
    assert_eq!(answer.body["message"], "Connection test failed");
    assert_eq!((&test["status"], &test["authentication"]), (&json!("failed"), &json!("unknown")));
    assert!(test["error"].as_str().unwrap().contains("no connection"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_that_does_not_exist_is_a_404() {
    let stand = Stand::start().await;
    let path = "/api/geniacs/integrations/7/test-connection";
    stand.post_as(Role::Operator, path, &json!({})).await.assert_error(404, "not_found");
}
