//! Sessions: how long they last, where they are used, and how they end; one's own password.

use crate::stand::{Answer, PASSWORD, Stand, send};
use domain::Role;
use reqwest::Method;
use reqwest::header::{COOKIE, SET_COOKIE, USER_AGENT};
use serde_json::{Value, json};
use storage::people::users::User;

const NEW_PASSWORD: &str = "another horse battery staple";

async fn sign_in(stand: &Stand, user: &User, password: &str) -> Answer {
    let body = json!({"email": user.email, "password": password});
    send(stand.request(Method::POST, "/api/auth/login").header(USER_AGENT, "Firefox/140.0").json(&body)).await
}

/// A user, and the token of a session of theirs.
async fn signed_in(stand: &Stand) -> (User, String) {
    let user = stand.user_with_password(Role::Viewer).await;
    let token = sign_in(stand, &user, PASSWORD).await.body["data"]["token"].as_str().unwrap().to_owned();
    (user, token)
}

async fn get(stand: &Stand, path: &str, token: &str) -> Answer {
    send(stand.request(Method::GET, path).bearer_auth(token)).await
}

async fn post(stand: &Stand, path: &str, token: &str, body: &Value) -> Answer {
    send(stand.request(Method::POST, path).bearer_auth(token).json(body)).await
}

/// Makes a session as old as this, last used ten minutes ago, with an hour left.
async fn age(stand: &Stand, token: &str, age: &str) {
    let hash = hex::encode(secrets::hash_token(token));
    stand
        .database
        .execute(&format!(
            "UPDATE api_tokens SET created_at = now() - interval '{age}', last_used_at = now() - interval '10 minutes',
             expires_at = now() + interval '1 hour' WHERE token_hash = decode('{hash}', 'hex')"
        ))
        .await;
}

