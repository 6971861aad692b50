//! Permalinks to a line of the log.

use crate::stand::Stand;
use serde_json::Value;

/// 25 lines, of which three at a time are of the same moment, and every second one is a warning.
async fn stand_with_lines() -> (Stand, i64) {
    let stand = Stand::start().await;
    let integration = stand.integration("one").await;
    let rows = format!(
        "DELETE FROM geniacs_sync_logs;
         INSERT INTO geniacs_sync_logs (id, integration_id, log_level, message, created_at)
         SELECT n, {integration}, CASE WHEN n % 2 = 0 THEN 'warning' ELSE 'info' END::log_level,
             CASE WHEN n % 2 = 0 THEN 'even' ELSE 'odd' END,
             timestamptz '2026-03-01T00:00:00Z' + n / 3 * interval '1 minute' FROM generate_series(1, 25) n"
    );
    stand.database.execute(&rows).await;
    (stand, integration)
}

/// The numbers of the lines of a page, and its cursors.
async fn page(stand: &Stand, query: &str) -> (Vec<i64>, Option<String>, Option<String>) {
    let answer = stand.get(&format!("/api/geniacs/logs?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    let data = &answer.body["data"];
    let ids = data["logs"].as_array().unwrap().iter().map(|line| line["id"].as_i64().unwrap()).collect();
    let cursor = |name: &str| data[name].as_str().map(str::to_owned);
    (ids, cursor("prev_cursor"), cursor("next_cursor"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_shown_in_the_middle_of_its_page() {
    let (stand, _) = stand_with_lines().await;
    let ids = async |query: &str| page(&stand, query).await.0;
    assert_eq!(ids("around=12&limit=5").await, [14, 13, 12, 11, 10]);
    assert_eq!(ids("around=12&limit=6").await, [15, 14, 13, 12, 11, 10]);
    assert_eq!(ids("around=12&limit=1").await, [12]);
    assert_eq!(ids("around=24&limit=6").await, [25, 24, 23, 22, 21, 20], "older ones fill what newer ones leave");
    assert_eq!(ids("around=2&limit=6").await, [5, 4, 3, 2, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_goes_on_from_such_a_page_in_both_directions() {
    let (stand, _) = stand_with_lines().await;
    for (query, expected) in [
        ("limit=4", (1..=25).rev().collect::<Vec<i64>>()),
        ("limit=1", (1..=25).rev().collect()),
        ("limit=4&lowest_level=warning", (1..=25).rev().filter(|n| n % 2 == 0).collect()),
        ("limit=4&text=ODD", (1..=25).rev().filter(|n| n % 2 == 1).collect()),
    ] {
        let (mut seen, mut newer, mut older) = page(&stand, &format!("{query}&around=12")).await;
        while let Some(cursor) = newer {
            let (ids, further, _) = page(&stand, &format!("{query}&before={cursor}")).await;
            seen.splice(0..0, ids);
            newer = further;
        }
        while let Some(cursor) = older {
            let (ids, _, further) = page(&stand, &format!("{query}&after={cursor}")).await;
            seen.extend(ids);
            older = further;
        }

        assert_eq!(seen, expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_one_sync_have_permalinks_too() {
    let (stand, integration) = stand_with_lines().await;
    let sync = stand
        .count(&format!(
            "WITH made AS (INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, data)
                 VALUES ({integration}, 'full', 'customers', 'to_geniacs', 'success', '{{}}') RETURNING id)
             SELECT id AS count FROM made"
        ))
        .await;
    stand.database.execute(&format!("UPDATE geniacs_sync_logs SET sync_id = {sync} WHERE id % 2 = 0")).await;

    let answer = stand.get(&format!("/api/geniacs/sync/{sync}/logs?around=12&limit=3")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let ids: Vec<&Value> = answer.body["data"]["logs"].as_array().unwrap().iter().map(|line| &line["id"]).collect();
    assert_eq!(ids, [14, 12, 10]);
    stand.get("/api/geniacs/sync/999/logs?around=12").await.assert_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permalink_to_nothing_or_beside_a_cursor_is_refused() {
    let (stand, _) = stand_with_lines().await;
    stand.get("/api/geniacs/logs?around=999").await.assert_error(404, "not_found");
    for query in ["around=x", "around=0", "around=12&after=1-1", "around=12&before=1-1"] {
        let refused = stand.get(&format!("/api/geniacs/logs?{query}")).await;
        refused.assert_error(400, "bad_parameter");
        assert_eq!(refused.fields(), ["around"], "{query}");
    }
}
