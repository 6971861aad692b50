//! What needs attention, counts of lists, and as of when both sides are in step.

use crate::stand::Stand;
use serde_json::{Value, json};

async fn attention(stand: &Stand, query: &str) -> Value {
    stand.get(&format!("/api/geniacs/attention{query}")).await.body["data"]["attention"].clone()
}

/// Two integrations; the first has `many` of everything that needs attention, the other is paused and has one of each.
async fn stand_with_trouble(many: i64) -> (Stand, i64, i64) {
    let stand = Stand::start().await;
    let (one, two) = (stand.integration("one").await, stand.integration("two").await);
    for (integration, count) in [(one, many), (two, 1)] {
        let rows = format!(
            "INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, data)
             SELECT {integration}, 'full', 'customers', 'to_geniacs', 'failed', '{{}}' FROM generate_series(1, {count}) n;
             INSERT INTO conflicts (integration_id, entity_type, local_id, geniacs_id, fields, policy, state)
             SELECT {integration}, 'customers', n, 'cust_' || n, '[]', 'manual', 'open' FROM generate_series(1, {count}) n;
             INSERT INTO geniacs_webhook_events (integration_id, event_type, state, payload, dedupe_key)
             SELECT {integration}, 'customer.updated', 'set_aside', '{{}}', 'a' || n FROM generate_series(1, {count}) n;
             INSERT INTO dead_letters (message_key, queue, reason, message_type, content_type, state, integration_id)
             SELECT '{integration}-' || n, 'webhooks', 'delivery_limit', 'x', 'x', 'set_aside', {integration} FROM generate_series(1, {count}) n"
        );
        stand.database.execute(&rows).await;
    }

    let others = format!(
        "INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, data, created_at)
         VALUES ({one}, 'full', 'customers', 'to_geniacs', 'failed', '{{}}', now() - interval '8 days'),
                ({one}, 'full', 'customers', 'to_geniacs', 'success', '{{}}', now());
         INSERT INTO integration_limits (integration_id, paused_until) VALUES ({two}, now() + interval '1 hour')"
    );
    stand.database.execute(&others).await;
    (stand, one, two)
}

