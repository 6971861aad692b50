//! The weekly reports.

use crate::stand::Stand;
use domain::Role;
use reqwest::Method;
use serde_json::json;

const REPORTS: &str = "/api/geniacs/reports";

/// Three weeks of one integration with a name that a spreadsheet would run.
async fn reports(stand: &Stand) {
    stand
        .database
        .execute(
            "INSERT INTO reports (period_start, period_end, time_zone, content)
             SELECT timestamptz '2026-11-01T17:00:00Z' + interval '1 week' * n, timestamptz '2026-11-08T17:00:00Z' + interval '1 week' * n,
                 'Asia/Jakarta', jsonb_build_object('other_webhooks', '[]'::jsonb, 'entities', jsonb_build_array(jsonb_build_object(
                     'integration_id', 1, 'integration', '=cmd()', 'entity_type', 'customers',
                     'syncs', '{\"total\": 7, \"successful\": 5, \"partial\": 1, \"failed\": 1, \"cancelled\": 0}'::jsonb,
                     'records', '{\"read\": 1, \"created\": 1, \"updated\": 0, \"unchanged\": 0, \"skipped\": 0, \"deleted\": 0, \"conflicts\": 0, \"failed\": 0}'::jsonb,
                     'success_rate', 71.4, 'p95_duration_ms', 900, 'errors', '[]'::jsonb, 'conflicts', 0,
                     'webhooks', '{\"received\": 0, \"processed\": 0, \"superseded\": 0, \"set_aside\": 0, \"waiting\": 0}'::jsonb,
                     'drift', '{\"unlinked\": null, \"unconfirmed\": 0, \"unsent\": null}'::jsonb)))
             FROM generate_series(0, 2) n",
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_are_listed_newest_first_by_keyset() {
    let stand = Stand::start().await;
    reports(&stand).await;

    let first = stand.get(&format!("{REPORTS}?limit=2")).await;
    assert_eq!(first.status, 200, "{}", first.body);
    let listed = first.body["data"]["reports"].as_array().unwrap();
    assert_eq!((&listed[0]["id"], &listed[1]["id"]), (&json!(3), &json!(2)));
    assert_eq!(listed[0]["content"]["entities"][0]["success_rate"].to_string(), "71.4");

    let cursor = first.body["data"]["next_cursor"].as_str().unwrap();
    let rest = stand.get(&format!("{REPORTS}?limit=2&after={cursor}")).await;
    assert_eq!(rest.body["data"]["reports"][0]["id"], 1);
    assert_eq!(rest.body["data"]["next_cursor"], json!(null));

    stand.get(&format!("{REPORTS}/9")).await.assert_error(404, "not_found");
    assert_eq!(stand.get(&format!("{REPORTS}/2")).await.body["data"]["report"]["id"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_csv_for_whoever_accepts_that_and_holds_no_formula() {
    let stand = Stand::start().await;
    reports(&stand).await;
    for (path, lines) in [(format!("{REPORTS}/2"), 2), (REPORTS.to_owned(), 4)] {
        let request = stand.request(Method::GET, &path).bearer_auth(stand.admin()).header("Accept", "text/csv");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/csv"));
        let text = response.text().await.unwrap();
        assert_eq!(text.lines().count(), lines, "{text}");
        assert!(text.lines().nth(1).unwrap().contains(",'=cmd(),customers,7,5,1,1,0,71.4,"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_made_at_once() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    stand
        .database
        .execute(&format!(
            "INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, data, started_at, completed_at)
             VALUES ({id}, 'full', 'customers', 'to_geniacs', 'success', '{{}}', now() - interval '2 days', now() - interval '2 days'),
                    ({id}, 'full', 'customers', 'to_geniacs', 'failed', '{{}}', now() - interval '9 days', now() - interval '9 days')"
        ))
        .await;

    let made = stand.post_as(Role::Operator, REPORTS, &json!({})).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let report = &made.body["data"]["report"];
    assert_eq!(report["content"]["entities"][0]["syncs"]["total"], 1, "{report}");
    assert_eq!(stand.get(&format!("{REPORTS}/{}", report["id"])).await.body["data"]["report"], *report);

    let longer = stand.post_as(Role::Operator, REPORTS, &json!({"days": 30})).await;
    assert_eq!(longer.body["data"]["report"]["content"]["entities"][0]["syncs"]["total"], 2);

    assert_eq!(stand.post_as(Role::Operator, REPORTS, &json!({"days": 93})).await.fields(), ["days"]);
    stand.post_as(Role::Viewer, REPORTS, &json!({})).await.assert_error(403, "forbidden");
}
