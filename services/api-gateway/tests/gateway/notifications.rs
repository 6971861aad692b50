//! Rules for notices, and what was told.

use crate::stand::Stand;
use domain::Role;
use reqwest::Method;
use secrets::{ExposeSecret as _, KeyRing, Place};
use serde_json::{Value, json};

const RULES: &str = "/api/geniacs/notification-rules";

fn webhook() -> Value {
    json!({"name": "On call", "causes": ["sync_failed", "integration_paused", "sync_failed"], "channel": "webhook",
        "url": "https://hooks.example.com/T01/B02?token=abc"})
}

fn email() -> Value {
    json!({"name": "Office", "causes": ["conflicts_waiting", "not_in_step"], "channel": "email", "language": "en",
        "addresses": ["siti@example.com", "budi@example.com", "siti@example.com"], "not_in_step_seconds": 7200})
}

async fn make(stand: &Stand, body: &Value) -> Value {
    let made = stand.post(RULES, body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.headers["etag"], "\"1\"");
    made.body["data"]["notification_rule"].clone()
}

async fn stored_secret(stand: &Stand, id: &Value) -> String {
    let sealed = stand.database.ask(&format!("SELECT signing_secret FROM notification_rules WHERE id = {id}")).await;
    let place = Place { table: "notification_rules", column: "signing_secret", row: id.as_i64().unwrap() };
    KeyRing::parse(&stand.keys).unwrap().open(&place, &sealed).unwrap().expose_secret().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_made_shown_changed_and_deleted() {
    let stand = Stand::start().await;
    let made = make(&stand, &email()).await;
    assert_eq!(made["addresses"], json!(["siti@example.com", "budi@example.com"]), "each counts once");
    let rest = json!({"integration_id": null, "url": null, "tells_end": true, "is_active": true, "language": "en",
        "not_in_step_seconds": 7200, "version": 1});
    for (field, value) in rest.as_object().unwrap() {
        assert_eq!(&made[field], value, "{field}");
    }

    let path = format!("{RULES}/{}", made["id"]);
    let integration = stand.integration("one").await;
    let change = json!({"integration_id": integration, "tells_end": false, "channel": "email"});
    let changed = stand.change(Method::PATCH, &path, &change).await.body["data"]["notification_rule"].clone();
    assert_eq!((&changed["integration_id"], &changed["tells_end"]), (&json!(integration), &json!(false)));
    assert_eq!((&changed["version"], &changed["addresses"]), (&json!(2), &made["addresses"]));
    let cleared = stand.change(Method::PATCH, &path, &json!({"integration_id": null})).await;
    assert_eq!(cleared.body["data"]["notification_rule"]["integration_id"], Value::Null);

    let listed = stand.get_as(Role::Admin, &format!("{RULES}?is_active=true")).await;
    assert_eq!(listed.body["data"]["notification_rules"], json!([cleared.body["data"]["notification_rule"]]));
    assert_eq!(stand.change(Method::DELETE, &path, &json!({})).await.status, 200);
    stand.get_as(Role::Admin, &path).await.assert_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_s_secret_is_sealed_shown_once_and_made_unless_it_is_given() {
    let stand = Stand::start().await;
    let made = make(&stand, &webhook()).await;
    assert_eq!(made["causes"], json!(["integration_paused", "sync_failed"]));
    let secret = made["signing_secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_"), "{secret}");
    assert_eq!(stored_secret(&stand, &made["id"]).await, secret);

    let path = format!("{RULES}/{}", made["id"]);
    let shown = stand.get_as(Role::Admin, &path).await;
    assert!(shown.body["data"]["notification_rule"].get("signing_secret").is_none(), "{}", shown.body);
    let given = stand.change(Method::PATCH, &path, &json!({"signing_secret": "my own"})).await;
    assert!(given.body["data"]["notification_rule"].get("signing_secret").is_none(), "{}", given.body);
    assert_eq!(stored_secret(&stand, &made["id"]).await, "my own");

    let rotated = stand.post(&format!("{path}/rotate-secret"), &json!({})).await;
    let secret = rotated.body["data"]["notification_rule"]["signing_secret"].as_str().unwrap();
    assert_eq!(stored_secret(&stand, &made["id"]).await, secret);
    let mail = make(&stand, &email()).await;
    let refused = stand.post(&format!("{RULES}/{}/rotate-secret", mail["id"]), &json!({})).await;
    refused.assert_error(409, "no_signing_secret");
    let log = stand.get_as(Role::Admin, "/api/audit-log?limit=100").await.body.to_string();
    assert!(log.contains("notification_rule.secret_rotated") && !log.contains(secret) && !log.contains("my own"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_of_a_rule_is_named_with_a_code() {
    let stand = Stand::start_with(&[("GENIACS_OUTBOUND__ALLOW_HTTP", "false"), ("GENIACS_OUTBOUND__ALLOW", "")]).await;
    let wrong = |field: &str, value: Value| {
        let mut body = webhook();
        body[field] = value;
        body
    };
    for (body, field, code) in [
        (wrong("name", json!("")), "name", "required"),
        (wrong("causes", json!([])), "causes", "empty"),
        (wrong("causes", json!(["weather"])), "causes", "unknown_name"),
        (wrong("causes", json!("sync_failed")), "causes", "not_a_list"),
        (wrong("channel", json!("pigeon")), "channel", "unknown_name"),
        (wrong("url", json!(null)), "url", "required"),
        (wrong("url", json!("hooks")), "url", "not_a_url"),
        (wrong("url", json!("ftp://hooks.example.com")), "url", "url_scheme"),
        (wrong("url", json!("http://hooks.example.com")), "url", "address_refused"),
        (wrong("url", json!("https://127.0.0.1/a")), "url", "address_refused"),
        (wrong("url", json!("https://hooks.example.com/#a")), "url", "url_fragment"),
        (wrong("addresses", json!(["siti@example.com"])), "addresses", "other_channel"),
        (wrong("not_in_step_seconds", json!(299)), "not_in_step_seconds", "range"),
        (wrong("language", json!("nl")), "language", "unknown_name"),
        (wrong("what", json!(1)), "what", "unknown_field"),
    ] {
        let refused = stand.post(RULES, &body).await;
        refused.assert_error(422, "validation_failed");
        assert_eq!(refused.fields(), [field], "{}", refused.body);
        assert_eq!(refused.body["error"]["details"][0]["code"], code, "{}", refused.body);
    }

    for (field, value, code) in [
        ("addresses", json!(["siti"]), "not_an_email"),
        ("addresses", json!([]), "empty"),
        ("addresses", json!(vec!["siti@example.com"; 21]), "too_many_items"),
        ("url", json!("https://hooks.example.com"), "other_channel"),
        ("signing_secret", json!("x"), "other_channel"),
    ] {
        let mut body = email();
        body[field] = value;
        let refused = stand.post(RULES, &body).await;
        refused.assert_error(422, "validation_failed");
        assert_eq!(refused.body["error"]["details"][0]["code"], code, "{}", refused.body);
    }
    stand.post(RULES, &wrong("integration_id", json!(404))).await.assert_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_rules_never_have_one_name_and_a_channel_stays() {
    let stand = Stand::start().await;
    make(&stand, &webhook()).await;
    stand.post(RULES, &webhook()).await.assert_error(409, "duplicate_name");
    let other = make(&stand, &email()).await;
    let path = format!("{RULES}/{}", other["id"]);
    stand.change(Method::PATCH, &path, &json!({"name": "On call"})).await.assert_error(409, "duplicate_name");
    let refused = stand.change(Method::PATCH, &path, &json!({"channel": "webhook"})).await;
    assert_eq!(refused.body["error"]["details"][0]["code"], "fixed", "{}", refused.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_goes_to_every_address_and_the_history_says_how_it_went() {
    let stand = Stand::start().await;
    let rule = make(&stand, &email()).await;
    let sent = stand.post(&format!("{RULES}/{}/test", rule["id"]), &json!({})).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    let ids = sent.body["data"]["test"]["notification_ids"].as_array().unwrap().clone();
    stand
        .database
        .execute(&format!(
            "UPDATE notice_deliveries SET attempts = 1, error_code = 'smtp_status', error_message = 'the SMTP server answers with 550'
             WHERE id = {}",
            ids[0]
        ))
        .await;

    let history = stand.get_as(Role::Admin, &format!("/api/geniacs/notifications?rule_id={}", rule["id"])).await;
    let told = history.body["data"]["notifications"].as_array().unwrap();
    assert_eq!(told.len(), 2);
    let addresses: Vec<&Value> = told.iter().map(|one| &one["address"]).collect();
    assert!(addresses.contains(&&json!("siti@example.com")) && addresses.contains(&&json!("budi@example.com")));
    let failed = told.iter().find(|one| one["id"] == ids[0]).unwrap();
    assert_eq!(failed["error"], json!({"code": "smtp_status", "message": "the SMTP server answers with 550"}));
    assert_eq!(failed["rule"], json!({"id": rule["id"], "name": "Office"}));
    assert_eq!(
        (&failed["tells"], &failed["cause"], &failed["state"]),
        (&json!("test"), &Value::Null, &json!("waiting"))
    );

    let none = stand.get_as(Role::Admin, "/api/geniacs/notifications?state=sent").await;
    assert_eq!(none.body["data"]["notifications"], json!([]));
    let first = stand.get_as(Role::Admin, "/api/geniacs/notifications?limit=1").await.body["data"].clone();
    let next = format!("/api/geniacs/notifications?limit=1&after={}", first["next_cursor"].as_str().unwrap());
    let second = stand.get_as(Role::Admin, &next).await.body["data"].clone();
    assert_ne!(first["notifications"][0]["id"], second["notifications"][0]["id"]);
    assert!(second["next_cursor"].is_null() && second["prev_cursor"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_is_switched_off_or_writes_to_others_lets_go_of_what_waits() {
    let stand = Stand::start().await;
    let rule = make(&stand, &email()).await;
    let id = &rule["id"];

    stand
        .database
        .execute(&format!(
            "INSERT INTO notices (id, rule_id, cause) VALUES (1, {id}, 'conflicts_waiting');
             INSERT INTO notice_deliveries (notice_id, rule_id, tells, address)
             SELECT 1, {id}, 'begin', unnest(ARRAY['siti@example.com', 'budi@example.com'])"
        ))
        .await;

    let dropped = async || stand.count("SELECT count(*) FROM notice_deliveries WHERE state = 'dropped'").await;
    let path = format!("{RULES}/{id}");
    stand.change(Method::PATCH, &path, &json!({"addresses": ["siti@example.com"]})).await;
    assert_eq!(dropped().await, 1);
    stand.change(Method::PATCH, &path, &json!({"is_active": false})).await;
    assert_eq!(dropped().await, 2);
}
