//! One merge for many conflicts that are alike.

use crate::operations::{ask, ended};
use crate::stand::{Answer, Stand};
use serde_json::{Value, json};

const RESOLVE: &str = "/api/geniacs/conflicts/resolve";

fn field(name: &str, geniacs_name: &str) -> Value {
    json!({"field": name, "geniacs_field": geniacs_name, "base": "A", "local": "B", "geniacs": "C", "winner": null})
}

/// Open conflicts about customers: 20 about name and e-mail in either order, 5 about the name, 3 about three fields.
async fn stand() -> Stand {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    stand
        .database
        .execute(
            "INSERT INTO customers (id, customer_code, name) SELECT n, 'C' || n, 'B' FROM generate_series(1, 28) AS n",
        )
        .await;

    let (name, email, phone) =
        (field("name", "customer_name"), field("email", "email"), field("phone", "phone_number"));
    for (first, last, fields) in [
        (1, 10, json!([name, email])),
        (11, 20, json!([email, name])),
        (21, 25, json!([name])),
        (26, 28, json!([name, email, phone])),
    ] {
        stand
            .database
            .execute(&format!(
                "INSERT INTO conflicts (integration_id, entity_type, local_id, geniacs_id, fields, policy, state)
                 SELECT {id}, 'customers', n, 'c' || n, '{fields}', 'manual', 'open' FROM generate_series({first}, {last}) AS n"
            ))
            .await;
    }
    stand
}

async fn resolve(stand: &Stand, body: &Value) -> Answer {
    ask(stand, RESOLVE, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_that_are_alike_are_counted_and_listed() {
    let stand = stand().await;
    for (fields, expected) in
        [(json!(["email", "name"]), 20), (json!("name"), 5), (json!("name, email,phone"), 3), (json!("x"), 0)]
    {
        let filter = json!({"state": "open", "fields": fields});
        let counted = stand.post("/api/geniacs/conflicts/count", &json!({"filter": filter})).await;
        assert_eq!(counted.body["data"]["count"], expected, "{fields}: {}", counted.body);
        assert_eq!(counted.body["data"]["samples"].as_array().unwrap().len(), expected.min(10), "{fields}");
    }

    let listed = stand.walk("/api/geniacs/conflicts?fields=name,email&limit=7", "conflicts", "id").await;
    assert_eq!(listed.len(), 20);
    for query in ["fields=name,", "fields=,"] {
        let refused = stand.get(&format!("/api/geniacs/conflicts?{query}")).await;
        refused.assert_error(400, "bad_parameter");
        assert_eq!(refused.fields(), ["fields"], "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_merge_decides_field_by_field_all_conflicts_that_are_alike() {
    let stand = stand().await;
    let body = json!({
        "resolution": "merge",
        "fields": {"name": {"value": "Siti Rahayu"}, "email": "local"},
        "filter": {"fields": ["name", "email"]},
        "confirm_count": 20,
    });
    let accepted = resolve(&stand, &body).await;
    let arguments = &accepted.body["data"]["operation"]["arguments"];
    assert_eq!(arguments, &json!({"resolution": "merge", "fields": body["fields"]}));

    let done = ended(&stand, &accepted).await;
    assert_eq!((&done["operation"]["done"], &done["failures"]), (&json!(20), &json!([])), "{done}");
    let decided = "SELECT count(*) FROM conflicts WHERE state = 'decided' AND resolution = 'merge'
        AND decision -> 'fields' = '{\"name\": {\"value\": \"Siti Rahayu\"}, \"email\": \"local\"}'";
    assert_eq!((stand.count(decided).await, stand.count("SELECT count(*) FROM geniacs_data_sync").await), (20, 1));
    let audited = "SELECT after -> 'arguments' ->> 'fields' FROM audit_log WHERE action = 'operation.resolve'";
    assert_eq!(stand.database.ask(audited).await, r#"{"name": "value", "email": "local"}"#, "values may be personal");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_leaves_conflicts_alone_that_are_not_alike_and_values_that_are_refused() {
    let stand = stand().await;
    let body = json!({
        "resolution": "merge",
        "fields": {"name": "geniacs", "email": "local"},
        "filter": {},
        "confirm_count": 28,
    });
    let done = ended(&stand, &resolve(&stand, &body).await).await;
    assert_eq!((&done["operation"]["done"], &done["operation"]["failed"]), (&json!(20), &json!(8)), "{done}");
    let failures = done["failures"].as_array().unwrap();
    assert!(failures.iter().all(|failure| failure["code"] == "conflict_not_alike"), "{done}");
    assert_eq!(stand.count("SELECT count(*) FROM conflicts WHERE state = 'open'").await, 8);

    let not_a_name = json!({
        "resolution": "merge",
        "fields": {"name": {"value": null}},
        "filter": {"fields": "name"},
        "confirm_count": 5,
    });
    let done = ended(&stand, &resolve(&stand, &not_a_name).await).await;
    assert_eq!(done["operation"]["failed"], 5, "{done}");
    let failure = &done["failures"][0];
    assert_eq!(failure["code"], "value_refused", "{failure}");
    assert!(failure["message"].as_str().unwrap().starts_with("fields.name: "), "{failure}");
    assert_eq!(stand.count("SELECT count(*) FROM geniacs_data_sync").await, 1, "no sync for nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_of_a_merge_is_named_before_anything_is_done() {
    let stand = stand().await;

    for (body, expected) in [
        (json!({"resolution": "merge", "fields": {}, "filter": {}, "confirm_count": 28}), vec!["fields"]),
        (json!({"resolution": "merge", "fields": ["name"], "filter": {}, "confirm_count": 28}), vec!["fields"]),
        (
            json!({"resolution": "merge", "fields": {"name": "newest", "email": {"value": 1, "x": 2}}, "filter": {}, "confirm_count": 28}),
            vec!["fields.email", "fields.name"],
        ),
        (
            json!({"resolution": "local", "fields": {"name": "local"}, "filter": {}, "confirm_count": 28}),
            vec!["fields"],
        ),
        (
            json!({"resolution": "merge", "fields": {"name": "local"}, "filter": {"fields": ["name", ""], "state": "resolved"}}),
            vec!["confirm_count", "filter.fields", "filter.state"],
        ),
    ] {
        let refused = resolve(&stand, &body).await;
        refused.assert_error(422, "validation_failed");
        assert_eq!(refused.fields(), expected, "{body}");
    }

    let many =
        json!({"resolution": "merge", "fields": {"name": "local"}, "filter": {"fields": "name"}, "confirm_count": 4});
    resolve(&stand, &many).await.assert_error(409, "count_changed");
    assert_eq!(stand.count("SELECT count(*) FROM operations").await, 0);
}
