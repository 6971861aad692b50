//! Who may listen, and for how long.

use super::{LIMIT, Listener, STREAM};
use crate::stand::{PASSWORD, Stand, send};
use domain::Role;
use reqwest::Method;
use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::json;
use test_support::eventually;

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_its_token_is_revoked_or_expires_or_its_user_is_disabled() {
    let stand = Stand::start().await;
    for statement in [
        "UPDATE api_tokens SET revoked_at = now() WHERE user_id = ",
        "UPDATE api_tokens SET expires_at = now() WHERE user_id = ",
        "UPDATE users SET is_active = false WHERE id = ",
    ] {
        let user = stand.user(Role::Viewer, "none").await;
        let token = stand.token_of(&user, Role::Viewer).await;
        let (mut ends, _) = Listener::start(&stand, &token).await;
        let (mut stays, _) = Listener::start(&stand, stand.admin()).await;

        stand.database.execute(&format!("{statement}{}", user.id)).await;
        ends.ends().await;
        stand.integration(&format!("made after {}", user.id)).await;
        stays.until("integration", |_| true).await;
        send(stand.request(Method::GET, STREAM).bearer_auth(&token)).await.assert_error(401, "unauthenticated");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_answered_at_once_by_token_and_by_cookie_and_to_nobody_else() {
    let stand = Stand::start().await;
    send(stand.request(Method::GET, STREAM)).await.assert_error(401, "unauthenticated");
    let user = stand.user_with_password(Role::Viewer).await;
    let login = json!({"email": user.email, "password": PASSWORD});
    let answer = send(stand.request(Method::POST, "/api/auth/login").json(&login)).await;
    let cookie = answer.headers[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let response = stand.request(Method::GET, STREAM).header(COOKIE, cookie).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
    assert!(response.headers()["cache-control"].to_str().unwrap().contains("no-store"));
    Listener::begin(response).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_listener_too_many_is_sent_away_until_another_leaves() {
    let stand = Stand::start_with(&[("GENIACS_LIVE__MAX_LISTENERS", "1")]).await;
    let (first, _) = Listener::start(&stand, stand.admin()).await;
    let refused = send(stand.request(Method::GET, STREAM).bearer_auth(stand.admin())).await;
    refused.assert_error(503, "too_many_listeners");
    assert!(refused.headers.contains_key("retry-after"));
    drop(first);
    eventually("a free place", LIMIT * 2, async || {
        let response = stand.request(Method::GET, STREAM).bearer_auth(stand.admin()).send().await.unwrap();
        (response.status() == 200).then_some(())
    })
    .await;
}
