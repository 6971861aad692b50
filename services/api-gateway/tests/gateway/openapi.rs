//! The description of the API: what is served, and what is committed.

use crate::stand::{Stand, send};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

#[tokio::test(flavor = "multi_thread")]
async fn the_committed_description_is_the_one_that_is_served() {
    let stand = Stand::start().await;
    let served = stand.request(Method::GET, "/api/openapi.json").send().await.unwrap();
    assert_eq!(served.status(), 200, "everyone may read it");
    assert_eq!(served.headers()[CONTENT_TYPE], "application/json");
    let served = served.text().await.unwrap();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(SNAPSHOT, &served).unwrap();
    }
    let committed = std::fs::read_to_string(SNAPSHOT).unwrap_or_default();
    assert!(committed == served, "docs/openapi.json is not up to date: UPDATE=1 cargo test --test gateway openapi");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_is_openapi_3_1_and_names_what_is_there() {
    let stand = Stand::start().await;
    let document = send(stand.request(Method::GET, "/api/openapi.json")).await.body;
    assert_eq!(document["openapi"], "3.1.0");
    let trigger = &document["paths"]["/api/geniacs/sync/trigger"]["post"];
    assert_eq!(trigger["operationId"], "trigger_sync");
    for status in ["200", "400", "401", "403", "409", "413", "415", "422", "429", "503"] {
        assert!(trigger["responses"][status].is_object(), "{status}");
    }
    assert_eq!(document["paths"]["/api/auth/login"]["post"]["security"].as_array().map(Vec::len), Some(0));
}
