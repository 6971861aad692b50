//! Everything that can be edited carries its version, and an edit can name the one that it was made for.

use crate::stand::{Answer, Stand, send};
use reqwest::Method;
use serde_json::{Value, json};

async fn call(stand: &Stand, method: Method, path: &str, tag: Option<&str>, body: &Value) -> Answer {
    let request = stand.request(method, path).bearer_auth(stand.admin()).json(body);
    send(match tag {
        Some(tag) => request.header("If-Match", tag),
        None => request,
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_editable_thing_has_an_etag_and_refuses_an_edit_of_a_stale_version() {
    let stand = Stand::start().await;
    let id = stand.integration("one").await;
    let mapping = json!({"integration_id": id, "entity_type": "customers", "local_field": "city", "geniacs_field": "c", "field_type": "string"});
    let schedule =
        json!({"integration_id": id, "name": "n", "entity_type": "customers", "cron_expression": "0 3 * * *"});

    let mut paths = vec![format!("/api/geniacs/integrations/{id}"), "/api/geniacs/settings/retention".to_owned()];
    for (plural, item, body) in [("mappings", "mapping", mapping), ("schedules", "schedule", schedule)] {
        let made = stand.post(&format!("/api/geniacs/{plural}"), &body).await;
        assert_eq!((made.status.as_u16(), made.headers["etag"].to_str().unwrap()), (201, "\"1\""), "{plural}");
        paths.push(format!("/api/geniacs/{plural}/{}", made.body["data"][item]["id"]));
    }

    for path in paths {
        let shown = call(&stand, Method::GET, &path, None, &json!({})).await;
        assert_eq!(shown.headers["etag"], "\"1\"", "{path}");

        let change = if path.ends_with("retention") { json!({"log_days": 9}) } else { json!({"is_active": false}) };
        let edited = call(&stand, Method::PATCH, &path, Some("\"1\""), &change).await;
        assert_eq!((edited.status.as_u16(), edited.headers["etag"].to_str().unwrap()), (200, "\"2\""), "{path}");
        assert!(edited.body["message"].is_string());
        call(&stand, Method::PATCH, &path, Some("\"1\""), &change).await.assert_error(409, "stale_version");
        call(&stand, Method::PATCH, &path, Some("2"), &change).await.assert_error(400, "bad_parameter");
        assert_eq!(call(&stand, Method::PATCH, &path, None, &change).await.status, 200, "{path}");

        if !path.ends_with("retention") {
            call(&stand, Method::DELETE, &path, Some("\"2\""), &json!({})).await.assert_error(409, "stale_version");
        }
    }
}
