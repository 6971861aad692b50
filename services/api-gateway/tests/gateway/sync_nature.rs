//! What a sync is: what it was asked to do, by whom, and how it goes.

use crate::stand::{PASSWORD, Stand, send};
use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};

async fn trigger(stand: &Stand, body: &Value) -> i64 {
    let answer = stand.post_as(Role::Operator, "/api/geniacs/sync/trigger", body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["data"]["sync"]["id"].as_i64().unwrap()
}

async fn status(stand: &Stand, id: i64) -> Value {
    stand.get(&format!("/api/geniacs/sync/{id}/status")).await.body["data"]["sync"].clone()
}

async fn end(stand: &Stand, id: i64, how: &str) {
    let end = format!(
        "UPDATE sync_chunks SET state = 'done', completed_at = now() WHERE sync_id = {id};
         UPDATE geniacs_data_sync SET status = '{how}', completed_at = now() WHERE id = {id}"
    );
    stand.database.execute(&end).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_says_what_it_was_asked_to_do() {
    let stand = Stand::start().await;
    let integration = stand.integration("one").await;
    let body = json!({"integration_id": integration, "entity_type": "customers", "sync_type": "full",
        "filters": {"status": "active", "limit": 7}, "options": {"update_existing": false}});
    let id = trigger(&stand, &body).await;
    stand
        .database
        .execute(&format!(
            "UPDATE geniacs_data_sync SET mapped_data = '{{\"secret\": \"•••\"}}', response_data = '{{\"last_answer\": 1}}' WHERE id = {id}"
        ))
        .await;

    let sync = status(&stand, id).await;
    assert_eq!(sync["filters"], json!({"status": "active", "limit": 7}));
    let options = json!({"create_missing": true, "update_existing": false, "delete_missing": false, "dry_run": false,
        "confirm_deletes": false, "if_running": "queue"});
    assert_eq!(sync["options"], options);
    assert_eq!((&sync["kind"], &sync["dry_run"], &sync["check"]), (&json!("sync"), &json!(false), &json!(false)));
    assert_eq!(
        (&sync["schedule_id"], &sync["phase"], &sync["named_ids"]),
        (&Value::Null, &json!("planning"), &Value::Null)
    );
    assert_eq!(sync["data"]["filters"], sync["filters"]);
    assert_eq!((&sync["mapped_data"], &sync["response_data"]), (&json!({"secret": "•••"}), &json!({"last_answer": 1})));

    let listed = stand.get("/api/geniacs/syncs").await.body["data"]["syncs"][0].clone();
    for field in ["filters", "options", "kind", "dry_run", "check", "started_by", "phase", "rate"] {
        assert_eq!(listed[field], sync[field], "{field}");
    }
    assert!(listed["data"].is_null() && listed["mapped_data"].is_null() && listed["response_data"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_names_who_or_what_started_it() {
    let stand = Stand::start().await;
    let integration = stand.integration("one").await;
    let body = json!({"integration_id": integration, "entity_type": "customers"});

    let by_token = status(&stand, trigger(&stand, &body).await).await["started_by"].clone();
    assert_eq!((&by_token["type"], &by_token["name"]), (&json!("token"), &json!("test")));
    assert!(by_token["id"].is_i64());

    let user = stand.user_with_password(Role::Operator).await;
    let login = json!({"email": user.email, "password": PASSWORD});
    let token = send(stand.request(Method::POST, "/api/auth/login").json(&login)).await.body["data"]["token"].clone();
    let signed_in = stand.request(Method::POST, "/api/geniacs/sync/trigger").bearer_auth(token.as_str().unwrap());
    let id = send(signed_in.json(&body)).await.body["data"]["sync"]["id"].as_i64().unwrap();
    let by_user = status(&stand, id).await["started_by"].clone();
    assert_eq!(by_user, json!({"type": "user", "id": user.id, "name": "Somebody"}));

    let schedule = stand.get("/api/geniacs/schedules").await.body["data"]["schedules"][0]["id"].as_i64().unwrap();
    let run = stand.post(&format!("/api/geniacs/schedules/{schedule}/run"), &json!({})).await;
    let run = status(&stand, run.body["data"]["sync"]["id"].as_i64().unwrap()).await;
    assert_eq!((&run["started_by"]["type"], &run["schedule_id"]), (&json!("token"), &json!(schedule)));

    stand.database.execute("UPDATE geniacs_data_sync SET data = data - 'started_by'").await;
    assert_eq!(status(&stand, id).await["started_by"], Value::Null, "one from before this was kept");
}

/// A sync of every kind, by its kind.
async fn one_of_each_kind(stand: &Stand, integration: i64) -> Vec<(&'static str, i64)> {
    let entity =
        |options: Value| json!({"integration_id": integration, "entity_type": "customers", "options": options});
    let sync = trigger(stand, &entity(json!({}))).await;
    let fail = format!(
        "INSERT INTO sync_record_errors (sync_id, chunk_id, record_id, error_type, error_message)
         SELECT {sync}, c.id, 1, 'validation_error', 'Invalid' FROM sync_chunks c WHERE c.sync_id = {sync}"
    );
    stand.database.execute(&fail).await;
    end(stand, sync, "partial").await;
    let preview = trigger(stand, &entity(json!({"dry_run": true}))).await;
    end(stand, preview, "success").await;

    let follow = async |id: i64, action: &str| {
        let answer = stand.post(&format!("/api/geniacs/sync/{id}/{action}"), &json!({})).await;
        let id = answer.body["data"]["sync"]["id"].as_i64().unwrap_or_else(|| panic!("{}", answer.body));
        end(stand, id, "cancelled").await;
        id
    };
    let retry = follow(sync, "retry").await;
    let apply = follow(preview, "apply").await;
    stand.database.execute(&format!("UPDATE geniacs_data_sync SET plan = '{{}}' WHERE id = {apply}")).await;
    let resume = follow(apply, "resume").await;
    let check = json!({"integration_id": integration, "entity_type": "customers"});
    let check =
        stand.post("/api/geniacs/consistency-checks", &check).await.body["data"]["consistency_check"]["id"].as_i64();
    vec![
        ("sync", sync),
        ("preview", preview),
        ("retry", retry),
        ("apply", apply),
        ("resume", resume),
        ("check", check.unwrap()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn syncs_have_a_kind_and_are_listed_by_it() {
    let stand = Stand::start().await;
    let integration = stand.integration("one").await;
    for (kind, id) in one_of_each_kind(&stand, integration).await {
        let sync = status(&stand, id).await;
        assert_eq!(sync["kind"], kind, "{sync}");
        assert_eq!(sync["check"], json!(kind == "check"));
        assert_eq!(sync["dry_run"], json!(kind == "check" || kind == "preview"), "{kind}");
        let listed = stand.walk(&format!("/api/geniacs/syncs?limit=1&kind={kind}"), "syncs", "id").await;
        assert_eq!(listed, [id.to_string()], "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn syncs_are_listed_by_direction_by_schedule_and_in_several_states() {
    let stand = Stand::start().await;
    let (one, two) = (stand.integration("one").await, stand.integration("two").await);
    let schedule = stand.count("SELECT min(id) AS count FROM geniacs_sync_schedules").await;
    for integration in [one, two] {
        let rows = format!(
            "INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, data, created_at, schedule_id)
             SELECT {integration}, 'full', 'customers', (ARRAY['to_geniacs', 'from_geniacs'])[1 + n % 2]::sync_direction,
                 (ARRAY['success', 'failed', 'partial', 'cancelled'])[1 + n % 4]::sync_status, '{{}}',
                 timestamptz '2026-03-01T00:00:00Z' + n * interval '1 minute', CASE WHEN n < 3 THEN {schedule} END
             FROM generate_series(0, 11) n"
        );
        stand.database.execute(&rows).await;
    }
    let listed = async |query: &str, field: &str| {
        let path = format!("/api/geniacs/syncs?integration_id={one}&limit=2&{query}");
        let seen = stand.walk(&path, "syncs", field).await;
        seen.iter().map(|text| text.trim_matches('"').to_owned()).collect::<Vec<_>>()
    };

    assert_eq!(listed("sync_direction=from_geniacs", "sync_direction").await, ["from_geniacs"; 6]);
    assert_eq!(listed(&format!("schedule_id={schedule}"), "status").await, ["partial", "failed", "success"]);
    let newest_first = ["partial", "failed"].repeat(3);
    assert_eq!(listed("status=failed,partial", "status").await, newest_first);
    assert_eq!(listed("status=partial,failed", "status").await, newest_first);
    assert_eq!(listed("status=failed,failed", "status").await, ["failed"; 3]);
    let of_all = stand.walk("/api/geniacs/syncs?limit=5&status=failed,cancelled", "syncs", "status").await;
    assert_eq!(of_all.len(), 12);
    let bad = stand.get("/api/geniacs/syncs?status=failed,done&kind=x&sync_direction=up&schedule_id=y").await;
    bad.assert_error(400, "bad_parameter");
    assert_eq!(bad.fields(), ["kind", "schedule_id", "status", "sync_direction"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_shows_the_first_of_many_ids_and_how_many_there_are() {
    let stand = Stand::start().await;
    let integration = stand.integration("one").await;
    let ids: Vec<i64> = (1..=250).collect();
    let body = json!({"integration_id": integration, "entity_type": "customers", "filters": {"ids": ids}});
    let id = trigger(&stand, &body).await;
    let listed = stand.get("/api/geniacs/syncs").await.body["data"]["syncs"][0].clone();
    assert_eq!(listed["named_ids"], 250);
    assert_eq!(listed["filters"]["ids"], json!(&ids[..100]));
    let sync = status(&stand, id).await;
    assert_eq!((&sync["filters"]["ids"], &sync["named_ids"]), (&json!(ids), &json!(250)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rate_is_that_of_the_last_30_seconds() {
    let stand = Stand::start().await;
    let integration = stand.integration("one").await;
    let push = trigger(&stand, &json!({"integration_id": integration, "entity_type": "customers"})).await;
    let began = format!(
        "UPDATE geniacs_data_sync SET started_at = now() - interval '10 minutes', plan = '{{}}' WHERE id = {push};
         INSERT INTO sync_chunks (sync_id, integration_id, kind, state, records_read, created, completed_at)
         SELECT {push}, {integration}, 'push', 'done', 100, 100, now() - n * interval '10 seconds' FROM generate_series(0, 50) n"
    );
    stand.database.execute(&began).await;
    let sync = status(&stand, push).await;
    assert_eq!((&sync["phase"], &sync["rate"]), (&json!("push"), &json!(10.0)), "300 records in 30 seconds");

    let body = json!({"integration_id": integration, "entity_type": "payments", "sync_direction": "from_geniacs"});
    let pull = trigger(&stand, &body).await;
    let page = |seconds: i64, records: i64| {
        format!(
            "UPDATE sync_chunks SET records_read = {records}, created = {records}, created_at = created_at - interval '{seconds} s',
                 paced_at = paced_at - interval '{seconds} s', paced_before_at = paced_before_at - interval '{seconds} s'
             WHERE sync_id = {pull}"
        )
    };
    stand
        .database
        .execute(&format!(
            "UPDATE geniacs_data_sync SET plan = '{{}}', walk = '{{\"phase\": \"pull\"}}' WHERE id = {pull};
             UPDATE sync_chunks SET kind = 'pull' WHERE sync_id = {pull}"
        ))
        .await;
    // Ten seconds lie before each page.
    for page_number in 1..=9 {
        stand.database.execute(&page(10, page_number * 50)).await;
    }
    let rate = status(&stand, pull).await["rate"].as_f64().unwrap();
    assert!((4.0..=6.0).contains(&rate), "5 records a second: {rate}");

    end(&stand, pull, "success").await;
    let ended = status(&stand, pull).await;
    assert_eq!((&ended["rate"], &ended["phase"]), (&Value::Null, &Value::Null));
}
