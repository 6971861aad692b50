//! Reading the audit log.

use crate::stand::{Stand, send};
use domain::Role;
use reqwest::Method;
use serde_json::json;

const LOG: &str = "/api/audit-log";

async fn actions(stand: &Stand, query: &str) -> Vec<String> {
    let (mut seen, mut next) = (Vec::new(), format!("{LOG}?limit=2&{query}"));
    loop {
        let answer = stand.get_as(Role::Admin, &next).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let entries = answer.body["data"]["audit_log"].as_array().unwrap().clone();
        seen.extend(entries.iter().map(|entry| entry["action"].as_str().unwrap().to_owned()));
        let Some(cursor) = answer.body["data"]["next_cursor"].as_str() else { return seen };
        next = format!("{LOG}?limit=2&{query}&after={cursor}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_read_newest_first_and_narrowed() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let path = format!("/api/geniacs/integrations/{id}");
    stand.change(Method::PATCH, &path, &json!({"description": "edited"})).await;
    let new = json!({"email": "siti@example.com", "name": "Siti", "role": "viewer", "password": "long enough now"});
    stand.post("/api/users", &new).await;
    stand.post_as(Role::Viewer, "/api/tokens", &json!({"name": "x"})).await;

    assert_eq!(
        actions(&stand, "").await,
        ["token.created", "user.created", "integration.updated", "integration.created"]
    );
    assert_eq!(actions(&stand, "subject_type=integration").await, ["integration.updated", "integration.created"]);
    assert_eq!(actions(&stand, &format!("subject_type=integration&subject_id={id}")).await.len(), 2);
    assert_eq!(actions(&stand, "action=user.created").await, ["user.created"]);

    let viewer = stand.count("SELECT user_id AS count FROM audit_log WHERE action = 'token.created'").await;
    assert_eq!(actions(&stand, &format!("user_id={viewer}")).await, ["token.created"]);
    assert_eq!(actions(&stand, "from=2999-01-01").await.len(), 0);
    let actor = stand.database.ask("SELECT actor FROM audit_log WHERE action = 'token.created'").await;
    assert_eq!(actions(&stand, &format!("actor={actor}")).await, ["token.created"]);
    let request = stand.database.ask("SELECT request_id FROM audit_log WHERE action = 'user.created'").await;
    assert_eq!(actions(&stand, &format!("request_id={request}")).await, ["user.created"]);
    assert!(actions(&stand, "request_id=another").await.is_empty());
    assert_eq!(actions(&stand, "from=2020-01-01&to=2999-01-01").await.len(), 4);

    stand.get_as(Role::Admin, &format!("{LOG}?after=x&user_id=y")).await.assert_error(400, "bad_parameter");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_tells_who_when_from_where_what_and_both_states() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let edit = stand.request(Method::PATCH, &format!("/api/geniacs/integrations/{id}")).bearer_auth(stand.admin());
    send(edit.header("x-request-id", "r-7").json(&json!({"description": "edited"}))).await;

    let entry = stand.get_as(Role::Admin, &format!("{LOG}?limit=1")).await.body["data"]["audit_log"][0].clone();
    assert_eq!((&entry["action"], &entry["subject_id"]), (&json!("integration.updated"), &json!(id)));
    assert_eq!(
        (&entry["address"], &entry["request_id"], &entry["number"]),
        (&json!("127.0.0.1"), &json!("r-7"), &json!(2))
    );
    assert!(
        entry["actor"].as_str().unwrap().starts_with("admin-") && entry["created_at"].as_str().unwrap().ends_with('Z')
    );

    let told = "Secondary integration for backup purposes";
    assert_eq!((&entry["before"]["description"], &entry["after"]["description"]), (&json!(told), &json!("edited")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_names_what_was_changed_first() {
    let stand = Stand::start().await;
    let verify =
        async || stand.get_as(Role::Admin, &format!("{LOG}/verification")).await.body["data"]["verification"].clone();
    stand.integration("Primary").await;
    stand.integration("Secondary").await;
    let intact = verify().await;
    assert_eq!((&intact["intact"], &intact["checked"], &intact["problem"]), (&json!(true), &json!(2), &json!(null)));
    let noted = intact["newest"].as_str().unwrap();
    assert_eq!(stand.get_as(Role::Admin, &format!("{LOG}/verification?noted={noted}")).await.status, 200);

    stand.database.execute("UPDATE audit_log SET actor = 'somebody' WHERE seq = 2").await;
    let changed = verify().await;
    assert_eq!((&changed["intact"], &changed["checked"]), (&json!(false), &json!(1)));
    assert_eq!((&changed["problem"]["kind"], &changed["problem"]["number"]), (&json!("changed"), &json!(2)));
    stand.get_as(Role::Admin, &format!("{LOG}/verification?noted=x")).await.assert_error(400, "bad_parameter");
    stand.get_as(Role::Operator, &format!("{LOG}/verification")).await.assert_error(403, "forbidden");
}
