//! What an integration's health tells of its limits, and how refused credentials are accepted again.

use crate::stand::{Stand, integration, send};
use chrono::{DateTime, Utc};
use domain::Role;
use geniacs_simulator::{Config, Running, Simulator};
use reqwest::Method;
use serde_json::{Value, json};
use storage::partners::limits::{self, Rule};

/// An integration with the simulator as its partner, and its path.
async fn with_partner(stand: &Stand, rate_limits: Value) -> (Running, i64, String) {
    let partner = Simulator::start(Config::default()).unwrap();
    let mut body = integration("Primary");
    body["endpoint_url"] = json!(partner.base_url);
    body["api_key"] = json!(Config::default().api_key);
    body["api_secret"] = json!(Config::default().api_secret);
    body["rate_limits"] = rate_limits;
    let made = stand.post("/api/geniacs/integrations", &body).await;
    let id = made.body["data"]["integration"]["id"].as_i64().unwrap();
    (partner, id, format!("/api/geniacs/integrations/{id}"))
}

async fn health(stand: &Stand, path: &str) -> Value {
    stand.get(&format!("{path}/health")).await.body["data"]["health"].clone()
}

async fn refuse(stand: &Stand, id: i64) {
    let version: i32 =
        stand.database.ask(&format!("SELECT version FROM geniacs_integrations WHERE id = {id}")).await.parse().unwrap();
    let mut connection = stand.database.connection().await;
    assert!(limits::refuse_credentials(&mut connection, id, version, 300.0).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn health_tells_of_the_breaker_and_of_what_is_left_of_each_window() {
    let stand = Stand::start().await;
    let (_partner, id, path) =
        with_partner(&stand, json!({"requests_per_minute": 10, "requests_per_day": 1_000})).await;
    let fresh = health(&stand, &path).await;
    assert_eq!((&fresh["status"], &fresh["breaker"]["state"]), (&json!("active"), &json!("closed")));
    let unused = stand.get(&path).await.body["data"]["integration"]["rate_windows"][0].clone();
    assert_eq!(unused, json!({"per": "minute", "limit": 10, "used": 0, "left": 10, "until": null}));

    let mut connection = stand.database.connection().await;
    limits::take(&mut connection, id, 4, 5.0).await.unwrap();
    let mut windows = health(&stand, &path).await["windows"].clone();
    let listed = stand.get(&path).await.body["data"]["integration"]["rate_windows"].clone();
    assert_eq!(listed, windows, "the card tells the same");
    for (window, seconds) in [(0, 60), (1, 86_400)] {
        let until: DateTime<Utc> = serde_json::from_value(windows[window]["until"].take()).unwrap();
        let left = (until - Utc::now()).num_seconds();
        // The test may be slow, and a window is looked at in sixty parts.
        assert!((0..=seconds + seconds / 60 + 6).contains(&left), "{left} s");
    }
    let expected = json!([
        {"per": "minute", "limit": 10, "used": 4, "left": 6, "until": null},
        {"per": "day", "limit": 1000, "used": 4, "left": 996, "until": null},
    ]);
    assert_eq!(windows, expected);

    let rule = Rule { failures: 2, wait_seconds: 60.0, longest_wait_seconds: 60.0 };
    for _ in 0..2 {
        limits::failed(&mut connection, id, &rule, false, 1.0).await.unwrap();
    }
    let open = health(&stand, &path).await;
    assert_eq!((&open["status"], &open["reason"]), (&json!("paused"), &json!("breaker_open")));
    assert_eq!((&open["breaker"]["state"], &open["breaker"]["failures"]), (&json!("open"), &json!(2)));
    assert!(open["breaker"]["opened_at"].is_string() && open["breaker"]["next_probe_at"].is_string(), "{open}");
    let listed = &stand.get(&path).await.body["data"]["integration"]["health"];
    assert_eq!(listed["reason"], "breaker_open");
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_are_shown_with_the_way_out_and_a_test_that_passes_ends_the_pause() {
    let stand = Stand::start().await;
    let (_partner, id, path) = with_partner(&stand, json!({})).await;
    refuse(&stand, id).await;

    let paused = health(&stand, &path).await;
    assert_eq!((&paused["status"], &paused["reason"]), (&json!("paused"), &json!("credentials_refused")));
    assert!(paused["message"].as_str().unwrap().contains("test-connection") && paused["paused_until"].is_null());
    assert!(paused["next_connection_test_at"].is_string());

    let tested = stand.post_as(Role::Operator, &format!("{path}/test-connection"), &json!({})).await;
    assert_eq!(tested.body["data"]["connection_test"]["status"], "success", "{}", tested.body);
    assert_eq!(health(&stand, &path).await["status"], "active");
    assert_eq!(stand.count("SELECT count(*) FROM audit_log WHERE action = 'integration.resumed'").await, 1);

    stand.post_as(Role::Operator, &format!("{path}/test-connection"), &json!({})).await;
    assert_eq!(stand.count("SELECT count(*) FROM audit_log WHERE action = 'integration.resumed'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_credentials_or_another_address_end_the_pause_and_other_edits_do_not() {
    let stand = Stand::start().await;
    let (_partner, id, path) = with_partner(&stand, json!({})).await;
    for (edit, status) in [
        (json!({"description": "x"}), "paused"),
        (json!({"api_key": "another"}), "active"),
        (json!({"api_secret": "another"}), "active"),
        (json!({"endpoint_url": "https://partner.example/v2", "api_key": "k", "api_secret": "s"}), "active"),
    ] {
        refuse(&stand, id).await;
        let request = stand.request(Method::PATCH, &path).bearer_auth(stand.admin()).json(&edit);
        assert_eq!(send(request).await.status, 200);
        assert_eq!(health(&stand, &path).await["status"], status, "{edit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_of_the_connection_keeps_the_rate_limits_too() {
    let stand = Stand::start().await;
    let (_partner, _, path) = with_partner(&stand, json!({"requests_per_minute": 1})).await;
    let test = async || {
        let answer = stand.post_as(Role::Operator, &format!("{path}/test-connection"), &json!({})).await;
        answer.body["data"]["connection_test"].clone()
    };
    assert_eq!(test().await["status"], "success");
    let refused = test().await;
    assert_eq!(refused["status"], "failed");
    assert!(refused["error"].as_str().unwrap().contains("rate_limits"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_sync_whose_partner_is_held_back_shows_as_pending_with_the_reason() {
    let stand = Stand::start().await;
    let (_partner, id, _) = with_partner(&stand, json!({})).await;

    let request = json!({"integration_id": id, "entity_type": "customers", "sync_type": "full"});
    let sync = stand.post_as(Role::Operator, "/api/geniacs/sync/trigger", &request).await;
    let path = format!("/api/geniacs/sync/{}/status", sync.body["data"]["sync"]["id"]);

    let shown = async || {
        let sync = stand.get(&path).await.body["data"]["sync"].clone();
        (sync["status"].clone(), sync["waiting_for"].clone())
    };

    assert_eq!(shown().await, (json!("processing"), Value::Null));
    limits::pause(&mut *stand.database.connection().await, id, 60.0, "throttled").await.unwrap();
    assert_eq!(shown().await, (json!("pending"), json!("throttled")));
}
