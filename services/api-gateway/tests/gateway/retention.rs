//! How long rows are kept, decided by people over the settings.

use crate::stand::{Answer, Stand, send};
use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};

const PATH: &str = "/api/geniacs/settings/retention";

async fn patch(stand: &Stand, tag: &str, body: &Value) -> Answer {
    let request = stand.request(Method::PATCH, PATH).bearer_auth(stand.admin()).header("If-Match", tag);
    send(request.json(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_value_is_stronger_than_a_setting_and_a_setting_than_the_default() {
    let stand = Stand::start_with(&[("GENIACS_RETENTION__SYNCS_DAYS", "100")]).await;
    let shown = stand.get_as(Role::Admin, PATH).await;
    assert_eq!((shown.status.as_u16(), &shown.headers["etag"]), (200, &"\"1\"".parse().unwrap()));
    let retention = &shown.body["data"]["retention"];
    let times = ["log_days", "webhook_events_days", "syncs_days", "monitoring_months", "audit_days"];
    assert_eq!(times.map(|name| retention[name].as_i64().unwrap()), [30, 90, 100, 13, 0]);
    assert_eq!(
        (&retention["sources"]["log_days"], &retention["sources"]["syncs_days"]),
        (&json!("default"), &json!("setting"))
    );

    let edited = patch(&stand, "\"1\"", &json!({"log_days": 7, "syncs_days": 14})).await;
    assert_eq!((edited.status.as_u16(), &edited.headers["etag"]), (200, &"\"2\"".parse().unwrap()), "{}", edited.body);
    let back = patch(&stand, "\"2\"", &json!({"syncs_days": null})).await;
    let retention = &back.body["data"]["retention"];
    assert_eq!(times.map(|name| retention[name].as_i64().unwrap()), [7, 90, 100, 13, 0]);
    let expected = json!({"log_days": "stored", "webhook_events_days": "default", "syncs_days": "setting",
        "monitoring_months": "default", "audit_days": "default"});
    assert_eq!((&retention["sources"], &retention["version"]), (&expected, &json!(3)));
    let audited = "SELECT count(*) FROM audit_log WHERE action = 'retention.updated' AND before->>'log_days' = '30'
        AND after->>'log_days' = '7'";
    assert_eq!(stand.count(audited).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_a_stale_version_and_every_impossible_time_are_refused() {
    let stand = Stand::start().await;
    let wrong = json!({"log_days": 0, "webhook_events_days": "90", "syncs_days": 3651, "monitoring_months": 1.5, "audit_days": -1,
        "record_days": 3});
    let refused = patch(&stand, "*", &wrong).await;
    refused.assert_error(422, "validation_failed");
    let fields = ["audit_days", "log_days", "monitoring_months", "record_days", "syncs_days", "webhook_events_days"];
    assert_eq!(refused.fields(), fields);
    assert_eq!(patch(&stand, "*", &json!({"audit_days": 36500})).await.status, 200);
    patch(&stand, "\"1\"", &json!({"log_days": 5})).await.assert_error(409, "stale_version");
    assert_eq!(stand.count("SELECT count(*) FROM retention_settings WHERE log_days IS NULL AND version = 2").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_see_and_change_it() {
    let stand = Stand::start().await;
    for role in [Role::Viewer, Role::Operator] {
        stand.get_as(role, PATH).await.assert_error(403, "forbidden");
    }
}