#[tokio::test(flavor = "multi_thread")]
async fn matters_that_need_attention_are_counted_for_all_integrations_or_for_one() {
    let (stand, one, two) = stand_with_trouble(3).await;
    let counts = |attention: &Value| {
        ["open_conflicts", "failed_syncs", "events_set_aside", "dead_letters", "paused_integrations"]
            .map(|name| attention[name]["count"].as_i64().unwrap())
    };
    let all = attention(&stand, "").await;
    assert_eq!(counts(&all), [4, 4, 4, 4, 1]);
    assert!(all["failed_syncs_since"].is_string() && all["open_conflicts"]["more"] == false);
    assert_eq!(counts(&attention(&stand, &format!("?integration_id={one}")).await), [3, 3, 3, 3, 0]);
    assert_eq!(counts(&attention(&stand, &format!("?integration_id={two}")).await), [1, 1, 1, 1, 1]);
    stand.get("/api/geniacs/attention?integration_id=999").await.assert_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn matters_that_need_attention_are_listed_worst_first_with_their_remedies() {
    let stand = Stand::start().await;
    stand.database.execute("UPDATE geniacs_sync_schedules SET is_active = false").await;
    let (good, refused, broken, paused) = (
        stand.integration("good").await,
        stand.integration("refused").await,
        stand.integration("broken").await,
        stand.integration("paused").await,
    );
    let run = |status: &str, entity: &str, hour: i64, counts: &str| {
        format!(
            "INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, data, error_type,
                 completed_at, response_data)
             VALUES ({good}, 'full', '{entity}', 'to_geniacs', '{status}', '{{}}', 'partner_away',
                 timestamptz '2026-03-01T00:00:00Z' + {hour} * interval '1 hour', '{{\"counts\": {counts}}}');"
        )
    };
    let rows = [
        run("failed", "customers", 1, "{}"),
        run("success", "customers", 2, "{}"),
        run("success", "invoices", 1, "{}"),
        run("failed", "invoices", 2, "{}"),
        run("partial", "payments", 3, "{\"failed\": 7}"),
        run("cancelled", "payments", 4, "{}"),
        format!(
            "UPDATE geniacs_sync_schedules SET is_active = integration_id = {good} AND entity_type IN ('customers', 'invoices'),
                 next_run_at = now() - CASE entity_type WHEN 'customers' THEN interval '6 minutes' ELSE interval '4 minutes' END;
             INSERT INTO integration_limits (integration_id, credentials_refused_at, opened_at, next_probe_at, paused_since,
                 paused_until, pause_reason)
             VALUES ({refused}, '2026-03-01T00:00:00Z', now(), now(), NULL, NULL, NULL),
                    ({broken}, NULL, '2026-03-01T00:00:00Z', '2026-03-01T01:00:00Z', NULL, NULL, NULL),
                    ({paused}, NULL, NULL, NULL, '2026-03-01T00:00:00Z', '2222-03-01T00:00:00Z', 'rate_limited_by_partner'),
                    ({good}, NULL, NULL, NULL, NULL, NULL, NULL);
             INSERT INTO conflicts (integration_id, entity_type, local_id, fields, policy, state, created_at)
             SELECT {paused}, 'customers', n, '[]', 'manual', 'open', timestamptz '2026-03-01T00:00:00Z' + n * interval '1 hour'
             FROM generate_series(1, 3) n;
             INSERT INTO geniacs_webhook_events (integration_id, event_type, state, payload, dedupe_key)
             VALUES ({broken}, 'customer.updated', 'set_aside', '{{}}', 'a'), ({good}, 'customer.updated', 'processed', '{{}}', 'b');
             INSERT INTO dead_letters (message_key, message_type, content_type, state, integration_id)
             VALUES ('1', 'x', 'x', 'set_aside', {good}), ('2', 'x', 'x', 'unreadable', NULL), ('3', 'x', 'x', 'dropped', NULL)"
        ),
    ];
    stand.database.execute(&rows.concat()).await;

    let told = attention(&stand, "").await;
    let items = told["items"].as_array().unwrap();
    let short = |item: &Value| {
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        format!("{} {} {} {}", text("kind"), text("integration_name"), text("reason"), text("remedy"))
    };
    let expected = [
        "integration_paused refused credentials_refused replace_credentials",
        "schedule_overdue good  run_schedule",
        "integration_paused broken breaker_open test_connection",
        "sync_failed good partner_away retry_sync",
        "dead_letters good  requeue_dead_letters",
        "dead_letters   requeue_dead_letters",
        "events_set_aside broken  replay_events",
        "sync_partial good partner_away retry_records",
        "conflicts_waiting paused  resolve_conflicts",
        "integration_paused paused rate_limited_by_partner wait",
    ];
    assert_eq!(items.iter().map(short).collect::<Vec<_>>(), expected);
    assert_eq!(told["more_items"], false);
    let counts = ["partial_syncs", "overdue_schedules", "paused_integrations"].map(|name| &told[name]["count"]);
    assert_eq!(counts, [1, 1, 3]);

    let (overdue, broken, failed, partial) = (&items[1], &items[2], &items[3], &items[7]);
    assert_eq!((&overdue["entity_type"], overdue["schedule_id"].is_i64()), (&json!("customers"), true));
    assert_eq!((&broken["since"], &broken["until"]), (&json!("2026-03-01T00:00:00Z"), &json!("2026-03-01T01:00:00Z")));
    assert_eq!((&failed["entity_type"], failed["sync_id"].is_i64()), (&json!("invoices"), true));
    assert_eq!(
        (&partial["count"], &partial["more"], &partial["since"]),
        (&json!(7), &json!(false), &json!("2026-03-01T03:00:00Z"))
    );
    assert_eq!((&items[8]["count"], &items[8]["since"]), (&json!(3), &json!("2026-03-01T01:00:00Z")));
    assert_eq!(items[9]["until"], "2222-03-01T00:00:00Z");

    let of_good = attention(&stand, &format!("?integration_id={good}")).await;
    let kinds: Vec<&Value> = of_good["items"].as_array().unwrap().iter().map(|item| &item["kind"]).collect();
    assert_eq!(kinds, ["schedule_overdue", "sync_failed", "dead_letters", "sync_partial"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_is_not_overdue_where_nothing_is_to_start_by_itself() {
    let stand = Stand::start().await;
    for name in ["manual", "inactive", "disabled", "archived"] {
        stand.integration(name).await;
    }

    let change = "UPDATE geniacs_sync_schedules SET next_run_at = now() - interval '1 hour';
        UPDATE geniacs_integrations SET configuration = '{\"auto_sync\": false}' WHERE name = 'manual';
        UPDATE geniacs_integrations SET is_active = false WHERE name = 'inactive';
        UPDATE geniacs_integrations SET sync_enabled = false WHERE name = 'disabled';
        UPDATE geniacs_integrations SET archived_at = now() WHERE name = 'archived'";
    stand.database.execute(change).await;

    let told = attention(&stand, "").await;
    assert_eq!((&told["items"], &told["overdue_schedules"]["count"]), (&json!([]), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_waits_for_the_run_before_is_not_overdue() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    let change = format!(
        "UPDATE geniacs_sync_schedules SET overlap = 'skip',
             catch_up = CASE entity_type WHEN 'customers' THEN 'all' ELSE 'one' END::schedule_catch_up,
             is_active = entity_type IN ('customers', 'payments'), next_run_at = now() - interval '1 hour';
         INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, data)
         SELECT {id}, 'full', entity_type, 'to_geniacs', 'processing', '{{}}'
         FROM (VALUES ('customers'::entity_type), ('payments')) e (entity_type)"
    );
    stand.database.execute(&change).await;

    let told = attention(&stand, "").await;
    let overdue: Vec<&Value> = told["items"].as_array().unwrap().iter().map(|item| &item["entity_type"]).collect();
    assert_eq!(overdue, ["payments"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_count_stops_at_a_thousand() {
    let (stand, ..) = stand_with_trouble(1_000).await;
    let all = attention(&stand, "").await;
    for name in ["open_conflicts", "failed_syncs", "events_set_aside", "dead_letters"] {
        assert_eq!(all[name], json!({"count": 1_000, "more": true}), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_counted_by_its_filter_with_ten_samples() {
    let (stand, one, two) = stand_with_trouble(1_001).await;

    let counted = async |list: &str, filter: Value| {
        let path = format!("/api/geniacs/{list}/count");
        let answer = stand.post_as(domain::Role::Viewer, &path, &json!({"filter": filter})).await;
        assert_eq!(answer.status, 200, "{list}: {}", answer.body);
        let data = answer.body["data"].clone();
        (data["count"].as_i64().unwrap(), data["more"].as_bool().unwrap(), data["samples"].as_array().unwrap().len())
    };

    for (list, filter) in [
        ("syncs", json!({"status": ["failed", "partial"], "integration_id": one.to_string()})),
        ("conflicts", json!({"state": "open", "integration_id": one})),
        ("webhook-events", json!({"state": "set_aside", "event_type": "customer.updated"})),
        ("dead-letters", json!({"state": "set_aside", "integration_id": one})),
    ] {
        assert_eq!(counted(list, filter).await, (1_000, true, 10), "{list}");
    }

    assert_eq!(counted("conflicts", json!({"integration_id": two})).await, (1, false, 1));
    assert_eq!(counted("syncs", json!({"status": "success", "kind": "", "from": null})).await, (1, false, 1));

    let listed = stand.get("/api/geniacs/syncs?limit=10").await.body["data"]["syncs"].clone();
    let counted_all = stand.post("/api/geniacs/syncs/count", &json!({})).await.body["data"]["samples"].clone();
    assert_eq!(counted_all, listed, "the samples are the first that the list shows");
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_and_records_are_counted_like_other_lists() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    let rows = format!(
        "DELETE FROM geniacs_sync_logs;
         INSERT INTO geniacs_sync_logs (integration_id, log_level, message)
         SELECT {id}, CASE WHEN n <= 3 THEN 'error' ELSE 'info' END::log_level, 'Line ' || n FROM generate_series(1, 1200) n;
         INSERT INTO customers (id, name, customer_code) SELECT n, 'Customer ' || n, 'C-' || n FROM generate_series(1, 1200) n;
         INSERT INTO conflicts (integration_id, entity_type, local_id, fields, policy, state)
         SELECT {id}, 'customers', n, '[]', 'manual', 'open' FROM generate_series(1, 12) n"
    );
    stand.database.execute(&rows).await;

    for (path, filter, expected) in [
        ("logs", json!({}), (1_000, true, 10)),
        ("logs", json!({"lowest_level": "warning"}), (3, false, 3)),
        ("logs", json!({"text": "line 11"}), (111, false, 10)),
        ("records/customers", json!({"integration_id": id}), (1_000, true, 10)),
        ("records/customers", json!({"integration_id": id, "q": "customer 12"}), (12, false, 10)),
        ("records/customers", json!({"integration_id": id, "state": "conflict"}), (12, false, 10)),
    ] {
        let counted = stand.post(&format!("/api/geniacs/{path}/count"), &json!({"filter": filter})).await;
        assert_eq!(counted.status, 200, "{path}: {}", counted.body);
        let data = &counted.body["data"];
        let samples = data["samples"].as_array().unwrap().len();
        let found = (data["count"].as_i64().unwrap(), data["more"].as_bool().unwrap(), samples);
        assert_eq!(found, expected, "{path} {filter}");
    }

    let refused = stand.post("/api/geniacs/records/customers/count", &json!({"filter": {"state": "x"}})).await;
    refused.assert_error(422, "validation_failed");
    assert_eq!(refused.fields(), ["filter.integration_id", "filter.state"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_of_a_filter_is_named() {
    let stand = Stand::start().await;
    let body = json!({"filter": {"status": "done", "from": "yesterday", "limit": 3, "kind": ["sync", "retry"], "x": {}}, "y": 1});
    let refused = stand.post("/api/geniacs/syncs/count", &body).await;
    refused.assert_error(422, "validation_failed");
    assert_eq!(refused.fields(), ["filter.from", "filter.kind", "filter.limit", "filter.status", "filter.x", "y"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_step_is_the_beginning_of_the_newest_run_that_took_everything_and_failed_nothing() {
    let stand = Stand::start().await;
    let integration = stand.integration("one").await;

    stand.database.execute("UPDATE geniacs_sync_schedules SET is_active = false WHERE entity_type <> 'payments'").await;
    let run = |entity: &str, direction: &str, status: &str, hour: i64, data: &str| {
        format!(
            "INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, data, started_at)
             VALUES ({integration}, 'full', '{entity}', '{direction}', '{status}', '{data}',
                 timestamptz '2026-03-01T00:00:00Z' + {hour} * interval '1 hour')"
        )
    };

    for sql in [
        run("customers", "to_geniacs", "success", 1, "{}"),
        run("customers", "to_geniacs", "success", 2, "{\"filters\": {}, \"options\": {\"create_missing\": true}}"),
        run("customers", "to_geniacs", "partial", 3, "{}"),
        run("customers", "to_geniacs", "success", 4, "{\"filters\": {\"limit\": 3}}"),
        run("customers", "to_geniacs", "success", 5, "{\"options\": {\"dry_run\": true}}"),
        run("customers", "to_geniacs", "success", 6, "{\"options\": {\"create_missing\": false}}"),
        run("customers", "to_geniacs", "success", 7, "{\"retry_of\": 1}"),
        run("invoices", "bidirectional", "success", 8, "{}"),
        run("invoices", "from_geniacs", "success", 9, "{}"),
    ] {
        stand.database.execute(&sql).await;
    }

    let of = |entity: &str, direction: &str, at: Value| json!({"integration_id": integration, "entity_type": entity, "sync_direction": direction, "in_step_as_of": at});
    let expected = json!([
        of("customers", "to_geniacs", json!("2026-03-01T02:00:00Z")),
        of("payments", "to_geniacs", Value::Null),
        of("invoices", "to_geniacs", json!("2026-03-01T08:00:00Z")),
        of("invoices", "from_geniacs", json!("2026-03-01T09:00:00Z")),
    ]);
    let sorted = |mut list: Vec<Value>| {
        list.sort_by_key(ToString::to_string);
        list
    };
    let expected = sorted(expected.as_array().unwrap().clone());

    let told = attention(&stand, "").await["in_step"].as_array().unwrap().clone();
    assert_eq!(sorted(told), expected);
    let card = stand.get("/api/geniacs/integrations").await.body["data"]["integrations"][0]["in_step"].clone();
    assert_eq!(sorted(card.as_array().unwrap().clone()), expected);
    let statistics = stand.get(&format!("/api/geniacs/statistics?integration_id={integration}")).await;
    assert_eq!(sorted(statistics.body["data"]["in_step"].as_array().unwrap().clone()), expected);
}
