//! People who may sign in, and what administrators do with them.

use crate::stand::{Answer, PASSWORD, Stand, send};
use domain::Role;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

const USERS: &str = "/api/users";

fn siti() -> Value {
    json!({"email": "Siti@example.com", "name": "Siti", "role": "operator", "password": PASSWORD})
}

async fn made(stand: &Stand) -> i64 {
    let answer = stand.post(USERS, &siti()).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body["data"]["user"]["id"].as_i64().unwrap()
}

async fn login(stand: &Stand, email: &str, password: &str) -> Answer {
    send(stand.request(Method::POST, "/api/auth/login").json(&json!({"email": email, "password": password}))).await
}

async fn token(stand: &Stand, password: &str) -> String {
    let answer = login(stand, "siti@example.com", password).await;
    answer.body["data"]["token"].as_str().unwrap_or_else(|| panic!("{}", answer.body)).to_owned()
}

async fn me(stand: &Stand, token: &str) -> u16 {
    send(stand.request(Method::GET, "/api/auth/me").bearer_auth(token)).await.status.as_u16()
}

async fn edit(stand: &Stand, id: i64, body: Value) -> Answer {
    stand.change(Method::PATCH, &format!("{USERS}/{id}"), &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_is_listed_signs_in_and_shows_no_password_anywhere() {
    let stand = Stand::start().await;

    let answer = stand.post(USERS, &siti()).await;
    assert_eq!((answer.status.as_u16(), &answer.headers["etag"]), (201, &"\"1\"".parse().unwrap()), "{}", answer.body);
    let user = &answer.body["data"]["user"];
    assert_eq!(
        (&user["email"], &user["role"], &user["is_active"]),
        (&json!("Siti@example.com"), &json!("operator"), &json!(true))
    );

    let list = stand.get_as(Role::Admin, &format!("{USERS}?limit=1")).await.body["data"].clone();
    assert_eq!(list["users"], json!([user]));
    assert_eq!(list["pagination"], json!({"current_page": 1, "total_pages": 4, "total_items": 4, "per_page": 1}));
    let operators = stand.get_as(Role::Admin, &format!("{USERS}?role=operator&is_active=true")).await;
    assert_eq!(operators.body["data"]["pagination"]["total_items"], 2);

    assert_eq!(login(&stand, "siti@example.com", PASSWORD).await.status, 200);
    let log = stand.database.ask("SELECT string_agg(a::text, '') FROM audit_log a").await;
    for text in [answer.body.to_string(), list.to_string(), log] {
        assert!(!text.contains(PASSWORD) && !text.contains("argon2"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_of_a_new_user_is_named_and_an_address_is_taken_once() {
    let stand = Stand::start().await;
    let wrong = json!({"email": "nobody", "name": "", "role": "king", "password": "elevenchars", "is_root": true});
    let answer = stand.post(USERS, &wrong).await;
    answer.assert_error(422, "validation_failed");
    assert_eq!(answer.fields(), ["email", "is_root", "name", "password", "role"]);
    assert!(!answer.body.to_string().contains("elevenchars"));
    made(&stand).await;
    let mut again = siti();
    again["email"] = json!("siti@EXAMPLE.com");
    stand.post(USERS, &again).await.assert_error(409, "duplicate_email");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_changes_what_it_names_and_only_of_the_version_it_was_made_for() {
    let stand = Stand::start().await;
    let id = made(&stand).await;
    let renamed = edit(&stand, id, json!({"name": "Siti R."})).await;
    let user = &renamed.body["data"]["user"];
    assert_eq!((&user["name"], &user["role"], &user["version"]), (&json!("Siti R."), &json!("operator"), &json!(2)));
    let stale = stand.request(Method::PATCH, &format!("{USERS}/{id}")).bearer_auth(stand.admin());
    send(stale.header("if-match", "\"1\"").json(&json!({"role": "viewer"}))).await.assert_error(409, "stale_version");
    edit(&stand, id, json!({"email": "other@example.com"})).await.assert_error(422, "validation_failed");
    edit(&stand, 999, json!({})).await.assert_error(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_password_and_being_disabled_end_every_session_at_once() {
    let stand = Stand::start().await;
    let id = made(&stand).await;

    let old = token(&stand, PASSWORD).await;
    assert_eq!(edit(&stand, id, json!({"name": "S."})).await.status, 200);
    assert_eq!(me(&stand, &old).await, 200);

    assert_eq!(edit(&stand, id, json!({"password": "a whole new password"})).await.status, 200);
    assert_eq!(me(&stand, &old).await, 401);
    login(&stand, "siti@example.com", PASSWORD).await.assert_error(401, "invalid_credentials");

    let new = token(&stand, "a whole new password").await;
    assert_eq!(edit(&stand, id, json!({"is_active": false})).await.status, 200);
    assert_eq!(me(&stand, &new).await, 401);

    assert_eq!(edit(&stand, id, json!({"is_active": true})).await.status, 200);
    assert_eq!(me(&stand, &new).await, 401, "it does not come back to life");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_who_may_sign_in_stays_one() {
    let stand = Stand::start().await;
    let last = stand.count("SELECT id AS count FROM users WHERE role = 'admin'").await;

    stand
        .database
        .execute(
            "INSERT INTO users (email, name, role, password_hash, is_active)
        VALUES ('gone@example.com', 'Gone', 'admin', '-', false)",
        )
        .await;

    for body in [json!({"role": "operator"}), json!({"is_active": false})] {
        edit(&stand, last, body).await.assert_error(409, "last_admin");
    }

    let delete = stand.change(Method::DELETE, &format!("{USERS}/{last}"), &json!({})).await;
    delete.assert_error(409, "last_admin");
    assert_eq!(edit(&stand, last, json!({"name": "Still here"})).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_who_demote_each_other_at_the_same_moment_leave_one() {
    let stand = Stand::start().await;
    for _ in 0..5 {
        stand.database.execute("UPDATE users SET role = 'viewer' WHERE role = 'admin'").await;
        let admins = [stand.user(Role::Admin, "-").await, stand.user(Role::Admin, "-").await];
        let mut tokens = Vec::new();
        for admin in &admins {
            tokens.push(stand.token_of(admin, Role::Admin).await);
        }

        let demote = |token: &str, id: i64| {
            let request = stand.request(Method::PATCH, &format!("{USERS}/{id}")).bearer_auth(token);
            send(request.json(&json!({"role": "viewer"})))
        };

        let answers = join_all([demote(&tokens[0], admins[1].id), demote(&tokens[1], admins[0].id)]).await;
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        assert!(statuses.contains(&200), "{statuses:?}");
        assert_eq!(
            stand.count("SELECT count(*) FROM users WHERE role = 'admin' AND is_active").await,
            1,
            "{statuses:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_user_is_gone_with_all_tokens_and_stays_in_the_history() {
    let stand = Stand::start().await;
    let id = made(&stand).await;
    let integration = stand.integration("Primary").await;

    let decided = format!(
        "INSERT INTO conflicts (integration_id, entity_type, local_id, fields, policy, state, resolution, resolved_at, resolved_by)
         VALUES ({integration}, 'customers', 1, '[]', 'manual', 'resolved', 'local', now(), {id})"
    );
    stand.database.execute(&decided).await;

    let token = token(&stand, PASSWORD).await;
    let answer = stand.change(Method::DELETE, &format!("{USERS}/{id}"), &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(me(&stand, &token).await, 401);

    assert_eq!(stand.count(&format!("SELECT count(*) FROM conflicts WHERE resolved_by = {id}")).await, 1);
    let entries = format!(
        "SELECT string_agg(action || ' ' || actor, ', ' ORDER BY id) FROM audit_log WHERE user_id = {id} OR
        (subject_type = 'user' AND subject_id = {id})"
    );
    let entries = stand.database.ask(&entries).await;
    assert!(entries.contains("token.created Siti@example.com") && entries.ends_with("@example.com"), "{entries}");
    assert!(entries.contains("user.deleted"), "{entries}");

    stand.change(Method::DELETE, &format!("{USERS}/{id}"), &json!({})).await.assert_error(404, "not_found");
    made(&stand).await;
}
