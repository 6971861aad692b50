//! Every route of the table, with every kind of caller.

use crate::stand::Stand;
use api_gateway::ListedRoute;
use domain::Role;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::json;

/// A request that reaches its handler if it may, and changes nothing there.
fn request(stand: &Stand, route: &ListedRoute) -> RequestBuilder {
    let path =
        route.path.replace("{entity_type}", "customers").replace("{id}", "999999999").replace("{asset}", "start.js");
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
    let (expired, revoked) = (stand.fresh_token(Role::Admin).await, stand.fresh_token(Role::Admin).await);

    for (token, ending) in [(&expired, "expires_at = now() - interval '1 second'"), (&revoked, "revoked_at = now()")] {
        let hash = hex::encode(secrets::hash_token(token));
        let end = format!("UPDATE api_tokens SET {ending} WHERE token_hash = decode('{hash}', 'hex')");
        stand.database.execute(&end).await;
    }

    let routes = api_gateway::listed_routes();
    assert!(routes.len() > 50, "{}", routes.len());
    for route in &routes {
        let named = format!("{} {}", route.method, route.path);
        for token in [None, Some(&expired), Some(&revoked)] {
            let request = request(&stand, route);
            let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
            let got = status(request).await;
            assert_eq!(got == 401, route.role.is_some(), "{named} without a token that is valid: {got}");
        }

        for role in [Role::Viewer, Role::Operator, Role::Admin] {
            let got = status(request(&stand, route).bearer_auth(token(&stand, route, role).await)).await;
            let granted = route.role.is_none_or(|least| role.allows(least));
            assert_eq!(got != 403, granted, "{named} as {role}: {got}");
            assert!(got != 401 && !got.is_server_error(), "{named} as {role}: {got}");
        }
    }
}

/// One of its own for the route that ends it.
async fn token(stand: &Stand, route: &ListedRoute, role: Role) -> String {
    if route.path.contains("/logout") { stand.fresh_token(role).await } else { stand.token_for(role).to_owned() }
}
