//! The lists that may grow long: syncs and logs.

use crate::stand::Stand;
use serde_json::json;

/// Two integrations with 12 ended syncs each: 1 to 12 of the first, a minute apart, the others in between.
async fn stand_with_syncs() -> (Stand, i64, i64) {
    let stand = Stand::start().await;
    let (one, two) = (stand.integration("one").await, stand.integration("two").await);

    for (integration, first, seconds) in [(one, 1, 0), (two, 101, 30)] {
        let rows = format!(
            "INSERT INTO geniacs_data_sync (id, integration_id, sync_type, entity_type, sync_direction, status, data, created_at,
                 started_at, completed_at, response_data)
             SELECT {first} + n, {integration}, CASE WHEN n % 2 = 0 THEN 'full' ELSE 'scheduled' END::sync_type,
                 CASE WHEN n % 3 = 0 THEN 'payments' ELSE 'customers' END::entity_type, 'to_geniacs',
                 CASE WHEN n = 4 THEN 'failed' ELSE 'success' END::sync_status, '{{}}', at, at, at + interval '5 seconds',
                 '{{\"counts\": {{\"read\": 7, \"created\": 6, \"failed\": 1}}}}'
             FROM (SELECT n, timestamptz '2026-03-01T00:00:{seconds:02}Z' + n * interval '1 minute' AS at FROM generate_series(0, 11) n) r"
        );
        stand.database.execute(&rows).await;
    }

    stand.database.execute("SELECT setval(pg_get_serial_sequence('geniacs_data_sync', 'id'), 1000)").await;
    (stand, one, two)
}

