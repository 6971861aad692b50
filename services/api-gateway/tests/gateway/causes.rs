//! Why records of a sync failed, and trying again those of one cause.

use crate::stand::Stand;
use domain::Role;
use serde_json::{Value, json};

/// An ended push with 30 failures: numbers 1 to 20 for the e-mail address, 21 to 29 for the phone number, 30 for none.
async fn failed(stand: &Stand) -> i64 {
    let integration = stand.integration("Primary").await;
    let body = json!({"integration_id": integration, "entity_type": "customers"});
    let answer = stand.post("/api/geniacs/sync/trigger", &body).await;
    let id = answer.body["data"]["sync"]["id"].as_i64().unwrap();

    let end = format!(
        "UPDATE sync_chunks SET state = 'done' WHERE sync_id = {id};
         INSERT INTO sync_record_errors (sync_id, chunk_id, record_id, geniacs_id, error_type, field, error_message, retryable)
         SELECT {id}, c.id, n, 'cust_' || n, CASE WHEN n = 30 THEN 'partner_unavailable' ELSE 'validation_error' END,
             CASE WHEN n <= 20 THEN 'email' WHEN n < 30 THEN 'phone' ELSE '' END, 'Wrong in 100% of record ' || n, n = 30
         FROM sync_chunks c, generate_series(1, 30) n;
         UPDATE geniacs_data_sync SET status = 'partial', completed_at = now() WHERE id = {id}"
    );
    stand.database.execute(&end).await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_grouped_by_their_cause_with_count_sample_and_remedy() {
    let stand = Stand::start().await;
    let id = failed(&stand).await;

    let groups = stand.get(&format!("/api/geniacs/sync/{id}/error-groups")).await.body["data"]["error_groups"].clone();
    let said = |group: &Value| (group["error_type"].clone(), group["field"].clone(), group["count"].clone());
    let groups = groups.as_array().unwrap();
    let expected = [
        (json!("validation_error"), json!("email"), json!(20)),
        (json!("validation_error"), json!("phone"), json!(9)),
        (json!("partner_unavailable"), Value::Null, json!(1)),
    ];

    assert_eq!(groups.iter().map(said).collect::<Vec<_>>(), expected);
    assert_eq!(groups[0]["sample"]["record_id"], 1);
    assert_eq!((&groups[0]["retryable"], &groups[2]["retryable"]), (&json!(false), &json!(true)));

    assert!(
        groups
            .iter()
            .all(|group| group["more"] == false && group["remedy"].as_str().is_some_and(|text| !text.is_empty()))
    );

    stand.get("/api/geniacs/sync/999/error-groups").await.assert_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_name_their_field_and_are_listed_by_cause_record_or_message() {
    let stand = Stand::start().await;
    let id = failed(&stand).await;
    let listed = async |query: &str| {
        let seen = stand.walk(&format!("/api/geniacs/sync/{id}/errors?limit=4&{query}"), "errors", "record_id").await;
        seen.iter().map(|id| id.parse().unwrap()).collect::<Vec<i64>>()
    };
    assert_eq!(listed("field=email").await, (1..=20).collect::<Vec<_>>());
    assert_eq!(listed("error_type=validation_error&field=phone").await, (21..=29).collect::<Vec<_>>());
    assert_eq!(listed("error_type=partner_unavailable").await, [30]);
    assert_eq!(listed("q=17").await, [17], "an id of ours");
    assert_eq!(listed("q=cust_5").await, [5], "an id of Geniacs, and not cust_50");
    assert_eq!(listed("q=RECORD%202&field=email").await, [2, 20]);
    assert_eq!(listed("q=100%25").await.len(), 30, "signs of patterns are taken by the letter");
    assert_eq!(listed("q=nothing").await, [] as [i64; 0]);

    let first = stand.get(&format!("/api/geniacs/sync/{id}/errors?limit=1")).await.body["data"]["errors"][0].clone();
    assert_eq!(first["field"], "email");
    let status = stand.get(&format!("/api/geniacs/sync/{id}/status")).await.body["data"]["sync"]["errors"][29].clone();
    assert_eq!((&status["field"], &status["record_id"]), (&Value::Null, &json!(30)));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_cause_or_chosen_records_are_tried_again() {
    let stand = Stand::start().await;
    let id = failed(&stand).await;

    for (body, records) in [
        (json!({"field": "phone"}), 9),
        (json!({"error_type": "validation_error", "field": "email"}), 20),
        (json!({"record_ids": [1, "2", "cust_30"]}), 3),
        (json!({"error_type": "", "field": null}), 30),
        (Value::Null, 30),
    ] {
        let answer = stand.post_as(Role::Operator, &format!("/api/geniacs/sync/{id}/retry"), &body).await;
        assert_eq!(answer.status, 200, "{body}: {}", answer.body);
        let sync = &answer.body["data"]["sync"];
        // A push counts by our ids, so that `cust_30` is found beside its own.
        assert_eq!(sync["estimated_records"], records, "{body}");
        let end = format!("UPDATE geniacs_data_sync SET status = 'cancelled' WHERE id = {}", sync["id"]);
        stand.database.execute(&end).await;
    }

    let kept = "SELECT count(*) FROM geniacs_data_sync WHERE data -> 'retry_only' = '{\"field\": \"phone\"}'";
    assert_eq!(stand.count(kept).await, 1);
    assert_eq!(stand.count("SELECT count(*) FROM geniacs_data_sync WHERE data ? 'retry_only'").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cause_that_no_record_failed_for_is_a_conflict_and_a_wrong_one_is_named() {
    let stand = Stand::start().await;
    let id = failed(&stand).await;
    let path = format!("/api/geniacs/sync/{id}/retry");
    for body in [json!({"field": "name"}), json!({"record_ids": [77]}), json!({"field": "phone", "record_ids": [1]})] {
        stand.post(&path, &body).await.assert_error(409, "nothing_to_retry");
    }
    let wrong = json!({"record_ids": [0], "field": 7, "error_type": [], "cause": "x"});
    let refused = stand.post(&path, &wrong).await;
    refused.assert_error(422, "validation_failed");
    assert_eq!(refused.fields(), ["cause", "error_type", "field", "record_ids"]);
    stand.post(&path, &json!({"record_ids": []})).await.assert_error(422, "validation_failed");
}
