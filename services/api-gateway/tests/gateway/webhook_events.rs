//! Seeing webhook events and giving them back to the workers.

use crate::stand::Stand;
use domain::Role;
use serde_json::{Value, json};

const EVENTS: &str = "/api/geniacs/webhook-events";

/// Events 1 to 8 of one integration: processed ones, but 3 failed, 5 and 6 set aside.
async fn stand_with_events() -> (Stand, i64) {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    stand
        .database
        .execute(&format!(
            "INSERT INTO geniacs_webhook_events (id, integration_id, event_type, event_id, dedupe_key, payload, signature, state,
                 processed, outcome, processing_attempts, error_message, duplicates, available_at, created_at)
             SELECT n, {id}, CASE WHEN n % 2 = 0 THEN 'customer.updated' ELSE 'payment.completed' END, 'evt_' || n, 'evt_' || n,
                 '{{\"data\": {{\"customer_id\": \"c1\"}}}}', 'signature-of-it', s.state::webhook_state, s.state = 'processed',
                 CASE s.state WHEN 'set_aside' THEN 'invalid' WHEN 'processed' THEN 'updated' END, 5,
                 CASE WHEN s.state <> 'processed' THEN 'no such customer' END, n - 1, now() + interval '1 hour',
                 timestamptz '2026-03-01T00:00:00Z' + n * interval '1 hour'
             FROM generate_series(1, 8) n, LATERAL (SELECT CASE n WHEN 3 THEN 'failed' WHEN 5 THEN 'set_aside' WHEN 6 THEN 'set_aside'
                                                    ELSE 'processed' END AS state) s"
        ))
        .await;
    (stand, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_listed_newest_first_and_can_be_narrowed() {
    let (stand, id) = stand_with_events().await;
    let ids =
        async |query: &str| stand.walk(&format!("{EVENTS}?limit=3&{query}"), "webhook_events", "id").await.join(" ");

    assert_eq!(ids("").await, "8 7 6 5 4 3 2 1");
    assert_eq!(ids("state=set_aside").await, "6 5");
    assert_eq!(ids("state=processed&event_type=customer.updated").await, "8 4 2");
    assert_eq!(ids(&format!("integration_id={id}&from=2026-03-01T03:00:00Z&to=2026-03-01T04:00:00Z")).await, "4 3");
    assert_eq!(ids("integration_id=99").await, "");
    assert_eq!(ids("event_id=evt_7").await, "7");
    assert_eq!(ids("entity_type=payments").await, "7 5 3 1");

    stand.database.execute("UPDATE geniacs_webhook_events SET geniacs_id = 'c1' WHERE id IN (2, 4, 5)").await;
    assert_eq!(ids("geniacs_id=c1").await, "5 4 2");
    assert_eq!(ids("geniacs_id=c1&entity_type=customers&state=processed").await, "4 2");

    stand.get(&format!("{EVENTS}?state=lost")).await.assert_error(400, "bad_parameter");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_shows_its_payload_to_operators_and_its_signature_to_nobody() {
    let (stand, id) = stand_with_events().await;
    let path = format!("{EVENTS}/5");

    let event = stand.get_as(Role::Operator, &path).await.body["data"]["webhook_event"].clone();
    assert_eq!((&event["id"], &event["integration_id"], &event["event_id"]), (&json!(5), &json!(id), &json!("evt_5")));

    assert_eq!(
        (&event["state"], &event["processed"], &event["outcome"]),
        (&json!("set_aside"), &json!(false), &json!("invalid"))
    );
    assert_eq!((&event["processing_attempts"], &event["duplicates"]), (&json!(5), &json!(4)));
    assert_eq!(event["error_message"], "no such customer");
    assert_eq!(event["payload"]["data"]["customer_id"], "c1");
    assert!(!event.to_string().contains("signature"), "{event}");

    assert!(stand.get(&path).await.body["data"]["webhook_event"].get("payload").is_none());
    stand.get(&format!("{EVENTS}/99")).await.assert_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_event_is_as_it_was_when_it_arrived() {
    let (stand, _) = stand_with_events().await;

    let answer = stand.post_as(Role::Operator, &format!("{EVENTS}/5/replay"), &Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let event = &answer.body["data"]["webhook_event"];
    assert_eq!(
        (&event["state"], &event["processed"], &event["outcome"]),
        (&json!("received"), &json!(false), &Value::Null)
    );

    assert_eq!((&event["processing_attempts"], &event["error_message"]), (&json!(0), &Value::Null));
    assert_eq!(stand.count("SELECT count(*) FROM geniacs_webhook_events WHERE available_at <= now()").await, 1);
    let audited = "SELECT count(*) FROM audit_log WHERE action = 'webhook_event.replayed' AND subject_id = 5
        AND before ->> 'state' = 'set_aside' AND after ->> 'state' = 'received'";
    assert_eq!(stand.count(audited).await, 1);

    stand.post_as(Role::Viewer, &format!("{EVENTS}/5/replay"), &Value::Null).await.assert_error(403, "forbidden");
    stand.post_as(Role::Operator, &format!("{EVENTS}/99/replay"), &Value::Null).await.assert_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_events_are_replayed_by_filter_in_bounded_batches() {
    let (stand, id) = stand_with_events().await;
    let replay = async |body: Value| {
        let answer = stand.post_as(Role::Operator, &format!("{EVENTS}/replay"), &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["data"].clone()
    };

    let received = "SELECT coalesce(sum(id), 0) AS count FROM geniacs_webhook_events WHERE state = 'received'";
    let received = format!("SELECT count::bigint FROM ({received}) r");

    assert_eq!(replay(json!({"integration_id": id + 1})).await, json!({"replayed": 0, "more": false}));
    assert_eq!(
        replay(json!({"event_type": "payment.completed", "limit": 1})).await,
        json!({"replayed": 1, "more": true})
    );
    assert_eq!(stand.count(&received).await, 3, "the oldest first");
    assert_eq!(
        replay(json!({"state": "set_aside", "to": "2026-03-01T05:30:00Z"})).await,
        json!({"replayed": 1, "more": false})
    );

    assert_eq!(replay(json!({})).await, json!({"replayed": 1, "more": false}));
    assert_eq!(stand.count(&received).await, 3 + 5 + 6);

    assert_eq!(replay(json!({"state": "processed", "from": "2026-03-01T08:00:00Z"})).await["replayed"], 1);
    assert_eq!(stand.count("SELECT count(*) FROM audit_log WHERE action = 'webhook_events.replayed'").await, 5);

    let refused = stand.post(&format!("{EVENTS}/replay"), &json!({"state": "lost", "limit": 0, "x": 1})).await;
    assert_eq!(refused.fields(), ["limit", "state", "x"]);
}
