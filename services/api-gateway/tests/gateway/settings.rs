//! What an integration and a sync take from the settings, and what is stronger.

use crate::stand::{Stand, integration};
use domain::Role;
use geniacs_simulator::{Config, Simulator};
use serde_json::{Value, json};

const SETTINGS: [(&str, &str); 4] = [
    ("GENIACS_DEFAULT_TIMEOUT", "17"),
    ("GENIACS_MAX_RETRY_ATTEMPTS", "7"),
    ("GENIACS_BATCH_SIZE", "33"),
    ("GENIACS_RETRY_FAILED_SYNC", "false"),
];

/// Makes an integration from the specification's example with changes.
async fn made(stand: &Stand, name: &str, changes: &[(&str, Value)]) -> i64 {
    let mut body = integration(name);
    for (field, value) in changes {
        body[*field] = value.clone();
    }
    let answer = stand.post("/api/geniacs/integrations", &body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body["data"]["integration"]["id"].as_i64().unwrap()
}

/// A number among the settings of the integration's sync, which is triggered.
async fn of_its_sync(stand: &Stand, integration_id: i64, names: &[&str]) -> Vec<i64> {
    let body = json!({"integration_id": integration_id, "entity_type": "customers"});
    assert_eq!(stand.post("/api/geniacs/sync/trigger", &body).await.status, 200);
    let mut found = Vec::new();
    for name in names {
        let number = format!(
            "SELECT (data #>> '{{settings,{name}}}')::bigint AS count FROM geniacs_data_sync
             WHERE integration_id = {integration_id}"
        );
        found.push(stand.count(&number).await);
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn default_timeout_and_max_retry_attempts_yield_to_the_configuration_and_that_to_the_columns() {
    let stand = Stand::start_with(&SETTINGS).await;
    let names = ["timeout_seconds", "max_attempts"];
    let configuration = json!({"timeout_seconds": 60, "max_retries": 5});
    let columns =
        [("configuration", configuration.clone()), ("timeout_seconds", json!(90)), ("retry_attempts", json!(2))];
    let plain = made(&stand, "Plain", &[("configuration", json!({}))]).await;
    assert_eq!(of_its_sync(&stand, plain, &names).await, [17, 7], "the environment");
    let configured = made(&stand, "Configured", &[("configuration", configuration)]).await;
    assert_eq!(of_its_sync(&stand, configured, &names).await, [60, 5], "the configuration");
    let with_columns = made(&stand, "Columns", &columns).await;
    assert_eq!(of_its_sync(&stand, with_columns, &names).await, [90, 2], "the columns");
}

#[tokio::test(flavor = "multi_thread")]
async fn batch_size_and_retry_failed_sync_hold_for_a_triggered_sync() {
    let stand = Stand::start_with(&SETTINGS).await;
    let id = made(&stand, "Plain", &[("configuration", json!({}))]).await;
    assert_eq!(of_its_sync(&stand, id, &["batch_size"]).await, [33]);
    let failed = "SELECT count(*) FROM geniacs_data_sync WHERE data #>> '{settings,retry_failed}' = 'false'";
    assert_eq!(stand.count(failed).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhook_url_is_shown_and_sent_nowhere() {
    let (stand, partner) = (Stand::start().await, Simulator::start(Config::default()).unwrap());
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    nobody.set_nonblocking(true).unwrap();
    let shown = format!("http://{}/geniacs", nobody.local_addr().unwrap());
    let changes = [("webhook_url", json!(shown)), ("endpoint_url", json!(partner.base_url))];
    let id = made(&stand, "Primary", &changes).await;
    let path = format!("/api/geniacs/integrations/{id}");
    assert_eq!(stand.get(&path).await.body["data"]["integration"]["webhook_url"], shown);
    stand.post_as(Role::Operator, &format!("{path}/test-connection"), &json!({})).await;
    assert!(nobody.accept().is_err(), "nothing calls it");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_version_that_differs_from_what_geniacs_says_is_shown() {
    let (stand, partner) = (Stand::start().await, Simulator::start(Config::default()).unwrap());
    let config = Config::default();
    for (ours, warned) in [("v1", false), ("v2", true)] {
        let changes = [
            ("api_version", json!(ours)),
            ("endpoint_url", json!(partner.base_url)),
            ("api_key", json!(config.api_key)),
            ("api_secret", json!(config.api_secret)),
        ];

        let id = made(&stand, ours, &changes).await;
        let path = format!("/api/geniacs/integrations/{id}/test-connection");
        let answer = stand.post_as(Role::Operator, &path, &json!({})).await;
        let warning = answer.body["data"]["connection_test"]["warning"].as_str();
        assert_eq!(
            warning.is_some_and(|text| text.contains("v2") && text.contains("v1.2.3")),
            warned,
            "{}",
            answer.body
        );
    }
}
