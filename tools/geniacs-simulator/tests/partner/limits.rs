//! The partner's own rate limits, and what it sees of ours.

use crate::partner::Partner;
use reqwest::{Method, Response};
use serde_json::json;

async fn health(partner: &Partner) -> Response {
    partner.call(Method::GET, "/health", "", None).await
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn all_windows_hold_and_the_tightest_is_shown() {
    let partner = Partner::start();
    let limits = json!([{"requests": 3, "seconds": 3600}, {"requests": 100, "seconds": 60, "sliding": true}]);
    partner.order("/faults", json!({"rate_limit": limits})).await;

    let remaining = |response: &Response| header(response, "x-ratelimit-remaining").unwrap();
    for left in ["2", "1", "0"] {
        let response = health(&partner).await;
        assert_eq!((response.status().as_u16(), remaining(&response).as_str()), (200, left));
    }

    let refused = health(&partner).await;
    assert_eq!((refused.status().as_u16(), remaining(&refused).as_str()), (429, "0"));

    let wait: i64 = header(&refused, "retry-after").unwrap().parse().unwrap();
    assert!((3_500..=3_600).contains(&wait), "{wait}");
    let reset: i64 = header(&refused, "x-ratelimit-reset").unwrap().parse().unwrap();
    assert!((reset - chrono::Utc::now().timestamp() - wait).abs() <= 2, "{reset}");
}

#[tokio::test]
async fn a_partner_may_keep_its_limits_to_itself() {
    let partner = Partner::start();
    let faults = json!({"rate_limit": {"requests": 1, "seconds": 3600}, "hide_retry_after": true,
        "hide_rate_headers": true});
    partner.order("/faults", faults).await;

    let (first, second) = (health(&partner).await, health(&partner).await);
    assert_eq!((first.status().as_u16(), second.status().as_u16()), (200, 429));

    for name in ["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset"] {
        assert_eq!((header(&first, name), header(&second, name)), (None, None), "{name}");
    }
}

#[tokio::test]
async fn the_statistics_tell_the_most_requests_of_any_window() {
    let partner = Partner::start();
    partner.order("/faults", json!({"rate_limit": {"requests": 3, "seconds": 7}})).await;
    for _ in 0..5 {
        health(&partner).await;
    }

    let stats = partner.look("/stats").await;
    assert_eq!(stats["by_call"]["GET /v1/health"], json!({"200": 3, "429": 2}));

    let lengths: Vec<u64> =
        stats["windows"].as_array().unwrap().iter().map(|window| window["seconds"].as_u64().unwrap()).collect();
    assert_eq!(lengths, [1, 7, 60, 3_600]);
    assert_eq!((&stats["max_per_minute"], &stats["max_per_hour"]), (&json!(5), &json!(5)));

    let watched = &stats["windows"][1];
    assert_eq!(watched["limit"], 3);
    assert!(watched["max_requests"].as_u64().unwrap() > 3, "a client that keeps no limit shows: {watched}");

    partner.order("/reset", json!(null)).await;
    assert_eq!(partner.look("/stats").await["max_per_hour"], 0);
}
