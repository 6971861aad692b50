//! Integrations that are tested before they are saved.

use crate::stand::{Answer, Stand, integration, opened};
use geniacs_simulator::{Config, Running, Simulator};
use reqwest::Method;
use serde_json::{Value, json};

const INTEGRATIONS: &str = "/api/geniacs/integrations";

/// An integration at this partner, with credentials that it takes.
fn body(partner: &Running) -> Value {
    let (mut body, config) = (integration("Primary"), Config::default());
    body["endpoint_url"] = json!(partner.base_url);
    body["api_key"] = json!(config.api_key);
    body["api_secret"] = json!(config.api_secret);
    body
}

fn with(mut body: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn stand() -> (Stand, Running) {
    (Stand::start().await, Simulator::start(Config::default()).unwrap())
}

async fn saved(stand: &Stand) -> i64 {
    stand.count("SELECT count(*) FROM geniacs_integrations").await
}

async fn patch(stand: &Stand, id: i64, body: &Value) -> Answer {
    stand.change(Method::PATCH, &format!("{INTEGRATIONS}/{id}"), body).await
}

fn failed(answer: &Answer) -> &Value {
    answer.assert_error(422, "connection_test_failed");
    &answer.body["error"]["connection_test"]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_that_the_partner_takes_is_made_with_the_result_of_its_test() {
    let (stand, partner) = stand().await;
    let answer = stand.post(INTEGRATIONS, &with(body(&partner), &json!({"test": true}))).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let test = &answer.body["data"]["connection_test"];
    assert_eq!((&test["status"], &test["authentication"]), (&json!("success"), &json!("valid")), "{test}");
    assert!(answer.body["data"]["integration"].get("tested").is_none());
    let audited = "SELECT after ->> 'tested' FROM audit_log WHERE action = 'integration.created'";
    assert_eq!(stand.database.ask(audited).await, "true");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_tested_that_nobody_asked_to_test() {
    let (stand, partner) = stand().await;
    for (name, test) in [("not told", json!({})), ("told so", json!({"test": false}))] {
        let more = with(json!({"name": name, "api_key": "wrong-key"}), &test);
        let answer = stand.post(INTEGRATIONS, &with(body(&partner), &more)).await;
        assert_eq!((answer.status.as_u16(), answer.body["data"].get("connection_test")), (201, None), "{name}");
    }
    assert_eq!(saved(&stand).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_that_fails_its_test_is_not_made_and_the_answer_names_the_field() {
    let (stand, partner) = stand().await;
    let refused = stand.post(INTEGRATIONS, &with(body(&partner), &json!({"test": true, "api_key": "wrong-key"}))).await;
    let test = failed(&refused);
    assert_eq!((&test["authentication"], &test["status_code"]), (&json!("invalid"), &json!(401)));
    assert_eq!(refused.fields(), ["api_key", "api_secret"]);
    assert_eq!(refused.body["error"]["details"][0]["code"], "credentials_refused");
    assert!(!refused.body.to_string().contains("wrong-key"));

    let nobody = json!({"test": true, "endpoint_url": "http://127.0.0.1:1/v1"});
    let unreachable = stand.post(INTEGRATIONS, &with(body(&partner), &nobody)).await;
    assert_eq!(failed(&unreachable)["authentication"], "unknown");
    assert_eq!(unreachable.fields(), ["endpoint_url"]);
    assert_eq!(unreachable.body["error"]["details"][0]["code"], "connection_failed");

    let invalid = stand.post(INTEGRATIONS, &with(body(&partner), &json!({"test": "x", "name": ""}))).await;
    invalid.assert_error(422, "validation_failed");
    assert_eq!(invalid.fields(), ["name", "test"]);
    assert_eq!(saved(&stand).await, 0);
    assert_eq!(stand.count("SELECT count(*) FROM audit_log").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_tested_with_what_it_gives_and_else_with_what_is_stored() {
    let (stand, partner) = stand().await;
    let made = stand.post(INTEGRATIONS, &body(&partner)).await;
    let id = made.body["data"]["integration"]["id"].as_i64().unwrap();

    let stored = patch(&stand, id, &json!({"test": true, "description": "tested"})).await;
    assert_eq!((stored.status.as_u16(), &stored.headers["etag"]), (200, &"\"2\"".parse().unwrap()), "{}", stored.body);
    assert_eq!(stored.body["data"]["connection_test"]["status"], "success");

    let wrong = patch(&stand, id, &json!({"test": true, "api_key": "wrong-key", "description": "not saved"})).await;
    assert_eq!(failed(&wrong)["authentication"], "invalid");
    assert_eq!(opened(&stand, id, "api_key_encrypted").await, Config::default().api_key);
    let row = "SELECT version || ' ' || description FROM geniacs_integrations";
    assert_eq!(stand.database.ask(row).await, "2 tested");

    let elsewhere = patch(&stand, id, &json!({"test": true, "endpoint_url": "http://127.0.0.1:1/v1"})).await;
    elsewhere.assert_error(422, "validation_failed");
    assert_eq!(elsewhere.fields(), ["api_key", "api_secret"], "stored credentials are not sent to another host");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_passes_its_test_lets_refused_credentials_count_again() {
    let (stand, partner) = stand().await;
    let made = stand.post(INTEGRATIONS, &body(&partner)).await;
    let id = made.body["data"]["integration"]["id"].as_i64().unwrap();
    let mut connection = stand.database.connection().await;
    storage::partners::limits::refuse_credentials(&mut connection, id, 1, 60.0).await.unwrap();

    assert_eq!(patch(&stand, id, &json!({"test": true, "description": "tested"})).await.status, 200);
    let refused = "SELECT count(*) FROM integration_limits WHERE credentials_refused_at IS NOT NULL";
    assert_eq!(stand.count(refused).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_takes_no_request_that_the_rate_limits_do_not_allow() {
    let (stand, partner) = stand().await;
    let made = stand.post(INTEGRATIONS, &with(body(&partner), &json!({"rate_limits": {"requests_per_hour": 1}}))).await;
    let id = made.body["data"]["integration"]["id"].as_i64().unwrap();
    assert_eq!(patch(&stand, id, &json!({"test": true, "description": "first"})).await.status, 200);

    let answer = patch(&stand, id, &json!({"test": true, "rate_limits": null})).await;
    failed(&answer);
    assert_eq!(answer.fields(), ["test"]);
    assert_eq!(answer.body["error"]["details"][0]["code"], "rate_limited");
}
