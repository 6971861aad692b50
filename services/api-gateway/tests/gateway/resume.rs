//! Asking an interrupted sync to go on.

use crate::stand::{Answer, Stand};
use domain::Role;
use serde_json::{Value, json};

/// A push that ended in the middle: 40 of 100 records are done, a chunk was dropped, and this is how it ended.
async fn interrupted(stand: &Stand, end: &str) -> i64 {
    let integration = stand.integration("Primary").await;
    let body = json!({"integration_id": integration, "entity_type": "customers", "sync_type": "full"});
    let id = stand.post("/api/geniacs/sync/trigger", &body).await.body["data"]["sync"]["id"].as_i64().unwrap();

    let sql = format!(
        "UPDATE sync_chunks SET state = 'done', records_read = 40, created = 40;
         INSERT INTO sync_chunks (sync_id, integration_id, kind, state, after_id, upto_id)
         VALUES ({id}, {integration}, 'push', 'dropped', 40, 50);
         UPDATE geniacs_data_sync SET plan = '{{\"settings\": {{}}}}', walk = '{{\"after\": [0, 50]}}', total_records = 100,
             completed_at = now(), {end}"
    );
    stand.database.execute(&sql).await;
    id
}

async fn resume(stand: &Stand, id: i64) -> Answer {
    stand.post_as(Role::Operator, &format!("/api/geniacs/sync/{id}/resume"), &Value::Null).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_sync_goes_on_as_a_new_one_that_names_it() {
    for end in [
        "status = 'cancelled'",
        "status = 'partial', error_type = 'time_limit'",
        "status = 'failed', error_type = 'credentials_refused'",
    ] {
        let stand = Stand::start().await;
        let id = interrupted(&stand, end).await;

        let answer = resume(&stand, id).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let sync = &answer.body["data"]["sync"];
        assert_eq!((&sync["resume_of"], &sync["status"]), (&json!(id), &json!("processing")));
        assert_eq!((&sync["sync_type"], &sync["estimated_records"]), (&json!("full"), &json!(60)));

        let status = stand.get(&format!("/api/geniacs/sync/{}/status", sync["id"])).await;
        assert_eq!(status.body["data"]["sync"]["resume_of"], json!(id));
        let audited = format!(
            "SELECT count(*) FROM audit_log WHERE action = 'sync.resumed' AND subject_id = {} AND (after ->> 'resume_of')::int = {id}",
            sync["id"]
        );
        assert_eq!(stand.count(&audited).await, 1);

        resume(&stand, id).await.assert_error(409, "already_resumed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_interrupted_sync_with_something_left_can_be_resumed() {
    let stand = Stand::start().await;
    let id = interrupted(&stand, "status = 'cancelled'").await;
    let set = |columns: &str| format!("UPDATE geniacs_data_sync SET {columns} WHERE id = {id}");

    for (columns, code) in [
        ("status = 'processing'", "sync_running"),
        ("status = 'success'", "nothing_to_resume"),
        ("status = 'partial'", "nothing_to_resume"),
        ("status = 'failed'", "nothing_to_resume"),
        ("status = 'failed', error_type = 'delete_guard'", "nothing_to_resume"),
        ("status = 'cancelled', plan = NULL", "nothing_to_resume"),
        ("plan = '{}', data = jsonb_set(data, '{options,dry_run}', 'true')", "nothing_to_resume"),
    ] {
        stand.database.execute(&set(columns)).await;
        resume(&stand, id).await.assert_error(409, code);
    }

    let nothing_left = "UPDATE sync_chunks SET state = 'done';
        UPDATE geniacs_data_sync SET data = jsonb_set(data, '{options,dry_run}', 'false'), walk_done = true";
    stand.database.execute(nothing_left).await;
    resume(&stand, id).await.assert_error(409, "nothing_to_resume");
    assert_eq!(stand.count("SELECT count(*) FROM geniacs_data_sync").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_does_not_exist_is_a_404_and_viewers_resume_nothing() {
    let stand = Stand::start().await;
    resume(&stand, 999).await.assert_error(404, "not_found");
    let refused = stand.post_as(Role::Viewer, "/api/geniacs/sync/1/resume", &Value::Null).await;
    refused.assert_error(403, "forbidden");
}