#[tokio::test(flavor = "multi_thread")]
async fn syncs_come_newest_first_and_every_one_once_across_integrations() {
    let (stand, ..) = stand_with_syncs().await;
    let seen = stand.walk("/api/geniacs/syncs?limit=5", "syncs", "id").await;
    let expected: Vec<String> = (1..=12).rev().flat_map(|n: i64| [(n + 100).to_string(), n.to_string()]).collect();
    assert_eq!(seen, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_narrows_the_list_of_syncs() {
    let (stand, one, _) = stand_with_syncs().await;
    let ids = async |query: &str| {
        let seen = stand.walk(&format!("/api/geniacs/syncs?integration_id={one}&limit=4&{query}"), "syncs", "id").await;
        seen.iter().map(|id| id.parse().unwrap()).collect::<Vec<i64>>()
    };

    assert_eq!(ids("entity_type=payments").await, [10, 7, 4, 1]);
    assert_eq!(ids("sync_type=full").await, [11, 9, 7, 5, 3, 1]);
    assert_eq!(ids("status=failed").await, [5]);
    assert_eq!(ids("from=2026-03-01T00:09:00Z").await, [12, 11, 10]);
    assert_eq!(ids("to=2026-03-01T07:01:00%2B07:00").await, [2, 1]);
    assert_eq!(ids("from=2026-03-01&to=2026-03-01&sync_type=scheduled&entity_type=payments").await, [10, 4]);
    assert_eq!(ids("to=2026-02-28").await, [] as [i64; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_sync_has_the_fields_of_its_status() {
    let (stand, one, _) = stand_with_syncs().await;
    let body = json!({"integration_id": one, "entity_type": "customers"});
    let running = stand.post("/api/geniacs/sync/trigger", &body).await.body["data"]["sync"]["id"].clone();
    stand.database.execute("UPDATE sync_chunks SET records_read = 3, updated = 3").await;
    let answer = stand.get(&format!("/api/geniacs/syncs?integration_id={one}&limit=2")).await;
    let (now, ended) = (&answer.body["data"]["syncs"][0], &answer.body["data"]["syncs"][1]);
    assert_eq!((&now["id"], &now["status"], &now["summary"]["updated"]), (&running, &json!("processing"), &json!(3)));
    assert_eq!((&ended["id"], &ended["duration_seconds"]), (&json!(12), &json!(5)));
    assert_eq!((&ended["progress"]["processed_records"], &ended["summary"]["failed"]), (&json!(7), &json!(1)));
    assert!(ended["created_at"].is_string() && ended.get("errors").is_none(), "{ended}");
    assert!(answer.body["data"].get("pagination").is_none(), "it is not counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_parameter_of_a_list_is_named() {
    let stand = Stand::start().await;
    let bad = stand.get("/api/geniacs/syncs?status=done&after=17&from=yesterday&limit=251&entity_type=x").await;
    bad.assert_error(400, "bad_parameter");
    assert_eq!(bad.fields(), ["after", "entity_type", "from", "limit", "status"]);
    let reversed = stand.get("/api/geniacs/logs?from=2026-02-02&to=2026-02-01&log_level=loud&text=").await;
    assert_eq!(reversed.fields(), ["from", "log_level", "text"]);
    let nul = stand.get("/api/geniacs/logs?text=a%00b").await;
    assert_eq!(nul.fields(), ["text"]);
}

/// Logs of a sync and of its integration.
async fn stand_with_logs() -> (Stand, i64, i64) {
    let (stand, one, two) = stand_with_syncs().await;
    stand
        .database
        .execute(&format!(
            "INSERT INTO geniacs_sync_logs (id, integration_id, sync_id, log_level, message, request_data, response_data,
                 duration_ms, status_code, created_at)
             SELECT n, {one}, CASE WHEN n > 2 THEN 5 END, CASE WHEN n % 2 = 0 THEN 'error' ELSE 'info' END::log_level,
                 'Entry ' || n || CASE WHEN n = 3 THEN ' is 100% Odd' ELSE '' END, '{{\"a\": 1}}', '{{\"b\": 2}}', 31, 422,
                 timestamptz '2026-03-01T00:00:00Z' + n * interval '1 hour' FROM generate_series(1, 6) n;
             INSERT INTO geniacs_sync_logs (id, integration_id, log_level, message) VALUES (7, {two}, 'critical', 'Other')"
        ))
        .await;
    (stand, one, two)
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_can_be_narrowed_and_searched() {
    let (stand, one, two) = stand_with_logs().await;
    let ids = async |query: &str| {
        let seen = stand.walk(&format!("/api/geniacs/logs?limit=2&{query}"), "logs", "id").await;
        seen.iter().map(|id| id.parse().unwrap()).collect::<Vec<i64>>()
    };

    assert_eq!(ids("").await, [7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(ids(&format!("integration_id={two}")).await, [7]);
    assert_eq!(ids("sync_id=5").await, [6, 5, 4, 3]);
    assert_eq!(ids(&format!("sync_id=5&integration_id={two}")).await, [] as [i64; 0]);
    assert_eq!(ids(&format!("integration_id={one}&log_level=error")).await, [6, 4, 2]);
    assert_eq!(ids("lowest_level=error").await, [7, 6, 4, 2]);
    assert_eq!(ids("lowest_level=critical").await, [7]);
    assert_eq!(ids("sync_id=5&lowest_level=warning").await, [6, 4]);
    assert_eq!(ids("text=ENTRY&to=2026-03-01T02:00:00Z").await, [2, 1]);
    assert_eq!(ids("text=100%25%20odd").await, [3]);
    assert_eq!(ids("text=_ntry").await, [] as [i64; 0], "signs of patterns are taken by the letter");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_entry_tells_request_answer_duration_and_status_code() {
    let (stand, one, _) = stand_with_logs().await;
    let answer = stand.get("/api/geniacs/sync/5/logs?limit=1").await;
    let expected = json!({
        "id": 6, "integration_id": one, "sync_id": 5, "log_level": "error", "message": "Entry 6", "context": null,
        "request_data": {"a": 1}, "response_data": {"b": 2}, "duration_ms": 31, "status_code": 422,
        "created_at": "2026-03-01T06:00:00Z"
    });
    assert_eq!(answer.body["data"]["logs"], json!([expected]));
    assert_eq!(stand.walk("/api/geniacs/sync/5/logs?log_level=info", "logs", "id").await, ["5", "3"]);
    stand.get("/api/geniacs/sync/999/logs").await.assert_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn syncs_of_an_archived_integration_are_shown_only_if_it_is_named() {
    let (stand, one, two) = stand_with_syncs().await;
    stand.database.execute(&format!("UPDATE geniacs_integrations SET archived_at = now() WHERE id = {two}")).await;
    assert_eq!(stand.walk("/api/geniacs/syncs?limit=100", "syncs", "integration_id").await, vec![one.to_string(); 12]);
    let named = stand.walk(&format!("/api/geniacs/syncs?limit=100&integration_id={two}"), "syncs", "id").await;
    assert_eq!(named.len(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_pending_or_processing_syncs_holds_what_is_shown_as_such() {
    let (stand, one, two) = stand_with_syncs().await;
    for (integration, entity) in [(one, "customers"), (one, "customers"), (two, "payments")] {
        let body = json!({"integration_id": integration, "entity_type": entity});
        assert_eq!(stand.post("/api/geniacs/sync/trigger", &body).await.status, 200);
    }

    let shown = async |status: &str| {
        stand.walk(&format!("/api/geniacs/syncs?limit=1&status={status}"), "syncs", "integration_id").await
    };

    assert_eq!(
        (shown("processing").await, shown("pending").await),
        (vec![two.to_string(), one.to_string()], vec![one.to_string()])
    );

    let paused = format!(
        "INSERT INTO integration_limits (integration_id, paused_until) VALUES ({two}, now() + interval '1 hour')"
    );
    stand.database.execute(&paused).await;

    assert_eq!(shown("processing").await, [one.to_string()]);
    assert_eq!(shown("pending").await, [two.to_string(), one.to_string()], "it waits for its partner");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_looks_at_a_bounded_number_of_entries_and_says_where_it_goes_on() {
    let (stand, one, _) = stand_with_syncs().await;
    stand
        .database
        .execute(&format!(
            "INSERT INTO geniacs_sync_logs (id, integration_id, log_level, message, created_at)
             SELECT n, {one}, 'info', CASE WHEN n IN (1, 2, 12000) THEN 'the needle' ELSE 'hay' END,
                 timestamptz '2026-03-01T00:00:00Z' + n * interval '1 second' FROM generate_series(1, 12000) n"
        ))
        .await;

    let first = stand.get("/api/geniacs/logs?text=needle&limit=2").await;
    let logs = first.body["data"]["logs"].as_array().unwrap();
    assert_eq!(logs.iter().map(|log| log["id"].as_i64().unwrap()).collect::<Vec<_>>(), [12_000]);
    assert!(first.body["data"]["next_cursor"].is_string(), "it did not look at all of them");

    assert_eq!(stand.walk("/api/geniacs/logs?text=needle&limit=1", "logs", "id").await, ["12000", "2", "1"]);
    assert_eq!(stand.walk("/api/geniacs/logs?text=nothing", "logs", "id").await, [""; 0]);
}
