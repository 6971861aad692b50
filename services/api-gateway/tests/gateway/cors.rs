//! Pages of other origins.

use crate::stand::{PASSWORD, Stand, integration, send};
use domain::Role;
use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Method, Response};
use serde_json::json;

const INTEGRATIONS: &str = "/api/geniacs/integrations";
const LISTED: &str = "https://dash.example";
const SETTING: (&str, &str) = ("GENIACS_HTTP__CORS_ORIGINS", "https://dash.example,http://other.example:8080");

async fn preflight(stand: &Stand, origin: &str) -> Response {
    let request = stand.request(Method::OPTIONS, INTEGRATIONS).header(ORIGIN, origin);
    let request = request.header("access-control-request-method", "PATCH");
    request.header("access-control-request-headers", "authorization,if-match").send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_origin_may_ask_and_read_and_no_other_may() {
    let stand = Stand::start_with(&[SETTING]).await;
    let answer = preflight(&stand, LISTED).await;
    assert_eq!(answer.status(), 204);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_ascii_lowercase();
    assert_eq!(header("access-control-allow-origin"), LISTED);
    assert_eq!(header("access-control-allow-credentials"), "true");
    assert!(header("access-control-allow-methods").contains("patch"));
    for name in ["authorization", "content-type", "if-match", "idempotency-key", "last-event-id"] {
        assert!(header("access-control-allow-headers").contains(name), "{name}");
    }
    assert!(header("vary").contains("origin"));

    let read = async |origin: &str| send(stand.request(Method::GET, INTEGRATIONS).header(ORIGIN, origin)).await;
    for origin in [LISTED, "http://other.example:8080"] {
        let failure = read(origin).await;
        failure.assert_error(401, "unauthenticated");
        assert_eq!(failure.headers["access-control-allow-origin"], origin, "failures are read too");
        assert_eq!(failure.headers["vary"], "Origin");
    }
    for origin in [
        "https://dash.example.evil",
        "http://dash.example",
        "https://dash.example:8443",
        "null",
        "https://DASH.example",
    ] {
        assert_eq!(preflight(&stand, origin).await.status(), 405, "{origin}");
        let answer = read(origin).await;
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{origin}");
        assert!(!answer.headers.contains_key("access-control-allow-credentials"), "{origin}");
        assert_eq!(answer.headers["vary"], "Origin", "{origin}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_list_no_origin_may() {
    let stand = Stand::start().await;
    let answer = preflight(&stand, LISTED).await;
    assert_eq!(answer.status(), 405);
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_listed_origin_may_change_things_with_the_cookie() {
    let stand = Stand::start_with(&[SETTING]).await;
    let user = stand.user_with_password(Role::Admin).await;
    let login = json!({"email": user.email, "password": PASSWORD});
    let answer = send(stand.request(Method::POST, "/api/auth/login").json(&login)).await;
    let cookie = answer.headers[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let create = |origin: &str| {
        let request = stand.request(Method::POST, INTEGRATIONS).header(COOKIE, cookie.clone());
        request.header(ORIGIN, origin.to_owned()).json(&integration("Primary"))
    };
    send(create("https://evil.example")).await.assert_error(403, "foreign_origin");
    assert_eq!(send(create(LISTED)).await.status, 201);
}
