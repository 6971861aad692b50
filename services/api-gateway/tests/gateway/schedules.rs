//! Making and showing schedules.

use crate::stand::{Answer, Stand, send};
use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};

const SCHEDULES: &str = "/api/geniacs/schedules";

/// The specification's example.
fn payments(integration_id: i64) -> Value {
    json!({
        "integration_id": integration_id, "name": "Payment Sync Schedule", "entity_type": "payments",
        "sync_type": "incremental", "cron_expression": "0 */2 * * *", "is_active": true,
        "configuration": {
            "sync_window": "last_2_hours", "batch_size": 50, "max_execution_time": 900, "retry_failed": true
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn creating_answers_with_the_schedule_and_its_next_tick() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    let answer = stand.post(SCHEDULES, &payments(id)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(answer.body["message"], "Sync schedule created successfully");
    let made = &answer.body["data"]["schedule"];
    for (field, value) in payments(id).as_object().unwrap() {
        assert_eq!(&made[field], value, "{field}");
    }

    // Asia/Jakarta is seven hours ahead, so that its even hours are odd ones in UTC.
    let next: chrono::DateTime<chrono::Utc> = made["next_run_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(next.timestamp() % 7_200, 3_600);
    assert!(next > chrono::Utc::now());

    let listed = stand.get(&format!("{SCHEDULES}?entity_type=payments&is_active=true&limit=1")).await;
    assert_eq!(&listed.body["data"]["schedules"][0], made);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cron_expression_that_is_wrong_never_true_or_too_dense_is_refused() {
    let stand = Stand::start_with(&[("GENIACS_SCHEDULES__MIN_INTERVAL_SECONDS", "120")]).await;
    let id = stand.integration("Primary").await;
    for cron in ["every day", "61 * * * *", "0 0 30 2 *", "* * * * *", "*/30 * * * * *"] {
        let mut body = payments(id);
        body["cron_expression"] = json!(cron);
        let answer = stand.post(SCHEDULES, &body).await;
        answer.assert_error(422, "validation_failed");
        assert_eq!(answer.fields(), ["cron_expression"], "{cron}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_invalid_field_is_named() {
    let stand = Stand::start().await;

    let body = json!({
        "name": "", "entity_type": "payment", "sync_type": "partial", "time_zone": "Mars/Olympus", "overlap": "x",
        "catch_up": "x", "jitter_seconds": 3601, "configuration": {
            "batch_size": 0, "sync_window": "last_century", "what": 1, "filters": {"x": 1}, "options": {"y": 1},
            "sync_direction": "sideways"
        }
    });

    let answer = stand.post(SCHEDULES, &body).await;
    let expected = [
        "catch_up",
        "configuration.batch_size",
        "configuration.filters.x",
        "configuration.options.y",
        "configuration.sync_direction",
        "configuration.sync_window",
        "configuration.what",
        "cron_expression",
        "entity_type",
        "integration_id",
        "jitter_seconds",
        "name",
        "overlap",
        "sync_type",
        "time_zone",
    ];
    assert_eq!(answer.fields(), expected);
}

/// Makes a schedule and gives it as it is shown.
async fn made(stand: &Stand, integration_id: i64) -> Value {
    let answer = stand.post(SCHEDULES, &payments(integration_id)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body["data"]["schedule"].clone()
}

async fn patch(stand: &Stand, id: &Value, body: &Value, if_match: Option<&str>) -> Answer {
    let mut request = stand.request(Method::PATCH, &format!("{SCHEDULES}/{id}")).bearer_auth(stand.admin()).json(body);
    if let Some(tag) = if_match {
        request = request.header("If-Match", tag);
    }
    send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_is_shown_with_its_next_five_runs_in_its_time_zone() {
    let stand = Stand::start().await;
    let mut body = payments(stand.integration("Primary").await);
    body["cron_expression"] = json!("0 2 * * *");
    body["time_zone"] = json!("Asia/Tokyo");
    let id = stand.post(SCHEDULES, &body).await.body["data"]["schedule"]["id"].clone();

    let answer = stand.get(&format!("{SCHEDULES}/{id}")).await;
    assert_eq!(answer.headers["etag"], "\"1\"");
    let shown = &answer.body["data"]["schedule"];

    let runs = shown["next_runs"].as_array().unwrap();
    assert_eq!(runs.len(), 5);
    assert_eq!(runs[0], shown["next_run_at"]);
    assert!(runs.iter().all(|run| run.as_str().unwrap().ends_with("T17:00:00Z")), "{runs:?}");

    let local = shown["next_runs_local"].as_array().unwrap();
    assert!(local.iter().all(|run| run.as_str().unwrap().ends_with("T02:00:00+09:00")), "{local:?}");
    stand.get(&format!("{SCHEDULES}/999")).await.assert_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_changes_what_it_names_and_raises_the_version() {
    let stand = Stand::start().await;
    let before = made(&stand, stand.integration("Primary").await).await;

    let edit = json!({"name": "Renamed", "overlap": "queue", "configuration": {"batch_size": 7}});
    let answer = patch(&stand, &before["id"], &edit, Some("\"1\"")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.headers["etag"], "\"2\"");

    let after = &answer.body["data"]["schedule"];
    assert_eq!((&after["name"], &after["overlap"], &after["version"]), (&json!("Renamed"), &json!("queue"), &json!(2)));
    assert_eq!(after["configuration"], json!({"batch_size": 7}), "it is replaced as a whole");
    for unchanged in ["cron_expression", "time_zone", "entity_type", "next_run_at", "is_active"] {
        assert_eq!(after[unchanged], before[unchanged], "{unchanged}");
    }

    let stale = patch(&stand, &before["id"], &json!({"name": "Late"}), Some("\"1\"")).await;
    stale.assert_error(409, "stale_version");

    let audited =
        "SELECT count(*) FROM audit_log WHERE action = 'schedule.updated' AND before->>'name' = 'Payment Sync Schedule'
        AND after->>'name' = 'Renamed'";
    assert_eq!(stand.count(audited).await, 1, "and nothing of the refused edit");

    let moved = patch(&stand, &before["id"], &json!({"cron_expression": "30 */2 * * *"}), None).await;
    assert_ne!(moved.body["data"]["schedule"]["next_run_at"], before["next_run_at"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_checked_as_a_whole_and_every_problem_is_named() {
    let stand = Stand::start().await;
    let id = made(&stand, stand.integration("Primary").await).await["id"].clone();

    let edit = json!({
        "integration_id": 77, "name": null, "cron_expression": "0 0 30 2 * *", "version": 3,
        "configuration": {"filters": {"status": "prospect"}}
    });

    let answer = patch(&stand, &id, &edit, None).await;
    answer.assert_error(422, "validation_failed");
    let expected = ["configuration.filters.status", "cron_expression", "integration_id", "name", "version"];
    assert_eq!(answer.fields(), expected);

    let jitter = patch(&stand, &id, &json!({"cron_expression": "*/30 * * * *", "jitter_seconds": 1800}), None).await;
    assert_eq!(jitter.fields(), ["jitter_seconds"], "a tick is not put off beyond the next one");
    patch(&stand, &id, &json!({}), Some("7")).await.assert_error(400, "bad_parameter");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_schedule_shows_no_runs_and_begins_anew_when_it_goes_on() {
    let stand = Stand::start().await;
    let id = made(&stand, stand.integration("Primary").await).await["id"].clone();
    let paused = patch(&stand, &id, &json!({"is_active": false}), None).await;
    assert_eq!(paused.body["data"]["schedule"]["next_runs"], json!([]));
    stand.database.execute("UPDATE geniacs_sync_schedules SET next_run_at = now() - interval '3 days'").await;
    let resumed = patch(&stand, &id, &json!({"is_active": true}), None).await;
    let next: chrono::DateTime<chrono::Utc> =
        resumed.body["data"]["schedule"]["next_run_at"].as_str().unwrap().parse().unwrap();
    assert!(next > chrono::Utc::now(), "what passed meanwhile is not caught up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_schedule_is_gone_with_its_ticks_and_its_syncs_stay() {
    let stand = Stand::start().await;
    let integration = stand.integration("Primary").await;
    let id = made(&stand, integration).await["id"].clone();

    stand
        .database
        .execute(&format!(
            "INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, data, schedule_id,
                 scheduled_for) VALUES ({integration}, 'full', 'payments', 'to_geniacs', 'success', '{{}}', {id}, now());
             INSERT INTO schedule_ticks (schedule_id, scheduled_for, outcome, sync_id)
             SELECT schedule_id, scheduled_for, 'run', id FROM geniacs_data_sync"
        ))
        .await;

    let path = format!("{SCHEDULES}/{id}");
    let delete = async |tag: &str| {
        send(stand.request(Method::DELETE, &path).bearer_auth(stand.admin()).header("If-Match", tag)).await
    };

    delete("\"9\"").await.assert_error(409, "stale_version");
    assert_eq!(delete("\"1\"").await.status, 200);
    stand.get(&path).await.assert_error(404, "not_found");

    assert_eq!(stand.count("SELECT count(*) FROM schedule_ticks").await, 0);
    assert_eq!(stand.count("SELECT count(*) FROM geniacs_data_sync WHERE schedule_id IS NULL").await, 1);
    assert_eq!(stand.count("SELECT count(*) FROM audit_log WHERE action = 'schedule.deleted'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ticks_are_listed_newest_first_by_keyset() {
    let stand = Stand::start().await;
    let id = made(&stand, stand.integration("Primary").await).await["id"].clone();

    stand
        .database
        .execute(&format!(
            "INSERT INTO schedule_ticks (schedule_id, scheduled_for, outcome, reason)
             SELECT {id}, timestamptz '2026-01-01T00:00:00Z' + interval '1 hour' * n,
                 (ARRAY['missed', 'skipped'])[1 + n % 2]::tick_outcome, 'why ' || n FROM generate_series(0, 4) n"
        ))
        .await;

    let (mut cursor, mut hours) = (String::new(), Vec::new());
    for _ in 0..3 {
        let answer = stand.get(&format!("{SCHEDULES}/{id}/ticks?limit=2{cursor}")).await;
        let ticks = answer.body["data"]["ticks"].as_array().unwrap().clone();
        hours.extend(ticks.iter().map(|tick| tick["scheduled_for"].as_str().unwrap()[11..13].to_owned()));
        let next = &answer.body["data"]["next_cursor"];
        cursor = next.as_str().map(|next| format!("&after={next}")).unwrap_or_default();
    }

    assert_eq!(hours, ["04", "03", "02", "01", "00"]);
    assert_eq!(cursor, "", "the last stretch has no next one");
    let first = &stand.get(&format!("{SCHEDULES}/{id}/ticks")).await.body["data"]["ticks"][0];
    assert_eq!((&first["outcome"], &first["reason"]), (&json!("missed"), &json!("why 4")));
    stand.get(&format!("{SCHEDULES}/999/ticks")).await.assert_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_says_an_expression_in_words_and_gives_five_runs() {
    let stand = Stand::start().await;

    let answer = stand.get(&format!("{SCHEDULES}/preview?cron_expression=0+3+*+*+1&timezone=Europe/Berlin")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let preview = &answer.body["data"]["preview"];
    assert_eq!(preview["description"], "At 03:00, on Monday.");
    assert_eq!(preview["timezone"], "Europe/Berlin");
    assert_eq!(preview["next_runs"].as_array().unwrap().len(), 5);
    assert!(preview["next_runs_local"][4].as_str().unwrap().contains("T03:00:00+0"));

    let default = stand.get(&format!("{SCHEDULES}/preview?cron_expression=*/15+*+*+*+*")).await;
    assert_eq!(default.body["data"]["preview"]["timezone"], "Asia/Jakarta");

    let wrong = stand.get(&format!("{SCHEDULES}/preview?cron_expression=every+day&timezone=Mars/Olympus")).await;
    wrong.assert_error(422, "validation_failed");
    assert_eq!(wrong.fields(), ["cron_expression", "timezone"]);

    for never_or_too_often in ["0+0+30+2+*", "*/30+*+*+*+*+*"] {
        let answer = stand.get(&format!("{SCHEDULES}/preview?cron_expression={never_or_too_often}")).await;
        assert_eq!(answer.fields(), ["cron_expression"]);
    }
    stand.get(&format!("{SCHEDULES}/preview")).await.assert_error(400, "bad_parameter");
}

#[tokio::test(flavor = "multi_thread")]
async fn running_a_schedule_now_starts_a_sync_as_it_is_configured() {
    let stand = Stand::start().await;
    let mut body = payments(stand.integration("Primary").await);
    body["sync_type"] = json!("full");
    body["configuration"]["filters"] = json!({"status": "success"});
    body["configuration"]["options"] = json!({"dry_run": true});
    let id = stand.post(SCHEDULES, &body).await.body["data"]["schedule"]["id"].clone();
    let path = format!("{SCHEDULES}/{id}/run");
    stand.post_as(Role::Viewer, &path, &json!({})).await.assert_error(403, "forbidden");

    let answer = stand.post_as(Role::Operator, &path, &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let sync = &answer.body["data"]["sync"];
    assert_eq!((&sync["entity_type"], &sync["sync_type"]), (&json!("payments"), &json!("full")));
    assert_eq!((&sync["sync_direction"], &sync["status"]), (&json!("to_geniacs"), &json!("processing")));

    let made = "SELECT count(*) FROM geniacs_data_sync WHERE lane = 0 AND data #>> '{settings,batch_size}' = '50'
        AND data #>> '{settings,max_seconds}' = '900' AND data #>> '{settings,window_seconds}' = '7200'
        AND data #>> '{filters,status}' = 'success' AND data #>> '{options,dry_run}' = 'true'";
    assert_eq!(stand.count(made).await, 1);
    let audited =
        "SELECT count(*) FROM audit_log WHERE action = 'sync.triggered' AND (after->>'schedule_id') IS NOT NULL";
    assert_eq!(stand.count(audited).await, 1);
    assert_eq!(stand.count("SELECT count(*) FROM schedule_ticks").await, 0, "it is no tick");
    stand.post(&format!("{SCHEDULES}/999/run"), &json!({})).await.assert_error(404, "not_found");
}
