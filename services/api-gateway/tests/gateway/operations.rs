//! What is done over all that a filter found, frozen.

use crate::stand::{Answer, Stand};
use domain::Role;
use serde_json::{Value, json};
use std::time::Duration;
use test_support::eventually;

const REPLAY: &str = "/api/geniacs/webhook-events/replay";

/// Events that were set aside, numbered from 1.
async fn set_aside(stand: &Stand, integration: i64, number: i64) {
    let insert = format!(
        "INSERT INTO geniacs_webhook_events (integration_id, event_type, event_id, dedupe_key, payload, signature, state,
             error_message, outcome)
         SELECT {integration}, 'customer.updated', 'e' || n, 'e{integration}-' || n, '{{}}', 's', 'set_aside', 'broken', 'invalid'
         FROM generate_series(1, {number}) AS n"
    );
    stand.database.execute(&insert).await;
}

pub(crate) async fn ask(stand: &Stand, path: &str, body: &Value) -> Answer {
    stand.post_as(Role::Operator, path, body).await
}

/// Waits for the end of an accepted operation, and shows it.
pub(crate) async fn ended(stand: &Stand, accepted: &Answer) -> Value {
    assert_eq!(accepted.status, 202, "{}", accepted.body);
    let path = format!("/api/geniacs/operations/{}", accepted.body["data"]["operation"]["id"]);
    eventually("the operation ends", Duration::from_mins(1), async || {
        let shown = stand.get(&path).await.body["data"].clone();
        (shown["operation"]["state"] == "done").then_some(shown)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_takes_exactly_what_its_filter_found_and_is_audited_once() {
    let stand = Stand::start().await;
    let (one, other) = (stand.integration("One").await, stand.integration("Other").await);
    set_aside(&stand, one, 1_200).await;
    set_aside(&stand, other, 3).await;
    let body = json!({"filter": {"integration_id": one}, "confirm_count": 1_200});
    let accepted = ask(&stand, REPLAY, &body).await;
    let operation = &accepted.body["data"]["operation"];
    assert_eq!(
        (&operation["kind"], &operation["total"], &operation["filter"]),
        (&json!("replay"), &json!(1_200), &body["filter"])
    );

    let done = ended(&stand, &accepted).await["operation"].clone();
    assert_eq!((&done["done"], &done["failed"], &done["left"]), (&json!(1_200), &json!(0), &json!(0)));
    let states = "SELECT count(*) FROM geniacs_webhook_events WHERE state = 'received'";
    assert_eq!(stand.count(states).await, 1_200);
    let audited =
        "SELECT count(*) FROM audit_log WHERE action = 'operation.replay' AND after -> 'filter' ? 'integration_id'";
    assert_eq!(
        (stand.count(audited).await, stand.count("SELECT count(*) FROM audit_log WHERE action LIKE 'webhook%'").await),
        (1, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_that_is_no_longer_true_starts_nothing_and_the_older_body_is_taken() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    set_aside(&stand, id, 3).await;

    let changed = ask(&stand, REPLAY, &json!({"filter": {}, "confirm_count": 2})).await;
    changed.assert_error(409, "count_changed");
    assert_eq!(stand.count("SELECT count(*) FROM operations").await, 0);

    assert_eq!(ask(&stand, REPLAY, &json!({"filter": {}})).await.fields(), ["confirm_count"]);
    let mixed = json!({"filter": {"nothing": 1}, "confirm_count": 3, "state": "failed"});
    assert_eq!(ask(&stand, REPLAY, &mixed).await.fields(), ["filter.nothing", "state"]);

    let older = ask(&stand, REPLAY, &json!({"limit": 10})).await;
    assert_eq!((older.status.as_u16(), &older.body["data"]["replayed"]), (200, &json!(3)));

    stand
        .post_as(Role::Viewer, REPLAY, &json!({"filter": {}, "confirm_count": 1}))
        .await
        .assert_error(403, "forbidden");
    stand.get("/api/geniacs/operations/999").await.assert_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_goes_on_after_its_gateway_was_stopped() {
    let mut stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    stand.stop().await;
    set_aside(&stand, id, 40).await;

    // As a gateway leaves it that ended in the middle.
    stand
        .database
        .execute(
            "INSERT INTO operations (id, kind, filter, total, done, actor, request_id)
             VALUES (1, 'replay', '{}', 40, 10, 'siti@example.com', 'r');
             INSERT INTO operation_items (operation_id, subject_id, state)
             SELECT 1, id, CASE WHEN row_number() OVER (ORDER BY id) <= 10 THEN 'done' ELSE 'open' END
             FROM geniacs_webhook_events",
        )
        .await;

    let url = stand.database.url().to_owned();
    let settings = service::Settings::from_map(crate::stand::variables(&url, &stand.keys, &[])).unwrap();
    let shutdown = service::CancellationToken::new();
    let gateway = api_gateway::start(settings, shutdown.clone()).await.unwrap();

    eventually("the rest is done", Duration::from_mins(1), async || {
        let done = "SELECT count(*) FROM operations WHERE done = 40 AND failed = 0 AND completed_at IS NOT NULL";
        (stand.count(done).await == 1).then_some(())
    })
    .await;

    assert_eq!(stand.count("SELECT count(*) FROM geniacs_webhook_events WHERE state = 'received'").await, 30);
    shutdown.cancel();
    gateway.join().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_are_decided_alike_by_one_sync_for_each_entity() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    let fields = json!([{"field": "name", "geniacs_field": "customer_name", "base": "A", "local": "B", "geniacs": "C", "winner": null}]);
    stand
        .database
        .execute(&format!(
            "INSERT INTO customers (id, customer_code, name) SELECT n, 'C' || n, 'B' FROM generate_series(1, 30) AS n;
             INSERT INTO conflicts (integration_id, entity_type, local_id, geniacs_id, fields, policy, state, resolution, resolved_at)
             SELECT {id}, 'customers', n, 'c' || n, '{fields}', 'manual', CASE WHEN n > 25 THEN 'resolved' ELSE 'open' END::conflict_state,
                 CASE WHEN n > 25 THEN 'local' END::conflict_resolution, CASE WHEN n > 25 THEN now() END
             FROM generate_series(1, 30) AS n"
        ))
        .await;

    let path = "/api/geniacs/conflicts/resolve";
    let merge = json!({"resolution": "merge", "filter": {}, "confirm_count": 25});
    assert_eq!(ask(&stand, path, &merge).await.fields(), ["fields"]);

    let body = json!({"resolution": "geniacs", "filter": {"entity_type": "customers"}, "confirm_count": 25});
    let done = ended(&stand, &ask(&stand, path, &body).await).await;
    assert_eq!((&done["operation"]["done"], &done["failures"]), (&json!(25), &json!([])), "{done}");

    let decided =
        "SELECT count(*) FROM conflicts WHERE state = 'decided' AND resolution = 'geniacs' AND resolved_by IS NOT NULL";
    assert_eq!(stand.count(decided).await, 25);
    assert_eq!(stand.count("SELECT count(*) FROM geniacs_data_sync").await, 1);
    let ids =
        stand.count("SELECT jsonb_array_length(data #> '{filters,ids}')::bigint AS count FROM geniacs_data_sync").await;
    assert_eq!(ids, 25);
}

#[tokio::test(flavor = "multi_thread")]
async fn syncs_that_cannot_be_retried_are_told_and_the_others_are_retried() {
    let stand = Stand::start().await;
    let (active, inactive) = (stand.integration("Active").await, stand.integration("Inactive").await);

    stand
        .database
        .execute(&format!(
            "UPDATE geniacs_integrations SET is_active = false WHERE id = {inactive};
             INSERT INTO geniacs_data_sync (id, integration_id, sync_type, entity_type, sync_direction, status, data, completed_at)
             SELECT n, CASE WHEN n = 3 THEN {inactive} ELSE {active} END, 'full', CASE WHEN n = 1 THEN 'customers' ELSE 'invoices' END::entity_type,
                 'to_geniacs', 'failed', '{{\"filters\": {{}}, \"options\": {{}}}}', now() FROM generate_series(1, 3) AS n"
        ))
        .await;
    stand.database.execute("SELECT setval(pg_get_serial_sequence('geniacs_data_sync', 'id'), 100)").await;

    let body = json!({"filter": {"status": "failed"}, "confirm_count": 3});
    let done = ended(&stand, &ask(&stand, "/api/geniacs/syncs/retry", &body).await).await;
    assert_eq!((&done["operation"]["done"], &done["operation"]["failed"]), (&json!(2), &json!(1)), "{done}");
    assert_eq!((&done["failures"][0]["id"], &done["failures"][0]["code"]), (&json!(3), &json!("integration_inactive")));

    assert_eq!(stand.count("SELECT count(*) FROM geniacs_data_sync WHERE data ? 'retry_of'").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_sent_again_once() {
    let stand = Stand::start().await;
    let insert =
        "INSERT INTO dead_letters (message_key, queue, reason, message_type, content_type, state, payload) SELECT
        'k' || n, 'work', 'delivery_limit', 'geniacs.messages.v1.WorkPermit', 'application/vnd.geniacs.v1+protobuf',
        'dropped', CASE WHEN n < 4 THEN ''::bytea END FROM generate_series(1, 4) AS n";
    stand.database.execute(insert).await;

    let body = json!({"filter": {"state": "dropped"}, "confirm_count": 4});
    let done = ended(&stand, &ask(&stand, "/api/geniacs/dead-letters/requeue", &body).await).await;
    assert_eq!(
        (&done["operation"]["done"], &done["failures"][0]["code"]),
        (&json!(3), &json!("nothing_to_requeue")),
        "{done}"
    );

    assert_eq!(stand.count("SELECT count(*) FROM dead_letters WHERE state = 'requeued'").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_of_many_takes_what_its_list_takes_and_freezes_what_the_list_shows() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    stand
        .database
        .execute(&format!(
            "INSERT INTO geniacs_webhook_events (integration_id, event_type, event_id, dedupe_key, payload, state, geniacs_id)
             SELECT {id}, CASE WHEN n <= 2 THEN 'invoice.updated' ELSE 'customer.updated' END, 'e' || n, 'e' || n, '{{}}', 'set_aside', 'g' || n % 4
             FROM generate_series(1, 8) n;
             INSERT INTO geniacs_data_sync (id, integration_id, sync_type, entity_type, sync_direction, status, data, completed_at)
             SELECT n, {id}, CASE WHEN n = 1 THEN 'full' ELSE 'incremental' END::sync_type, 'customers',
                 CASE WHEN n <= 2 THEN 'from_geniacs' ELSE 'to_geniacs' END::sync_direction,
                 CASE WHEN n = 3 THEN 'cancelled' ELSE 'failed' END::sync_status, '{{\"filters\": {{}}, \"options\": {{}}}}', now()
             FROM generate_series(1, 4) n;
             SELECT setval(pg_get_serial_sequence('geniacs_data_sync', 'id'), 100);
             INSERT INTO conflicts (integration_id, entity_type, local_id, fields, policy, state)
             SELECT {id}, 'customers', n, jsonb_build_array(jsonb_build_object('field', CASE WHEN n <= 2 THEN 'name' ELSE 'email' END,
                 'geniacs_field', 'x', 'base', null, 'local', 1, 'geniacs', 2, 'winner', null)), 'manual', 'open'
             FROM generate_series(1, 5) n"
        ))
        .await;
    let (retry, resolve) = ("/api/geniacs/syncs/retry", "/api/geniacs/conflicts/resolve");
    for (path, list, filter, expected) in [
        (REPLAY, "webhook-events", json!({"geniacs_id": "g1", "entity_type": "customers"}), 1),
        (REPLAY, "webhook-events", json!({"event_id": "e2", "state": "set_aside"}), 1),
        (
            retry,
            "syncs",
            json!({"sync_type": "full", "sync_direction": "from_geniacs", "kind": "sync", "status": "failed"}),
            1,
        ),
        (retry, "syncs", json!({"status": ["failed", "cancelled"], "sync_direction": "to_geniacs"}), 2),
        (resolve, "conflicts", json!({"local_id": 5, "state": "open"}), 1),
        (resolve, "conflicts", json!({"field": "name", "integration_id": id}), 2),
    ] {
        let counted = stand.post(&format!("/api/geniacs/{list}/count"), &json!({"filter": filter})).await;
        assert_eq!(counted.body["data"]["count"], expected, "{filter}: {}", counted.body);
        let mut body = json!({"filter": filter, "confirm_count": 999});
        if path == resolve {
            body["resolution"] = json!("local");
        }
        let refused = ask(&stand, path, &body).await;
        refused.assert_error(409, "count_changed");
        let detail = &refused.body["error"]["details"][0];
        assert_eq!((&detail["field"], &detail["code"]), (&json!("confirm_count"), &json!("count_changed")));
        assert_eq!(detail["params"]["count"], expected, "{filter}");
    }

    let alike = json!({"resolution": "geniacs", "filter": {"field": "name"}, "confirm_count": 2});
    let done = ended(&stand, &ask(&stand, resolve, &alike).await).await;
    assert_eq!(done["operation"]["done"], 2, "{done}");
    for (path, body, field) in [
        (resolve, json!({"resolution": "local", "filter": {"state": "resolved"}, "confirm_count": 1}), "filter.state"),
        (retry, json!({"filter": {"status": "success"}, "confirm_count": 1}), "filter.status"),
        (retry, json!({"filter": {"limit": 1}, "confirm_count": 1}), "filter.limit"),
    ] {
        let refused = ask(&stand, path, &body).await;
        assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec![field]), "{}", refused.body);
    }
}
