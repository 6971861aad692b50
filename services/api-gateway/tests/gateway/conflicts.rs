//! Seeing and deciding conflicts.

use crate::stand::{Answer, Stand};
use domain::Role;
use serde_json::{Value, json};

/// A stand whose integration has an open conflict about the name and the email of customer 1; its number.
async fn with_conflict() -> (Stand, i64) {
    let stand = Stand::start().await;
    let integration = stand.integration("Primary").await;

    let fields = json!([
        {"field": "name", "geniacs_field": "customer_name", "base": "Siti", "local": "Siti R.", "geniacs": "Siti A.", "winner": null},
        {"field": "email", "geniacs_field": "customer_email", "base": "a@b.id", "local": "a@c.id", "geniacs": "a@d.id", "winner": null},
    ]);

    let insert = format!(
        "INSERT INTO customers (name) VALUES ('Siti R.');
         INSERT INTO conflicts (integration_id, entity_type, local_id, geniacs_id, fields, policy, state)
         VALUES ({integration}, 'customers', 1, 'cust_1', '{fields}', 'manual', 'open')"
    );

    stand.database.execute(&insert).await;
    let id = stand.count("SELECT max(id) AS count FROM conflicts").await;
    (stand, id)
}

async fn resolve(stand: &Stand, id: i64, body: Value) -> Answer {
    stand.post_as(Role::Operator, &format!("/api/geniacs/conflicts/{id}/resolve"), &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_are_listed_newest_first_and_narrowed() {
    let (stand, id) = with_conflict().await;

    stand
        .database
        .execute(
            "INSERT INTO conflicts (integration_id, entity_type, local_id, fields, policy, state, resolution, resolved_at)
             SELECT integration_id, entity_type, n, '[]', 'newest', 'resolved', 'local', now()
             FROM conflicts, generate_series(1, 3) n",
        )
        .await;

    assert_eq!(stand.walk("/api/geniacs/conflicts?limit=2", "conflicts", "id").await.len(), 4);
    for (narrow, count) in [("state=open", 1), ("state=resolved", 3), ("local_id=1", 2), ("entity_type=invoices", 0)] {
        let path = format!("/api/geniacs/conflicts?limit=100&integration_id=1&{narrow}");
        assert_eq!(stand.walk(&path, "conflicts", "id").await.len(), count, "{narrow}");
    }

    let one = stand.get(&format!("/api/geniacs/conflicts/{id}")).await.body["data"]["conflict"].clone();
    assert_eq!((&one["state"], &one["fields"][0]["geniacs"]), (&json!("open"), &json!("Siti A.")));

    stand.get("/api/geniacs/conflicts/999").await.assert_error(404, "not_found");
    assert_eq!(stand.get("/api/geniacs/conflicts?state=lost").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_kept_with_the_sync_that_carries_it_out() {
    let (stand, id) = with_conflict().await;
    let body = json!({"resolution": "merge", "fields": {"name": "local", "email": {"value": "siti@example.com"}}});

    let answer = resolve(&stand, id, body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let data = &answer.body["data"];
    assert_eq!((&data["conflict"]["state"], &data["conflict"]["resolution"]), (&json!("decided"), &json!("merge")));

    let made = format!(
        "SELECT count(*) FROM geniacs_data_sync WHERE id = {} AND sync_direction = 'bidirectional' AND lane = 0
            AND data -> 'filters' -> 'ids' = '[1]'",
        data["sync_id"]
    );
    assert_eq!(stand.count(&made).await, 1);

    let audited =
        "SELECT count(*) FROM audit_log WHERE action = 'conflict.decided' AND after ->> 'resolution' = 'merge'
        AND after -> 'fields' = '{\"name\": \"local\", \"email\": \"value\"}'";
    assert_eq!(stand.count(audited).await, 1, "without the value itself");

    resolve(&stand, id, json!({"resolution": "local"})).await.assert_error(409, "conflict_not_open");
    stand.database.execute("UPDATE geniacs_data_sync SET status = 'failed', completed_at = now()").await;
    let again = resolve(&stand, id, json!({"resolution": "local"})).await;
    assert_eq!(again.status, 200, "once its sync has ended without: {}", again.body);

    stand.database.execute("UPDATE conflicts SET state = 'resolved', resolved_at = now()").await;
    resolve(&stand, id, json!({"resolution": "local"})).await.assert_error(409, "conflict_not_open");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_field_of_a_decision_is_named_and_nothing_is_kept() {
    let (stand, id) = with_conflict().await;
    for (body, fields) in [
        (json!({}), vec!["resolution"]),
        (json!({"resolution": "newest"}), vec!["resolution"]),
        (json!({"resolution": "merge"}), vec!["fields"]),
        (json!({"resolution": "local", "fields": {"name": "local"}}), vec!["fields"]),
        (json!({"resolution": "merge", "fields": {"name": "mine"}}), vec!["fields.email", "fields.name"]),
        (
            json!({"resolution": "merge", "fields": {"name": "local", "email": {"value": "no address"}, "city": "local"}}),
            vec!["fields.city", "fields.email"],
        ),
    ] {
        let answer = resolve(&stand, id, body.clone()).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.body);
        assert_eq!(answer.fields(), fields, "{body}");
    }

    assert_eq!(stand.count("SELECT count(*) FROM conflicts WHERE state = 'open'").await, 1);
    assert_eq!(stand.count("SELECT count(*) FROM geniacs_data_sync").await, 0);

    let path = format!("/api/geniacs/conflicts/{id}/resolve");
    assert_eq!(stand.post_as(Role::Viewer, &path, &json!({"resolution": "local"})).await.status, 403);
}
