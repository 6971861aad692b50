//! How many requests are answered.

use crate::stand::{PASSWORD, Stand, send};
use domain::Role;
use reqwest::Method;
use serde_json::json;

const ME: &str = "/api/auth/me";

#[tokio::test(flavor = "multi_thread")]
async fn a_token_over_its_rate_gets_a_429_that_says_when_and_the_others_go_on() {
    let stand =
        Stand::start_with(&[("GENIACS_RATES__TOKEN_PER_SECOND", "1"), ("GENIACS_RATES__TOKEN_BURST", "5")]).await;
    // The first request is counted for the address: the token is not known to be valid yet.
    let mut answers = Vec::new();
    for _ in 0..20 {
        answers.push(stand.get(ME).await);
    }

    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!(refused.len() >= 10 && answers[..6].iter().all(|answer| answer.status == 200), "{}", refused.len());
    for answer in refused {
        answer.assert_error(429, "rate_limited");
        assert_eq!(answer.headers["retry-after"], "1");
    }

    assert_eq!(stand.get_as(Role::Admin, ME).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_without_a_valid_token_is_counted_by_address_and_keeps_nobody_else_out() {
    let settings = [
        ("GENIACS_RATES__ADDRESS_PER_SECOND", "1"),
        ("GENIACS_RATES__ADDRESS_BURST", "10"),
        ("GENIACS_HTTP__TRUSTED_PROXIES", "127.0.0.1"),
    ];
    let stand = Stand::start_with(&settings).await;

    let user = stand.user_with_password(Role::Viewer).await;
    let from = |method, path, address: &str| stand.request(method, path).header("x-forwarded-for", address);
    let known = send(from(Method::GET, ME, "192.0.2.9").bearer_auth(stand.admin())).await;
    assert_eq!(known.status, 200);

    let mut refused = 0;
    for number in 0..30 {
        let request = from(Method::GET, ME, "192.0.2.9").bearer_auth(format!("gnx_made_up_{number}"));
        refused += u32::from(send(request).await.status == 429);
    }
    assert!(refused >= 10, "a new token for each request does not help: {refused}");

    let login = json!({"email": user.email, "password": PASSWORD});
    let login = async |address| send(from(Method::POST, "/api/auth/login", address).json(&login)).await;
    login("192.0.2.9").await.assert_error(429, "rate_limited");
    assert_eq!(login("192.0.2.10").await.status, 200, "another address");

    let same = send(from(Method::GET, ME, "192.0.2.9").bearer_auth(stand.admin())).await;
    assert_eq!(same.status, 200, "a valid token behind the same address");
}

#[tokio::test(flavor = "multi_thread")]
async fn zero_counts_nobody_and_what_a_probe_asks_is_never_counted() {
    let off = [("GENIACS_RATES__TOKEN_PER_SECOND", "0"), ("GENIACS_RATES__ADDRESS_PER_SECOND", "0")];
    let stand = Stand::start_with(&off).await;
    for _ in 0..50 {
        assert_eq!(stand.get(ME).await.status, 200);
    }
    let strict = [("GENIACS_RATES__ADDRESS_PER_SECOND", "1"), ("GENIACS_RATES__ADDRESS_BURST", "1")];
    let stand = Stand::start_with(&strict).await;
    for _ in 0..20 {
        assert_eq!(stand.request(Method::GET, "/livez").send().await.unwrap().status(), 200);
    }
}
