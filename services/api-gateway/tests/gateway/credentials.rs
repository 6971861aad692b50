//! Replacing an integration's credentials.

use crate::stand::{Answer, Stand, integration, opened, send};
use domain::Role;
use geniacs_simulator::{Config, Running, Simulator};
use reqwest::Method;
use serde_json::{Value, json};

/// An integration with this key, whose partner takes the simulator's own.
async fn made(stand: &Stand, endpoint_url: &str, key: &str) -> i64 {
    let mut body = integration(key);
    body["endpoint_url"] = json!(endpoint_url);
    body["api_key"] = json!(key);
    body["api_secret"] = json!(Config::default().api_secret);
    let made = stand.post("/api/geniacs/integrations", &body).await;
    made.body["data"]["integration"]["id"].as_i64().unwrap()
}

async fn rotate(stand: &Stand, id: i64, body: &Value) -> Answer {
    stand.post(&format!("/api/geniacs/integrations/{id}/rotate-credentials"), body).await
}

fn partner() -> Running {
    Simulator::start(Config::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_the_partner_takes_replace_the_old_ones_and_lift_the_pause() {
    let (stand, partner) = (Stand::start().await, partner());
    let id = made(&stand, &partner.base_url, "worn-key").await;
    let mut connection = stand.database.connection().await;
    storage::partners::limits::refuse_credentials(&mut connection, id, 1, 60.0).await.unwrap();

    let config = Config::default();
    let answer = rotate(&stand, id, &json!({"api_key": config.api_key})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.headers["etag"], "\"2\"");
    let expected = json!({"id": id, "version": 2, "replaced_secrets": ["api_key"]});
    assert_eq!(answer.body["data"]["integration"], expected);

    let test = &answer.body["data"]["connection_test"];
    assert_eq!((&test["status"], &test["authentication"]), (&json!("success"), &json!("valid")), "{test}");
    assert_eq!(opened(&stand, id, "api_key_encrypted").await, config.api_key);
    assert_eq!(opened(&stand, id, "api_secret_encrypted").await, config.api_secret, "as it was");

    let refused = "SELECT count(*) FROM integration_limits WHERE credentials_refused_at IS NOT NULL";
    assert_eq!(stand.count(refused).await, 0);

    let audited =
        "SELECT string_agg(concat(before, after), ' ') FROM audit_log WHERE action = 'integration.credentials_rotated'";
    let audited = stand.database.ask(audited).await;
    assert_eq!(audited, r#"{"tested": true, "version": 2, "replaced_secrets": ["api_key"]}"#);
    assert!(!answer.body.to_string().contains(&config.api_key));
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_the_partner_refuses_replace_nothing() {
    let (stand, partner) = (Stand::start().await, partner());
    let config = Config::default();
    let id = made(&stand, &partner.base_url, &config.api_key).await;
    let answer = rotate(&stand, id, &json!({"api_key": "wrong-key", "api_secret": "wrong-secret"})).await;
    answer.assert_error(422, "validation_failed");
    assert_eq!(answer.fields(), ["api_key", "api_secret"]);
    assert!(answer.body.to_string().contains("HTTP 401") && !answer.body.to_string().contains("wrong-"));
    assert_eq!(opened(&stand, id, "api_key_encrypted").await, config.api_key);
    assert_eq!(stand.count("SELECT version::bigint AS count FROM geniacs_integrations").await, 1);
    let audited = "SELECT count(*) FROM audit_log WHERE action = 'integration.credentials_rotated'";
    assert_eq!(stand.count(audited).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_cannot_be_tested_replace_nothing_unless_no_test_is_asked_for() {
    let stand = Stand::start().await;
    let id = made(&stand, "http://127.0.0.1:1/v1", "worn-key").await;

    let new = json!({"api_key": "new-key", "api_secret": "new-secret"});
    let answer = rotate(&stand, id, &new).await;
    answer.assert_error(409, "credentials_untested");
    assert_eq!(opened(&stand, id, "api_key_encrypted").await, "worn-key");

    let mut untested = new.clone();
    untested["test"] = json!(false);
    let answer = rotate(&stand, id, &untested).await;
    assert_eq!((answer.status.as_u16(), &answer.body["data"]["connection_test"]), (200, &Value::Null));
    assert_eq!(opened(&stand, id, "api_key_encrypted").await, "new-key");
    assert_eq!(opened(&stand, id, "api_secret_encrypted").await, "new-secret");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_needs_a_credential_an_administrator_and_the_current_version() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    for body in [json!({}), json!({"api_key": null})] {
        let answer = rotate(&stand, id, &body).await;
        answer.assert_error(422, "validation_failed");
        assert_eq!(answer.fields(), ["api_key"], "{body}");
    }

    let answer = rotate(&stand, id, &json!({"api_key": "a b", "api_secret": "", "test": 1, "key": "x"})).await;
    assert_eq!(answer.fields(), ["api_key", "key", "test"]);

    let (path, body) = (format!("/api/geniacs/integrations/{id}/rotate-credentials"), json!({"api_key": "k"}));
    stand.post_as(Role::Operator, &path, &body).await.assert_error(403, "forbidden");
    rotate(&stand, 999, &body).await.assert_error(404, "not_found");
    let stale = stand.request(Method::POST, &path).bearer_auth(stand.admin()).header("If-Match", "\"7\"").json(&body);
    send(stale).await.assert_error(409, "stale_version");
}

async fn patch(stand: &Stand, id: i64, body: &Value) -> Answer {
    stand.change(Method::PATCH, &format!("/api/geniacs/integrations/{id}"), body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn another_scheme_host_or_port_needs_both_credentials_in_the_same_request() {
    let stand = Stand::start().await;
    let id = made(&stand, "http://127.0.0.1:1/v1", "stored-key").await;
    let elsewhere = ["https://127.0.0.1:1/v1", "http://127.0.0.2:1/v1", "http://127.0.0.1:2/v1"];

    for url in elsewhere {
        let answer = patch(&stand, id, &json!({"endpoint_url": url})).await;
        answer.assert_error(422, "validation_failed");
        assert_eq!(answer.fields(), ["api_key", "api_secret"], "{url}");
        let with_nothing = json!({"endpoint_url": url, "api_key": null, "api_secret": ""});
        assert_eq!(patch(&stand, id, &with_nothing).await.fields(), ["api_key", "api_secret"], "{url}");
        let with_one = json!({"endpoint_url": url, "api_key": "new-key"});
        assert_eq!(patch(&stand, id, &with_one).await.fields(), ["api_secret"], "{url}");
    }
    let stored = "SELECT endpoint_url FROM geniacs_integrations";
    assert_eq!(stand.database.ask(stored).await, "http://127.0.0.1:1/v1");

    let same_origin = patch(&stand, id, &json!({"endpoint_url": "http://127.0.0.1:1/v2"})).await;
    assert_eq!(same_origin.status, 200, "{}", same_origin.body);
    let both = json!({"endpoint_url": elsewhere[2], "api_key": "new-key", "api_secret": "new-secret"});
    assert_eq!(patch(&stand, id, &both).await.status, 200);
    assert_eq!(opened(&stand, id, "api_key_encrypted").await, "new-key");
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_credentials_never_reach_a_host_that_an_edit_names() {
    let (stand, partner) = (Stand::start().await, partner());
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    other.set_nonblocking(true).unwrap();
    let id = made(&stand, &partner.base_url, &Config::default().api_key).await;

    let elsewhere = format!("http://{}/v1", other.local_addr().unwrap());
    patch(&stand, id, &json!({"endpoint_url": elsewhere})).await;
    let paths = json!({"configuration": {"endpoints": {"customers": "//127.0.0.2/x", "invoices": "/%2e%2e/x"}}});
    let refused = ["configuration.endpoints.customers", "configuration.endpoints.invoices"];
    assert_eq!(patch(&stand, id, &paths).await.fields(), refused);

    let tested = stand.post(&format!("/api/geniacs/integrations/{id}/test-connection"), &json!({})).await;
    assert_eq!(tested.body["data"]["connection_test"]["status"], "success", "{}", tested.body);
    assert!(other.accept().is_err(), "nobody calls it");
}
