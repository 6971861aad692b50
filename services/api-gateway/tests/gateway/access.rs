//! Who gets in.

use crate::stand::{Answer, PASSWORD, Stand, integration, send};
use domain::Role;
use reqwest::Method;
use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use serde_json::json;
use std::time::Duration;
use test_support::eventually;

async fn login(stand: &Stand, email: &str, password: &str) -> Answer {
    send(stand.request(Method::POST, "/api/auth/login").json(&json!({"email": email, "password": password}))).await
}

async fn me(stand: &Stand, token: &str) -> Answer {
    send(stand.request(Method::GET, "/api/auth/me").bearer_auth(token)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_gives_a_token_that_works_until_the_logout() {
    let stand = Stand::start().await;
    let user = stand.user_with_password(Role::Operator).await;
    let answer = login(&stand, &user.email.to_uppercase(), PASSWORD).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let data = &answer.body["data"];
    assert_eq!(data["user"], json!({"id": user.id, "email": user.email, "name": "Somebody", "role": "operator"}));
    assert!(data["expires_at"].as_str().unwrap().ends_with('Z'));
    let token = data["token"].as_str().unwrap();
    assert_eq!(me(&stand, token).await.body["data"]["user"]["role"], "operator");

    let out = send(stand.request(Method::POST, "/api/auth/logout").bearer_auth(token)).await;
    assert_eq!(out.status, 200, "{}", out.body);
    me(&stand, token).await.assert_error(401, "unauthenticated");
    assert_eq!(
        stand.count("SELECT count(*) FROM audit_log WHERE action IN ('token.created', 'token.revoked')").await,
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_of_a_login_reads_anything_but_changes_only_from_our_own_pages() {
    let stand = Stand::start().await;
    let user = stand.user_with_password(Role::Admin).await;
    let answer = login(&stand, &user.email, PASSWORD).await;
    let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    let me = send(stand.request(Method::GET, "/api/auth/me").header(COOKIE, pair)).await;
    assert_eq!(me.status, 200, "{}", me.body);

    let create =
        || stand.request(Method::POST, "/api/geniacs/integrations").header(COOKIE, pair).json(&integration("x"));
    send(create()).await.assert_error(403, "foreign_origin");
    send(create().header(ORIGIN, "https://evil.example")).await.assert_error(403, "foreign_origin");
    send(create().header(ORIGIN, "null")).await.assert_error(403, "foreign_origin");
    assert_eq!(send(create().header(ORIGIN, stand.origin())).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_an_unknown_and_a_disabled_user_get_the_same_answer() {
    let stand = Stand::start().await;
    let user = stand.user_with_password(Role::Admin).await;
    let disabled = stand.user_with_password(Role::Admin).await;
    stand.database.execute(&format!("UPDATE users SET is_active = false WHERE id = {}", disabled.id)).await;

    let answers = [
        login(&stand, &user.email, "wrong").await,
        login(&stand, "nobody@example.com", PASSWORD).await,
        login(&stand, &disabled.email, PASSWORD).await,
    ];

    for answer in answers {
        answer.assert_error(401, "invalid_credentials");
    }
}

/// The test is a proxy that names the address.
const BEHIND_PROXY: [(&str, &str); 1] = [("GENIACS_HTTP__TRUSTED_PROXIES", "127.0.0.0/8")];

async fn login_from(stand: &Stand, address: &str, email: &str, password: &str) -> Answer {
    let credentials = json!({"email": email, "password": password});
    let request = stand.request(Method::POST, "/api/auth/login").header("X-Forwarded-For", address);
    send(request.json(&credentials)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_logins_slow_down_that_account_only() {
    let stand = Stand::start().await;
    let (victim, other) = (stand.user_with_password(Role::Viewer).await, stand.user_with_password(Role::Viewer).await);
    for _ in 0..5 {
        login(&stand, &victim.email, "wrong").await.assert_error(401, "invalid_credentials");
    }
    let slowed = login(&stand, &victim.email, PASSWORD).await;
    slowed.assert_error(429, "too_many_attempts");
    assert!(slowed.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
    assert_eq!(login(&stand, &other.email, PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_does_not_lock_a_person_out() {
    let stand = Stand::start_with(&BEHIND_PROXY).await;
    let owner = stand.user_with_password(Role::Admin).await;
    for _ in 0..8 {
        login_from(&stand, "198.51.100.7", &owner.email, "wrong").await;
    }
    let stranger = login_from(&stand, "198.51.100.7", &owner.email, "wrong").await;
    stranger.assert_error(429, "too_many_attempts");
    assert_eq!(login_from(&stand, "203.0.113.9", &owner.email, PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_spelling_of_an_address_is_one_account_for_the_login_and_for_its_failures() {
    let stand = Stand::start().await;
    let user = stand.user_with_password(Role::Viewer).await;
    let spellings = [user.email.to_uppercase(), format!(" {} ", user.email), user.email.replace('@', "\u{ff20}")];
    for spelling in &spellings {
        assert_eq!(login(&stand, spelling, PASSWORD).await.status, 200, "{spelling}");
    }

    for spelling in spellings.iter().cycle().take(5) {
        login(&stand, spelling, "wrong").await.assert_error(401, "invalid_credentials");
    }
    login(&stand, &user.email, PASSWORD).await.assert_error(429, "too_many_attempts");
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_logins_of_an_address_and_a_minute_are_one_counted_entry_of_the_chain() {
    let stand = Stand::start_with(&BEHIND_PROXY).await;
    let user = stand.user_with_password(Role::Viewer).await;
    for (address, times) in [("198.51.100.7", 3), ("2001:db8::1", 1), ("2001:db8::2", 1)] {
        for _ in 0..times {
            login_from(&stand, address, &user.email, "wrong").await.assert_error(401, "invalid_credentials");
        }
    }
    let entries =
        "SELECT coalesce(string_agg(concat(host(address), ' ', after ->> 'attempts'), ', ' ORDER BY address), '')
        FROM audit_log WHERE action = 'login.failed'";
    assert_eq!(stand.database.ask(entries).await, "", "their minute is not over");

    let later = "UPDATE failed_logins SET began_at = began_at - interval '61 seconds'";
    stand.database.execute(later).await;
    let written = async || (stand.database.ask(entries).await == "198.51.100.7 3, 2001:db8:: 2").then_some(());
    eventually("they are written down", Duration::from_secs(20), written).await;
    assert_eq!(stand.count("SELECT count(*) FROM failed_logins").await, 0);
    assert_eq!(stand.count("SELECT count(*) FROM audit_log WHERE action = 'login.failed' AND mac IS NULL").await, 0);
    assert!(!stand.database.ask("SELECT string_agg(a::text, '') FROM audit_log a").await.contains("wrong"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_valid_token_there_is_a_401() {
    let stand = Stand::start().await;
    let bare = send(stand.request(Method::GET, "/api/geniacs/integrations")).await;
    bare.assert_error(401, "unauthenticated");
    assert_eq!(bare.headers["www-authenticate"], "Bearer");
    let long = "x".repeat(5_000);
    for token in ["", "gnx_unknown", long.as_str()] {
        me(&stand, token).await.assert_error(401, "unauthenticated");
    }
    let basic = send(stand.request(Method::GET, "/api/auth/me").basic_auth("a", Some("b"))).await;
    basic.assert_error(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_or_expired_token_a_demoted_and_a_disabled_user_are_refused_at_once() {
    let stand = Stand::start().await;
    let user = stand.user(Role::Admin, "none").await;
    let token = stand.token_of(&user, Role::Admin).await;

    let create =
        async || send(stand.request(Method::POST, "/api/geniacs/mappings").bearer_auth(&token).json(&json!({}))).await;

    create().await.assert_error(422, "validation_failed");
    stand.database.execute(&format!("UPDATE users SET role = 'operator' WHERE id = {}", user.id)).await;
    create().await.assert_error(403, "forbidden");
    assert_eq!(me(&stand, &token).await.body["data"]["user"]["role"], "operator");

    stand.database.execute(&format!("UPDATE users SET is_active = false WHERE id = {}", user.id)).await;
    create().await.assert_error(401, "unauthenticated");
    stand.database.execute(&format!("UPDATE users SET is_active = true WHERE id = {}", user.id)).await;
    assert_eq!(me(&stand, &token).await.status, 200);

    let expire = "UPDATE api_tokens SET expires_at = now() - interval '1 second' WHERE user_id = ";
    stand.database.execute(&format!("{expire}{}", user.id)).await;
    me(&stand, &token).await.assert_error(401, "unauthenticated");

    let revoke = "UPDATE api_tokens SET expires_at = NULL, revoked_at = now() WHERE user_id = ";
    stand.database.execute(&format!("{revoke}{}", user.id)).await;
    me(&stand, &token).await.assert_error(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_may_do_less_than_its_user() {
    let stand = Stand::start().await;
    let user = stand.user(Role::Admin, "none").await;
    let token = stand.token_of(&user, Role::Viewer).await;
    let create = stand.request(Method::POST, "/api/geniacs/integrations").bearer_auth(&token).json(&json!({}));
    send(create).await.assert_error(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_may_do_what_the_contract_says() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;

    let test = format!("/api/geniacs/integrations/{id}/test-connection");
    for (path, least) in [
        ("/api/geniacs/integrations", Role::Admin),
        ("/api/geniacs/mappings", Role::Admin),
        ("/api/geniacs/schedules", Role::Admin),
        ("/api/geniacs/sync/trigger", Role::Operator),
        (test.as_str(), Role::Operator),
    ] {
        for role in [Role::Viewer, Role::Operator, Role::Admin] {
            let refused = stand.post_as(role, path, &json!({})).await.status == 403;
            assert_eq!(refused, !role.allows(least), "{role} {path}");
        }
    }
}