/// Whole hours until a session ends.
async fn hours_left(stand: &Stand, token: &str) -> i64 {
    let hash = hex::encode(secrets::hash_token(token));
    stand
        .count(&format!(
            "SELECT round(extract(epoch FROM expires_at - now()) / 3600)::bigint AS count FROM api_tokens
         WHERE token_hash = decode('{hash}', 'hex')"
        ))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_told_from_a_token_by_its_kind_whatever_they_are_called() {
    let stand = Stand::start().await;
    let (_, session) = signed_in(&stand).await;
    assert_eq!(get(&stand, "/api/auth/me", &session).await.body["data"]["token_kind"], "session");

    let made = post(&stand, "/api/tokens", &session, &json!({"name": "login"})).await;
    let token = made.body["data"]["token"]["token"].as_str().unwrap_or_else(|| panic!("{}", made.body)).to_owned();
    assert_eq!(get(&stand, "/api/auth/me", &token).await.body["data"]["token_kind"], "token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_in_use_is_prolonged_with_its_cookie_and_not_for_ever() {
    let stand = Stand::start().await;
    let (_, token) = signed_in(&stand).await;
    age(&stand, &token, "2 days").await;
    let by_cookie = || stand.request(Method::GET, "/api/auth/me").header(COOKIE, format!("geniacs_session={token}"));
    let me = send(by_cookie()).await;
    assert_eq!(hours_left(&stand, &token).await, 12);
    assert!(me.body["data"]["expires_at"].is_string());
    let cookie = me.headers[SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains(&token) && cookie.contains("HttpOnly") && cookie.contains("Expires"), "{cookie}");
    assert!(!send(by_cookie()).await.headers.contains_key(SET_COOKIE), "once a minute is enough");

    age(&stand, &token, "29 days 22 hours").await;
    get(&stand, "/api/auth/me", &token).await;
    assert_eq!(hours_left(&stand, &token).await, 2);
    age(&stand, &token, "40 days").await;
    get(&stand, "/api/auth/me", &token).await;
    assert_eq!(hours_left(&stand, &token).await, 1, "it is never cut short");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_programs_token_is_not_prolonged_and_says_so() {
    let stand = Stand::start().await;
    let (_, session) = signed_in(&stand).await;
    let made = post(&stand, "/api/tokens", &session, &json!({"name": "nightly"})).await.body["data"]["token"].clone();
    assert_eq!(made["kind"], "token");
    let token = made["token"].as_str().unwrap();
    age(&stand, token, "1 day").await;
    let me = send(stand.request(Method::GET, "/api/auth/me").bearer_auth(token).header(USER_AGENT, "curl/8")).await;
    assert_eq!((me.status.as_u16(), hours_left(&stand, token).await), (200, 1));
    assert_eq!(get(&stand, "/api/auth/me", stand.admin()).await.body["data"]["expires_at"], Value::Null);

    let listed = get(&stand, "/api/tokens", &session).await.body["data"]["tokens"].clone();
    let seen = |at: usize| (&listed[at]["kind"], &listed[at]["browser"], &listed[at]["address"]);
    assert_eq!(seen(0), (&json!("token"), &json!("curl/8"), &json!("127.0.0.1")));
    assert_eq!(seen(1), (&json!("session"), &json!("Firefox/140.0"), &json!("127.0.0.1")));
    let sessions = get(&stand, "/api/tokens?kind=session", &session).await.body["data"].clone();
    assert_eq!(sessions["pagination"]["total_items"], 1);
    get(&stand, "/api/tokens?kind=x", &session).await.assert_error(400, "bad_parameter");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_needs_the_old_one_and_ends_all_other_sessions() {
    let stand = Stand::start().await;
    let (user, here) = signed_in(&stand).await;
    let elsewhere = stand.token_of(&user, Role::Viewer).await;
    let path = "/api/auth/password";
    let wrong = post(&stand, path, &here, &json!({"current_password": "wrong", "new_password": NEW_PASSWORD})).await;
    assert_eq!(wrong.fields(), ["current_password"]);
    let weak = json!({"current_password": PASSWORD, "new_password": "short"});
    assert_eq!(post(&stand, path, &here, &weak).await.fields(), ["new_password"]);
    let same = json!({"current_password": PASSWORD, "new_password": PASSWORD});
    assert_eq!(post(&stand, path, &here, &same).await.fields(), ["new_password"]);

    let body = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
    let changed = post(&stand, path, &here, &body).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(changed.body["data"]["revoked_tokens"], 1);
    assert_eq!(get(&stand, "/api/auth/me", &here).await.status, 200);
    assert_eq!(get(&stand, "/api/auth/me", &elsewhere).await.status, 401);
    sign_in(&stand, &user, PASSWORD).await.assert_error(401, "invalid_credentials");
    assert_eq!(sign_in(&stand, &user, NEW_PASSWORD).await.status, 200);
    let log = stand.database.ask("SELECT string_agg(a::text, '') FROM audit_log a").await;
    assert!(log.contains("user.password_changed") && !log.contains(NEW_PASSWORD) && !log.contains("argon2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_ones_own_password_are_slowed_down() {
    let stand = Stand::start().await;
    let (_, token) = signed_in(&stand).await;
    let body = json!({"current_password": "wrong", "new_password": NEW_PASSWORD});
    for _ in 0..30 {
        let refused = post(&stand, "/api/auth/password", &token, &body).await;
        if refused.status == 429 {
            return refused.assert_error(429, "too_many_attempts");
        }
    }
    panic!("thirty guesses were let through");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_everywhere_ends_sessions_and_if_wished_tokens() {
    let stand = Stand::start().await;
    let (user, here) = signed_in(&stand).await;
    let there = sign_in(&stand, &user, PASSWORD).await.body["data"]["token"].as_str().unwrap().to_owned();
    let program = stand.token_of(&user, Role::Viewer).await;
    let others = signed_in(&stand).await.1;

    let ended = post(&stand, "/api/auth/logout-everywhere", &here, &json!({})).await;
    assert_eq!((ended.status.as_u16(), &ended.body["data"]["revoked_tokens"]), (200, &json!(2)), "{}", ended.body);
    assert!(ended.headers[SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));

    for (token, status) in [(&here, 401), (&there, 401), (&program, 200), (&others, 200)] {
        assert_eq!(get(&stand, "/api/auth/me", token).await.status, status);
    }

    let all = post(&stand, "/api/auth/logout-everywhere", &program, &json!({"include_tokens": true})).await;
    assert_eq!(all.body["data"]["revoked_tokens"], 1);
    assert_eq!(get(&stand, "/api/auth/me", &program).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_shown_with_its_version() {
    let stand = Stand::start().await;
    let user = stand.user(Role::Operator, "none").await;
    let path = format!("/api/users/{}", user.id);
    let shown = stand.get_as(Role::Admin, &path).await;
    assert_eq!(
        (&shown.body["data"]["user"]["email"], &shown.headers["etag"].to_str().unwrap()),
        (&json!(user.email), &"\"1\"")
    );
    assert!(!shown.body.to_string().contains("password"));
    stand.get_as(Role::Operator, &path).await.assert_error(403, "forbidden");
    stand.get_as(Role::Admin, "/api/users/999999").await.assert_error(404, "not_found");
}
