//! Tokens that people make for themselves and administrators for others.

use crate::stand::{Answer, PASSWORD, Stand, send};
use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};

const TOKENS: &str = "/api/tokens";

async fn make(stand: &Stand, role: Role, body: Value) -> Answer {
    stand.post_as(role, TOKENS, &body).await
}

async fn me(stand: &Stand, token: &Value) -> Answer {
    send(stand.request(Method::GET, "/api/auth/me").bearer_auth(token.as_str().unwrap())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_shown_once_and_works_until_it_is_revoked() {
    let stand = Stand::start().await;
    let made = make(&stand, Role::Viewer, json!({"name": "nightly", "expires_in_days": 7})).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let token = &made.body["data"]["token"];
    assert_eq!(
        (&token["name"], &token["role"], &token["last_used_at"]),
        (&json!("nightly"), &json!("viewer"), &Value::Null)
    );
    let days = format!(
        "SELECT round(extract(epoch FROM expires_at - now()) / 86400)::bigint AS count FROM api_tokens WHERE id = {}",
        token["id"]
    );
    assert_eq!(stand.count(&days).await, 7);
    assert_eq!(me(&stand, &token["token"]).await.body["data"]["user"]["role"], "viewer");
    let listed = stand.get(TOKENS).await.body["data"].clone();
    assert_eq!(listed["pagination"]["total_items"], 2);
    assert_eq!(listed["tokens"][0]["id"], token["id"]);
    assert!(listed["tokens"][0]["last_used_at"].is_string());
    let secret = token["token"].as_str().unwrap();
    let log = stand.database.ask("SELECT string_agg(a::text, '') FROM audit_log a").await;
    assert!(!listed.to_string().contains(secret) && !log.contains(secret));

    let path = format!("{TOKENS}/{}", token["id"]);
    let revoke = || send(stand.request(Method::DELETE, &path).bearer_auth(stand.token_for(Role::Viewer)));
    assert_eq!(revoke().await.status, 200);
    me(&stand, &token["token"]).await.assert_error(401, "unauthenticated");
    revoke().await.assert_error(404, "not_found");
    assert_eq!(stand.get(TOKENS).await.body["data"]["pagination"]["total_items"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_makes_a_token_above_their_own_role_or_for_somebody_else() {
    let stand = Stand::start().await;
    let above = make(&stand, Role::Operator, json!({"name": "x", "role": "admin"})).await;
    above.assert_error(422, "validation_failed");
    assert_eq!(above.fields(), ["role"]);

    let other = stand.user(Role::Viewer, "-").await.id;
    let foreign = make(&stand, Role::Operator, json!({"name": "x", "user_id": other})).await;
    assert_eq!(foreign.fields(), ["user_id"]);
    let for_other = make(&stand, Role::Admin, json!({"name": "x", "user_id": other})).await;
    assert_eq!(for_other.body["data"]["token"]["role"], "viewer", "{}", for_other.body);

    let beyond = make(&stand, Role::Admin, json!({"name": "x", "user_id": other, "role": "operator"})).await;
    assert_eq!(beyond.fields(), ["role"]);
    let nobody = make(&stand, Role::Admin, json!({"name": "x", "user_id": 999})).await;
    assert_eq!(nobody.fields(), ["user_id"]);

    // A token that may do less than its user makes none that may do more.
    let admin = stand.user(Role::Admin, "-").await;
    let less = stand.token_of(&admin, Role::Viewer).await;
    let more = stand.request(Method::POST, TOKENS).bearer_auth(less).json(&json!({"name": "x", "role": "admin"}));
    assert_eq!(send(more).await.fields(), ["role"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_lies_ahead_and_is_said_once() {
    let stand = Stand::start().await;
    for (body, field) in [
        (json!({"name": "x", "expires_at": "2020-01-01T00:00:00Z"}), "expires_at"),
        (json!({"name": "x", "expires_at": "2999-01-01T00:00:00Z", "expires_in_days": 1}), "expires_in_days"),
        (json!({"name": "x", "expires_in_days": 0}), "expires_in_days"),
        (json!({}), "name"),
    ] {
        assert_eq!(make(&stand, Role::Viewer, body).await.fields(), [field]);
    }

    let made = make(&stand, Role::Viewer, json!({"name": "x", "expires_at": "2999-01-01T00:00:00Z"})).await;
    let at = made.body["data"]["token"]["expires_at"].as_str().unwrap();
    assert!(at.starts_with("2998-12-31T23:59:59") || at.starts_with("2999-01-01T00:00:00"), "{at}");
    assert_eq!(
        make(&stand, Role::Viewer, json!({"name": "for ever"})).await.body["data"]["token"]["expires_at"],
        Value::Null
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_and_end_their_own_tokens_and_administrators_all() {
    let stand = Stand::start().await;
    let id = make(&stand, Role::Operator, json!({"name": "x"})).await.body["data"]["token"]["id"].clone();
    let path = format!("{TOKENS}/{id}");
    let delete = |role| send(stand.request(Method::DELETE, &path).bearer_auth(stand.token_for(role)));
    delete(Role::Viewer).await.assert_error(404, "not_found");
    assert_eq!(stand.get(TOKENS).await.body["data"]["pagination"]["total_items"], 1);
    let all = stand.get_as(Role::Admin, TOKENS).await.body["data"].clone();
    assert_eq!(all["pagination"]["total_items"], 4);
    let of_one = stand.get_as(Role::Admin, &format!("{TOKENS}?user_id={}", all["tokens"][0]["user_id"])).await;
    assert_eq!(of_one.body["data"]["pagination"]["total_items"], 2);
    assert_eq!(delete(Role::Admin).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_makes_no_token_that_outlasts_it() {
    let stand = Stand::start().await;
    let user = stand.user_with_password(Role::Admin).await;
    let credentials = json!({"email": user.email, "password": PASSWORD});
    let session = send(stand.request(Method::POST, "/api/auth/login").json(&credentials)).await.body["data"].clone();
    let by_session = async |body: Value| {
        let request = stand.request(Method::POST, TOKENS).bearer_auth(session["token"].as_str().unwrap());
        send(request.json(&body)).await
    };

    for (field, end) in [("expires_in_days", json!(1)), ("expires_at", json!("2999-01-01T00:00:00Z"))] {
        let longer = by_session(json!({"name": "x", field: end})).await;
        longer.assert_error(422, "validation_failed");
        assert_eq!(longer.fields(), [field]);
    }

    let unsaid = by_session(json!({"name": "x"})).await;
    assert_eq!(unsaid.body["data"]["token"]["expires_at"], session["expires_at"], "{}", unsaid.body);
    let for_other = by_session(json!({"name": "x", "user_id": stand.user(Role::Viewer, "-").await.id})).await;
    assert_eq!(for_other.body["data"]["token"]["expires_at"], session["expires_at"], "{}", for_other.body);
    // Nor does a token that it made.
    let child = unsaid.body["data"]["token"]["token"].as_str().unwrap();
    let grandchild = stand.request(Method::POST, TOKENS).bearer_auth(child).json(&json!({"name": "y"}));
    assert_eq!(send(grandchild).await.body["data"]["token"]["expires_at"], session["expires_at"]);
}
