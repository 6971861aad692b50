//! Behind a proxy.

use crate::stand::{PASSWORD, Stand, integration, send};
use domain::Role;
use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

const TRUSTED: (&str, &str) = ("GENIACS_HTTP__TRUSTED_PROXIES", "127.0.0.0/8,::1");

fn login(stand: &Stand, email: &str, password: &str) -> RequestBuilder {
    stand.request(Method::POST, "/api/auth/login").json(&json!({"email": email, "password": password}))
}

fn forwarded(request: RequestBuilder, address: &str) -> RequestBuilder {
    request
        .header("x-forwarded-for", address)
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-host", "geniacs.example")
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_a_named_proxy_says_where_a_request_comes_from() {
    for (settings, address, secure) in [(vec![], "127.0.0.1", false), (vec![TRUSTED], "203.0.113.9", true)] {
        let stand = Stand::start_with(&settings).await;
        let user = stand.user_with_password(Role::Admin).await;
        let answer = send(forwarded(login(&stand, &user.email, PASSWORD), "198.51.100.7, 203.0.113.9")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(stand.database.ask("SELECT host(address) FROM audit_log").await, address);
        let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
        assert_eq!(cookie.contains("Secure"), secure, "{cookie}");
        assert_eq!(answer.headers.contains_key("strict-transport-security"), secure);

        let pair = cookie.split(';').next().unwrap().to_owned();
        let create = |origin: &str, name: &str| {
            let request = stand.request(Method::POST, "/api/geniacs/integrations").header(COOKIE, &pair);
            forwarded(request, "203.0.113.9").header(ORIGIN, origin.to_owned()).json(&integration(name))
        };
        let by_proxy = send(create("https://geniacs.example", "a")).await;
        assert_eq!(by_proxy.status, if secure { 201 } else { 403 }, "{}", by_proxy.body);
        let plain = send(create("http://geniacs.example", "b")).await;
        plain.assert_error(403, "foreign_origin");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_logins_slow_down_the_address_that_made_them_and_not_the_proxy() {
    let stand = Stand::start_with(&[TRUSTED]).await;
    for number in 0..30 {
        let attempt = login(&stand, &format!("nobody-{number}@example.com"), "wrong");
        send(forwarded(attempt, "2001:db8::1")).await.assert_error(401, "invalid_credentials");
    }
    let attempt = async |address| send(forwarded(login(&stand, "somebody@example.com", "wrong"), address)).await;
    attempt("2001:db8::2").await.assert_error(429, "too_many_attempts");
    attempt("2001:db8:0:1::2").await.assert_error(401, "invalid_credentials");
}
