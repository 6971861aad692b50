//! Lists as CSV.

use crate::stand::Stand;
use domain::Role;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Method, Response};

async fn csv(stand: &Stand, path: &str) -> Response {
    let request = stand.request(Method::GET, path).bearer_auth(stand.token_for(Role::Admin));
    request.header(ACCEPT, "text/csv").send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_is_written_as_lines_and_says_where_it_goes_on() {
    let stand = Stand::start().await;
    stand.integration("Primary").await;
    stand.integration("=cmd()").await;

    let answer = csv(&stand, "/api/audit-log?limit=1").await;
    assert_eq!(answer.headers()[CONTENT_TYPE], "text/csv; charset=utf-8; header=present");
    assert!(answer.headers()["content-disposition"].to_str().unwrap().contains("audit_log.csv"));

    let cursor = answer.headers()["x-next-cursor"].to_str().unwrap().to_owned();
    assert!(answer.headers().contains_key("x-request-id"));
    let text = answer.text().await.unwrap();
    assert!(text.starts_with("id,number,created_at,actor,address,action"), "{text}");
    assert_eq!(text.lines().count(), 2, "{text}");

    let rest = csv(&stand, &format!("/api/audit-log?after={cursor}")).await;
    assert!(!rest.headers().contains_key("x-next-cursor"));
    assert_eq!(rest.text().await.unwrap().lines().count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_that_has_a_file_gives_one_and_failures_stay_json() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    stand.database.execute(&format!(
        "INSERT INTO customers (id, customer_code, name) VALUES (1, 'C1', '=Siti');
         INSERT INTO geniacs_data_sync (id, integration_id, sync_type, entity_type, sync_direction, status, data)
         VALUES (1, {id}, 'full', 'customers', 'to_geniacs', 'failed', '{{\"filters\": {{}}, \"options\": {{}}}}');
         INSERT INTO geniacs_sync_logs (integration_id, sync_id, log_level, message) VALUES ({id}, 1, 'info', '@SUM(A1)')"
    )).await;

    let records = format!("/api/geniacs/records/customers?integration_id={id}");
    let lists = [
        "/api/geniacs/sync/1/errors",
        "/api/geniacs/sync/1/logs",
        "/api/geniacs/logs",
        &records,
        "/api/geniacs/statistics",
    ];
    for path in lists {
        let answer = csv(&stand, path).await;
        assert_eq!(answer.status(), 200, "{path}");
        assert!(answer.headers()[CONTENT_TYPE].to_str().unwrap().starts_with("text/csv"), "{path}");
    }

    let logs = csv(&stand, "/api/geniacs/logs").await.text().await.unwrap();
    assert!(logs.contains(",'@SUM(A1),"), "{logs}");

    let wrong = csv(&stand, "/api/geniacs/logs?limit=x").await;
    assert_eq!((wrong.status().as_u16(), &wrong.headers()[CONTENT_TYPE] == "application/json"), (400, true));
    assert!(stand.get("/api/geniacs/logs").await.body["data"]["logs"].is_array());
}
