//! What holds for every list.

use crate::stand::Stand;
use domain::Role;
use serde_json::json;

/// Lists with pages, and the plural under which their items stand.
const COUNTED: [(&str, &str); 3] =
    [("integrations", "integrations"), ("mappings", "mappings"), ("schedules", "schedules")];

/// Lists that are never counted.
fn uncounted(integration: i64, sync: i64, schedule: i64) -> Vec<(String, &'static str)> {
    [
        ("syncs".to_owned(), "syncs"),
        ("logs".to_owned(), "logs"),
        ("webhook-events".to_owned(), "webhook_events"),
        ("conflicts".to_owned(), "conflicts"),
        ("reports".to_owned(), "reports"),
        ("dead-letters".to_owned(), "dead_letters"),
        (format!("sync/{sync}/errors"), "errors"),
        (format!("sync/{sync}/logs"), "logs"),
        (format!("schedules/{schedule}/ticks"), "ticks"),
        (format!("records/customers?integration_id={integration}"), "records"),
        ("records/customers/1/timeline".to_owned(), "timeline"),
    ]
    .into()
}

async fn stand() -> (Stand, Vec<(String, &'static str)>) {
    let stand = Stand::start().await;
    let integration = stand.integration("one").await;
    let body = json!({"integration_id": integration, "entity_type": "customers"});
    let sync = stand.post("/api/geniacs/sync/trigger", &body).await.body["data"]["sync"]["id"].as_i64().unwrap();
    let schedules = stand.get("/api/geniacs/schedules").await;
    let schedule = schedules.body["data"]["schedules"][0]["id"].as_i64().unwrap();
    let lists = uncounted(integration, sync, schedule);
    (stand, lists)
}

fn with(path: &str, query: &str) -> String {
    format!("/api/geniacs/{path}{}{query}", if path.contains('?') { '&' } else { '?' })
}

#[tokio::test(flavor = "multi_thread")]
async fn counted_lists_have_pages_and_the_others_have_cursors() {
    let (stand, uncounted) = stand().await;
    for (path, plural) in COUNTED {
        let data = stand.get(&with(path, "limit=100")).await.body["data"].clone();

        let pagination = &data["pagination"];
        let items = data[plural].as_array().unwrap_or_else(|| panic!("{path}: {data}")).len();
        assert_eq!(pagination["total_items"], items, "{path}");
        assert_eq!(
            pagination,
            &json!({"current_page": 1, "total_pages": 1, "total_items": items, "per_page": 100}),
            "{path}"
        );
        assert!(data.get("next_cursor").is_none(), "{path}");
        let ids: Vec<i64> = data[plural].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect();
        assert!(ids.is_sorted_by(|a, b| a > b), "{path}: newest first: {ids:?}");
    }

    for (path, plural) in uncounted {
        let answer = stand.get(&with(&path, "limit=100")).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let data = &answer.body["data"];
        assert!(data[plural].is_array() && data.get("pagination").is_none(), "{path}: {data}");
        for cursor in ["prev_cursor", "next_cursor"] {
            assert!(data[cursor].is_null() && data.get(cursor).is_some(), "{path}: {data}");
        }

        let both = stand.get(&with(&path, "after=1&before=2")).await;
        both.assert_error(400, "bad_parameter");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_items_unless_told_and_a_400_beyond_the_most() {
    let (stand, uncounted) = stand().await;

    let paths = COUNTED.iter().map(|(path, _)| (*path).to_owned()).chain(uncounted.into_iter().map(|(path, _)| path));
    for path in paths {
        // Counted lists are paged a hundred at a time, the others 250.
        let most = if COUNTED.iter().any(|(counted, _)| *counted == path) { 100 } else { 250 };
        assert_eq!(stand.get(&with(&path, &format!("limit={most}"))).await.status, 200, "{path}");
        for limit in ["0", &(most + 1).to_string(), "-1", "ten", "1.5", ""] {
            let refused = stand.get(&with(&path, &format!("limit={limit}"))).await;
            refused.assert_error(400, "bad_parameter");
            assert_eq!(refused.fields(), ["limit"], "{path}");
        }
        assert_eq!(stand.get(&with(&path, "limit=1")).await.status, 200, "{path}");
    }

    let mappings = stand.get("/api/geniacs/mappings").await;
    assert_eq!(mappings.body["data"]["mappings"].as_array().map(Vec::len), Some(10));
    let page = stand.get("/api/geniacs/mappings?page=2&limit=4").await;
    assert_eq!(
        (&page.body["data"]["pagination"]["current_page"], page.body["data"]["mappings"].as_array().map(Vec::len)),
        (&json!(2), Some(4))
    );
    stand.get("/api/geniacs/mappings?page=0").await.assert_error(400, "bad_parameter");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_of_the_contract_is_read_and_a_wrong_value_is_named() {
    let (stand, _) = stand().await;
    for (path, filters) in [
        ("integrations", "is_active,sync_enabled"),
        ("mappings", "entity_type,integration_id,is_active"),
        ("schedules", "entity_type,integration_id,is_active"),
        ("syncs", "entity_type,from,integration_id,status,sync_type,to"),
        ("webhook-events", "event_type,from,integration_id,state,to"),
        ("logs", "from,integration_id,log_level,sync_id,text,to"),
        ("conflicts", "entity_type,from,integration_id,state,to"),
        ("dead-letters", "integration_id,state"),
        ("statistics", "from,integration_id,to"),
    ] {
        let wrong = "%01";
        let query: Vec<String> = filters.split(',').map(|filter| format!("{filter}={wrong}")).collect();
        let refused = stand.get(&with(path, &query.join("&"))).await;
        refused.assert_error(400, "bad_parameter");
        assert_eq!(refused.fields().join(","), filters, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_below_an_endpoints_own_are_refused_before_anything_is_looked_up() {
    let (stand, _) = stand().await;
    for (path, body) in
        [("sync/trigger", json!({})), ("webhook-events/1/replay", json!({})), ("sync/1/cancel", json!({}))]
    {
        stand.post_as(Role::Viewer, &format!("/api/geniacs/{path}"), &body).await.assert_error(403, "forbidden");
    }
}
