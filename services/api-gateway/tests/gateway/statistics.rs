//! Numbers for cards and charts.

use crate::stand::Stand;
use serde_json::{Value, json};

/// The specification's example: 5 successes and 2 failures of 7, on two days, in 2 min 30 s on average.
async fn seven(stand: &Stand) -> i64 {
    let id = stand.integration("Primary").await;
    stand
        .database
        .execute(&format!(
            "INSERT INTO sync_stats_daily (integration_id, day, entity_type, sync_type, total, successful, failed, duration_ms, records)
             VALUES ({id}, '2026-03-01', 'customers', 'full', 4, 3, 1, 600000, 40), ({id}, '2026-03-03', 'customers', 'full', 2, 1, 1, 300000, 20),
                    ({id}, '2026-03-03', 'payments', 'scheduled', 1, 1, 0, 150000, 10)"
        ))
        .await;
    id
}

async fn statistics(stand: &Stand, query: &str) -> Value {
    let answer = stand.get(&format!("/api/geniacs/statistics?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["data"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn five_of_seven_are_71_4_percent() {
    let stand = Stand::start().await;
    let id = seven(&stand).await;

    let found = statistics(&stand, &format!("integration_id={id}&from=2026-03-01&to=2026-03-03")).await;
    let numbers =
        ["total_syncs", "successful_syncs", "failed_syncs", "partial_syncs", "cancelled_syncs", "pending_syncs"];
    assert_eq!(numbers.map(|name| found[name].as_i64().unwrap()), [7, 5, 2, 0, 0, 0]);
    assert_eq!((found["success_rate"].as_f64(), found["average_duration_seconds"].as_f64()), (Some(71.4), Some(150.0)));

    let customers = json!({"total": 6, "successful": 4, "failed": 2, "partial": 0, "cancelled": 0, "pending": 0});
    let payments = json!({"total": 1, "successful": 1, "failed": 0, "partial": 0, "cancelled": 0, "pending": 0});
    assert_eq!(found["by_entity_type"], json!({"customers": customers, "payments": payments}));
    assert_eq!(found["by_sync_type"], json!({"full": customers, "scheduled": payments}));

    let days: Vec<_> =
        found["by_day"].as_array().unwrap().iter().map(|day| (&day["day"], &day["total"], &day["records"])).collect();
    let expected = [json!(["2026-03-01", 4, 40]), json!(["2026-03-02", 0, 0]), json!(["2026-03-03", 3, 30])];
    assert_eq!(days, expected.iter().map(|day| (&day[0], &day[1], &day[2])).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_and_running_syncs_are_pending_and_partial_ones_are_no_failures() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    let body = json!({"integration_id": id, "entity_type": "customers"});
    for status in ["processing", "pending"] {
        assert_eq!(stand.post("/api/geniacs/sync/trigger", &body).await.body["data"]["sync"]["status"], status);
    }

    let day = "(now() AT TIME ZONE 'UTC')::date";
    let ended = "INSERT INTO sync_stats_daily (integration_id, day, entity_type, sync_type, total, successful, failed, partial)";
    stand.database.execute(&format!("{ended} VALUES ({id}, {day}, 'customers', 'full', 6, 3, 1, 2)")).await;

    let found = statistics(&stand, "").await;
    let numbers = ["total_syncs", "successful_syncs", "failed_syncs", "partial_syncs", "pending_syncs"];
    assert_eq!(numbers.map(|name| found[name].as_i64().unwrap()), [8, 3, 1, 2, 2]);
    assert_eq!(found["by_day"].as_array().unwrap().len(), 30);

    let item = stand.get("/api/geniacs/integrations").await.body["data"]["integrations"][0]["sync_status"].clone();
    assert_eq!(item, json!({"total_syncs": 8, "successful_syncs": 3, "failed_syncs": 1, "pending_syncs": 2}));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_at_all_is_a_rate_of_zero_and_a_strange_range_is_refused() {
    let stand = Stand::start().await;
    seven(&stand).await;
    let found = statistics(&stand, "integration_id=99&from=2026-03-01&to=2026-03-03").await;
    assert_eq!((found["success_rate"].as_f64(), found["total_syncs"].as_i64()), (Some(0.0), Some(0)));
    for query in ["from=2026-03-03&to=2026-03-01", "from=2024-01-01&to=2026-01-01"] {
        let refused = stand.get(&format!("/api/geniacs/statistics?{query}")).await;
        refused.assert_error(400, "bad_parameter");
        assert_eq!(refused.fields(), ["from"]);
    }
}

/// Ends a sync of customers with these counts, as a worker does.
async fn end(stand: &Stand, integration: i64, entity: &str, at: &str, seconds: i64, counts: &str) {
    let rows = format!(
        "WITH made AS (
             INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, data, created_at, started_at)
             VALUES ({integration}, 'full', '{entity}', 'to_geniacs', 'processing', '{{}}', timestamptz '{at}' - interval '{seconds} s',
                 timestamptz '{at}' - interval '{seconds} s') RETURNING id)
         SELECT id FROM made"
    );

    let id = stand.count(&rows.replace("SELECT id FROM made", "SELECT id AS count FROM made")).await;
    let end = format!(
        "UPDATE geniacs_data_sync SET status = 'partial', completed_at = '{at}', response_data = '{{\"counts\": {counts}}}' WHERE id = {id}"
    );
    stand.database.execute(&end).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn days_are_those_of_the_time_zone_split_by_entity_and_type() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let counts = "{\"read\": 10, \"failed\": 3}";

    // 23:30 in UTC is 06:30 of the next day in Jakarta.
    end(&stand, id, "customers", "2026-03-01T23:30:00Z", 10, counts).await;
    end(&stand, id, "payments", "2026-03-02T10:00:00Z", 20, counts).await;
    let query = format!("integration_id={id}&from=2026-03-01&to=2026-03-02&time_zone=Asia/Jakarta");

    let found = statistics(&stand, &query).await;
    assert_eq!(found["time_zone"], "Asia/Jakarta");
    assert_eq!(
        (&found["records"], &found["failed_records"], &found["total_syncs"]),
        (&json!(20), &json!(6), &json!(2))
    );
    assert_eq!(found["by_day"][0]["total"], 0);

    let day = &found["by_day"][1];
    let one = json!({"total": 1, "successful": 0, "failed": 0, "partial": 1, "cancelled": 0, "pending": 0, "records": 10, "failed_records": 3});
    assert_eq!(day["by_entity_type"], json!({"customers": one, "payments": one}));
    assert_eq!(day["by_sync_type"]["full"]["failed_records"], 6);
    assert_eq!(
        (day["p95_duration_seconds"].as_f64(), &found["by_day"][0]["p95_duration_seconds"]),
        (Some(19.5), &Value::Null)
    );
    assert_eq!(found["p95_duration_seconds"].as_f64(), Some(19.5));

    let refused = stand.get("/api/geniacs/statistics?time_zone=Mars").await;
    refused.assert_error(400, "bad_parameter");
    assert_eq!(refused.fields(), ["time_zone"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn days_of_a_zone_that_lies_between_hours_begin_with_its_own_midnight() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    // Midnight is at 18:30 in UTC in Kolkata, and at 18:15 in Kathmandu.
    for at in [
        "2026-03-01T18:10:00Z",
        "2026-03-01T18:20:00Z",
        "2026-03-01T18:29:59Z",
        "2026-03-01T18:30:00Z",
        "2026-03-01T18:59:00Z",
    ] {
        end(&stand, id, "customers", at, 10, "{\"read\": 1, \"failed\": 0}").await;
    }
    let days = async |zone: &str| {
        let query = format!("integration_id={id}&from=2026-03-01&to=2026-03-02&time_zone={zone}");
        let found = statistics(&stand, &query).await;
        let total = |day: usize| found["by_day"][day]["total"].as_i64().unwrap();
        (total(0), total(1))
    };
    assert_eq!(days("Asia/Kolkata").await, (3, 2));
    assert_eq!(days("Asia/Kathmandu").await, (1, 4));
    assert_eq!(days("Asia/Jakarta").await, (0, 5));

    // An hour that was counted before there were quarters stays whole.
    stand.database.execute("DELETE FROM sync_stats_quarters").await;
    assert_eq!(days("Asia/Kolkata").await, (5, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_and_conflicts_of_the_days_are_counted() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    let rows = format!(
        "INSERT INTO geniacs_webhook_events (integration_id, event_type, dedupe_key, payload, state, created_at)
         SELECT {id}, 'x', 'k' || n, '{{}}', CASE WHEN n = 1 THEN 'set_aside' ELSE 'received' END::webhook_state,
             timestamptz '2026-03-01T12:00:00Z' + n * interval '1 day' FROM generate_series(0, 4) n;
         INSERT INTO conflicts (integration_id, entity_type, local_id, fields, policy, state, created_at)
         VALUES ({id}, 'customers', 1, '[]', 'manual', 'open', '2026-03-02T12:00:00Z')"
    );
    stand.database.execute(&rows).await;

    let found = statistics(&stand, &format!("integration_id={id}&from=2026-03-01&to=2026-03-03")).await;
    assert_eq!(found["webhooks"], json!({"received": 3, "set_aside": 1, "more": false}));
    assert_eq!(found["conflicts"], json!({"met": 1, "open": 1, "more": false}));
}
