//! What the queues gave up, listed and sent again.

use crate::stand::Stand;
use domain::Role;
use serde_json::json;

/// Five letters: an event set aside, one that was stored before, a permit, bytes of a newer version, and bytes of nobody.
async fn stand_with_letters() -> (Stand, i64) {
    let stand = Stand::start().await;
    let integration = stand.integration("one").await;

    let ours = "application/vnd.geniacs.v1+protobuf";
    stand
        .database
        .execute(&format!(
            "INSERT INTO geniacs_webhook_events (id, integration_id, event_type, dedupe_key, payload, state, outcome, error_message)
             VALUES (41, {integration}, 'customer.updated', 'evt_1', '{{}}', 'set_aside', 'dead_letter', 'given up'),
                    (42, {integration}, 'customer.updated', 'evt_2', '{{}}', 'processed', 'applied', NULL);
             INSERT INTO dead_letters (id, message_key, queue, reason, message_type, content_type, state, integration_id,
                 webhook_event_id, payload) VALUES
                 (1, 'a', 'webhooks', 'delivery_limit', 'geniacs.messages.v1.WebhookDelivery', '{ours}', 'set_aside', {integration}, 41, NULL),
                 (2, 'b', 'webhooks', 'rejected', 'geniacs.messages.v1.WebhookDelivery', '{ours}', 'stored_already', {integration}, 42, NULL),
                 (3, 'c', 'work', 'delivery_limit', 'geniacs.messages.v1.WorkPermit', '{ours}', 'dropped', NULL, NULL, '\\x'),
                 (4, 'd', 'work', 'rejected', 'geniacs.messages.v1.Newer', '{ours}', 'unreadable', NULL, NULL, '\\x0102'),
                 (5, 'e', 'work', 'rejected', '', 'text/plain', 'unreadable', NULL, NULL, '\\x03')"
        ))
        .await;
    (stand, integration)
}

async fn requeue(stand: &Stand, id: i64) -> crate::stand::Answer {
    stand.post_as(Role::Operator, &format!("/api/geniacs/dead-letters/{id}/requeue"), &json!({})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_are_listed_newest_first_by_keyset_and_can_be_narrowed() {
    let (stand, integration) = stand_with_letters().await;
    let ids = async |query: &str| {
        stand.walk(&format!("/api/geniacs/dead-letters?limit=2{query}"), "dead_letters", "id").await.join(" ")
    };

    assert_eq!(ids("").await, "5 4 3 2 1");
    assert_eq!(ids(&format!("&integration_id={integration}")).await, "2 1");
    assert_eq!(ids("&state=unreadable").await, "5 4");

    let answer = stand.get("/api/geniacs/dead-letters?state=set_aside").await;
    let letter = &answer.body["data"]["dead_letters"][0];
    let expected = json!({
        "id": 1, "queue": "webhooks", "reason": "delivery_limit", "message_type": "geniacs.messages.v1.WebhookDelivery",
        "state": "set_aside", "can_requeue": true, "integration_id": integration, "webhook_event_id": 41,
        "webhook_event_state": "set_aside", "created_at": letter["created_at"], "requeued_at": null,
    });
    assert_eq!(*letter, expected);
    assert!(answer.body["data"].get("pagination").is_none());

    stand.get("/api/geniacs/dead-letters?state=lost&limit=0").await.assert_error(400, "bad_parameter");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_requeued_goes_back_to_the_workers_once() {
    let (stand, _) = stand_with_letters().await;

    let answer = requeue(&stand, 1).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let letter = &answer.body["data"]["dead_letter"];
    assert_eq!((&letter["state"], &letter["can_requeue"]), (&json!("requeued"), &json!(false)));

    let fresh = "SELECT count(*) FROM geniacs_webhook_events WHERE id = 41 AND state = 'received' AND outcome IS NULL
        AND processing_attempts = 0 AND error_message IS NULL";
    assert_eq!(stand.count(fresh).await, 1);
    assert_eq!(stand.count("SELECT count(*) FROM outbox").await, 0, "the event itself is the work");

    requeue(&stand, 1).await.assert_error(409, "already_requeued");
    let audited = "SELECT count(*) FROM audit_log WHERE action = 'dead_letter.requeued' AND subject_id = 1
        AND before->>'state' = 'set_aside' AND after->>'state' = 'requeued'";
    assert_eq!(stand.count(audited).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permit_and_what_a_newer_version_may_read_go_back_to_their_queue_with_their_bytes() {
    let (stand, _) = stand_with_letters().await;
    for id in [3, 4] {
        assert_eq!(requeue(&stand, id).await.status, 200);
    }
    let sent = "SELECT count(*) FROM outbox WHERE queue = 'work' AND (type_name, payload) IN
        (('geniacs.messages.v1.WorkPermit', ''::bytea), ('geniacs.messages.v1.Newer', '\\x0102'::bytea))";
    assert_eq!(stand.count(sent).await, 2);
    assert_eq!(stand.count("SELECT count(*) FROM outbox").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requeue_that_would_do_nothing_or_something_twice_is_a_conflict() {
    let (stand, _) = stand_with_letters().await;
    requeue(&stand, 2).await.assert_error(409, "nothing_to_requeue");
    requeue(&stand, 5).await.assert_error(409, "nothing_to_requeue");
    requeue(&stand, 99).await.assert_error(404, "not_found");
    stand.post_as(Role::Operator, "/api/geniacs/webhook-events/41/replay", &json!({})).await;
    requeue(&stand, 1).await.assert_error(409, "already_replayed");
    let forbidden = stand.post_as(Role::Viewer, "/api/geniacs/dead-letters/3/requeue", &json!({})).await;
    forbidden.assert_error(403, "forbidden");
    assert_eq!(stand.count("SELECT count(*) FROM outbox").await, 0);
    assert_eq!(stand.count("SELECT count(*) FROM audit_log WHERE action = 'dead_letter.requeued'").await, 0);
}
