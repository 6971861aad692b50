//! Every route of the table, with every kind of caller.

use crate::stand::Stand;
use api_gateway::Listed;
use domain::Role;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::json;

/// A request that reaches its handler if it may, and changes nothing there.
fn request(stand: &Stand, route: &Listed) -> RequestBuilder {
    let path = route.path.replace("{entity_type}", "customers").replace("{id}", "999999999");
    assert!(!path.contains('{'), "{path}: say here what its parameter may be");
    let method: Method = route.method.parse().unwrap();
    let request = stand.request(method.clone(), &path);
    if method == Method::GET { request } else { request.json(&json!({})) }
}

/// The status alone: some answers have no end.
async fn status(request: RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_lets_in_exactly_the_callers_that_the_table_grants_it_to() {
    let stand = Stand::start().await;
    let routes = api_gateway::listing();
    assert!(routes.len() > 50, "{}", routes.len());
    for route in &routes {
        let named = format!("{} {}", route.method, route.path);
        let without = status(request(&stand, route)).await;
        assert_eq!(without == 401, route.role.is_some(), "{named} without a token: {without}");
        for ended in ["expires_at = now() - interval '1 second'", "revoked_at = now()"] {
            let token = stand.fresh_token(Role::Admin).await;
            let hash = format!("decode('{}', 'hex')", hex(&secrets::hash_token(&token)));
            stand.database.execute(&format!("UPDATE api_tokens SET {ended} WHERE token_hash = {hash}")).await;
            let refused = status(request(&stand, route).bearer_auth(token)).await;
            assert_eq!(refused == 401, route.role.is_some(), "{named} with a token that ended: {refused}");
        }
        for role in [Role::Viewer, Role::Operator, Role::Admin] {
            // Some routes end the token.
            let token = stand.fresh_token(role).await;
            let got = status(request(&stand, route).bearer_auth(token)).await;
            // A login without an address is a 422.
            assert_ne!(got, 401, "{named} as {role}");
            let granted = route.role.is_none_or(|least| role.allows(least));
            assert_eq!(got != 403, granted, "{named} as {role}: {got}");
            assert!(!got.is_server_error(), "{named} as {role}: {got}");
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
