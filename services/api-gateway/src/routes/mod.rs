//! The endpoints: one table that says what exists, who may use it and which handler answers.
//!
//! The guard grants access from this table and the server is built from it, so that no handler can be reached which the
//! table does not name.

mod audit_log;
mod auth;
mod conflicts;
mod consistency_checks;
mod dead_letters;
mod events;
mod integrations;
mod logs;
mod mappings;
mod records;
mod reports;
mod schedules;
mod settings;
mod statistics;
mod sync;
mod system;
mod tokens;
mod users;
mod webhook_events;

pub(crate) use sync::{ProgressView, SummaryView};

use crate::access::{cors, guard};
use crate::error::ApiError;
use crate::request_id;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Route};
use domain::Role;
use std::collections::BTreeMap;

/// Who may use an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everyone.
    Open,
    /// Callers whose role is at least this one.
    Role(Role),
}

/// A line of the table.
struct Endpoint {
    method: Method,
    path: &'static str,
    access: Access,
    handler: fn(Route) -> Route,
}

/// What the table has for a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The endpoint.
    Access(Access),
    /// The path, with these methods only.
    OtherMethods(String),
    /// Not even the path.
    Nothing,
}

const PREFIX: &str = "/api";
const VIEWER: Access = Access::Role(Role::Viewer);
const OPERATOR: Access = Access::Role(Role::Operator);
const ADMIN: Access = Access::Role(Role::Admin);

#[rustfmt::skip]
const TABLE: &[Endpoint] = &[
    post("/api/auth/login", Access::Open, |r| r.to(auth::login)),
    post("/api/auth/logout", VIEWER, |r| r.to(auth::logout)),
    get("/api/auth/me", VIEWER, |r| r.to(auth::me)),
    get("/api/geniacs/integrations", VIEWER, |r| r.to(integrations::list)),
    post("/api/geniacs/integrations", ADMIN, |r| r.to(integrations::create)),
    get("/api/geniacs/integrations/{id}", VIEWER, |r| r.to(integrations::get)),
    patch("/api/geniacs/integrations/{id}", ADMIN, |r| r.to(integrations::edit)),
    delete("/api/geniacs/integrations/{id}", ADMIN, |r| r.to(integrations::delete)),
    get("/api/geniacs/integrations/{id}/health", VIEWER, |r| r.to(integrations::health)),
    post("/api/geniacs/integrations/{id}/rotate-credentials", ADMIN, |r| r.to(integrations::rotate_credentials)),
    post("/api/geniacs/integrations/{id}/rotate-webhook-secret", ADMIN, |r| r.to(integrations::rotate_webhook_secret)),
    post("/api/geniacs/integrations/{id}/test-connection", OPERATOR, |r| r.to(integrations::test_connection)),
    get("/api/geniacs/syncs", VIEWER, |r| r.to(sync::list)),
    post("/api/geniacs/sync/trigger", OPERATOR, |r| r.to(sync::trigger)),
    get("/api/geniacs/sync/{id}/status", VIEWER, |r| r.to(sync::status)),
    get("/api/geniacs/sync/{id}/errors", VIEWER, |r| r.to(sync::errors)),
    get("/api/geniacs/sync/{id}/logs", VIEWER, |r| r.to(logs::of_sync)),
    get("/api/geniacs/sync/{id}/preview", VIEWER, |r| r.to(sync::preview)),
    post("/api/geniacs/sync/{id}/apply", OPERATOR, |r| r.to(sync::apply)),
    post("/api/geniacs/sync/{id}/cancel", OPERATOR, |r| r.to(sync::cancel)),
    post("/api/geniacs/sync/{id}/resume", OPERATOR, |r| r.to(sync::resume)),
    post("/api/geniacs/sync/{id}/retry", OPERATOR, |r| r.to(sync::retry)),
    post("/api/geniacs/consistency-checks", OPERATOR, |r| r.to(consistency_checks::create)),
    get("/api/geniacs/consistency-checks/{id}", VIEWER, |r| r.to(consistency_checks::get)),
    get("/api/geniacs/statistics", VIEWER, |r| r.to(statistics::get)),
    get("/api/geniacs/events/stream", VIEWER, |r| r.to(events::stream)),
    get("/api/geniacs/logs", VIEWER, |r| r.to(logs::list)),
    get("/api/geniacs/webhook-events", VIEWER, |r| r.to(webhook_events::list)),
    get("/api/geniacs/webhook-events/{id}", VIEWER, |r| r.to(webhook_events::get)),
    post("/api/geniacs/webhook-events/{id}/replay", OPERATOR, |r| r.to(webhook_events::replay)),
    post("/api/geniacs/webhook-events/replay", OPERATOR, |r| r.to(webhook_events::replay_many)),
    get("/api/geniacs/conflicts", VIEWER, |r| r.to(conflicts::list)),
    get("/api/geniacs/conflicts/{id}", VIEWER, |r| r.to(conflicts::get)),
    post("/api/geniacs/conflicts/{id}/resolve", OPERATOR, |r| r.to(conflicts::resolve)),
    get("/api/geniacs/mappings", VIEWER, |r| r.to(mappings::list)),
    post("/api/geniacs/mappings", ADMIN, |r| r.to(mappings::create)),
    get("/api/geniacs/mappings/fields", VIEWER, |r| r.to(mappings::fields)),
    post("/api/geniacs/mappings/preview", OPERATOR, |r| r.to(mappings::preview)),
    get("/api/geniacs/mappings/{id}", VIEWER, |r| r.to(mappings::get)),
    patch("/api/geniacs/mappings/{id}", ADMIN, |r| r.to(mappings::edit)),
    delete("/api/geniacs/mappings/{id}", ADMIN, |r| r.to(mappings::delete)),
    get("/api/geniacs/schedules", VIEWER, |r| r.to(schedules::list)),
    post("/api/geniacs/schedules", ADMIN, |r| r.to(schedules::create)),
    get("/api/geniacs/schedules/preview", VIEWER, |r| r.to(schedules::preview)),
    get("/api/geniacs/schedules/{id}", VIEWER, |r| r.to(schedules::get)),
    patch("/api/geniacs/schedules/{id}", ADMIN, |r| r.to(schedules::edit)),
    delete("/api/geniacs/schedules/{id}", ADMIN, |r| r.to(schedules::delete)),
    post("/api/geniacs/schedules/{id}/run", OPERATOR, |r| r.to(schedules::run)),
    get("/api/geniacs/schedules/{id}/ticks", VIEWER, |r| r.to(schedules::ticks)),
    get("/api/geniacs/records/{entity_type}", VIEWER, |r| r.to(records::list)),
    get("/api/geniacs/records/{entity_type}/{id}", VIEWER, |r| r.to(records::get)),
    get("/api/geniacs/records/{entity_type}/{id}/timeline", VIEWER, |r| r.to(records::timeline)),
    get("/api/geniacs/dead-letters", VIEWER, |r| r.to(dead_letters::list)),
    post("/api/geniacs/dead-letters/{id}/requeue", OPERATOR, |r| r.to(dead_letters::requeue)),
    get("/api/geniacs/settings/retention", ADMIN, |r| r.to(settings::retention)),
    patch("/api/geniacs/settings/retention", ADMIN, |r| r.to(settings::edit_retention)),
    get("/api/geniacs/reports", VIEWER, |r| r.to(reports::list)),
    get("/api/geniacs/reports/{id}", VIEWER, |r| r.to(reports::get)),
    get("/api/users", ADMIN, |r| r.to(users::list)),
    post("/api/users", ADMIN, |r| r.to(users::create)),
    patch("/api/users/{id}", ADMIN, |r| r.to(users::edit)),
    delete("/api/users/{id}", ADMIN, |r| r.to(users::delete)),
    get("/api/tokens", VIEWER, |r| r.to(tokens::list)),
    post("/api/tokens", VIEWER, |r| r.to(tokens::create)),
    delete("/api/tokens/{id}", VIEWER, |r| r.to(tokens::delete)),
    get("/api/audit-log", ADMIN, |r| r.to(audit_log::list)),
    get("/api/system", VIEWER, |r| r.to(system::get)),
];

const fn get(path: &'static str, access: Access, handler: fn(Route) -> Route) -> Endpoint {
    Endpoint { method: Method::GET, path, access, handler }
}

const fn post(path: &'static str, access: Access, handler: fn(Route) -> Route) -> Endpoint {
    Endpoint { method: Method::POST, path, access, handler }
}

const fn patch(path: &'static str, access: Access, handler: fn(Route) -> Route) -> Endpoint {
    Endpoint { method: Method::PATCH, path, access, handler }
}

const fn delete(path: &'static str, access: Access, handler: fn(Route) -> Route) -> Endpoint {
    Endpoint { method: Method::DELETE, path, access, handler }
}

/// A route as the table has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// The method, in capitals.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// The least role; none: open to everyone.
    pub role: Option<Role>,
}

/// The whole table, for tests that walk it.
pub fn listing() -> Vec<Listed> {
    let listed = |endpoint: &'static Endpoint| Listed {
        method: endpoint.method.as_str(),
        path: endpoint.path,
        role: match endpoint.access {
            Access::Open => None,
            Access::Role(role) => Some(role),
        },
    };
    TABLE.iter().map(listed).collect()
}

/// Looks a request up by its method and the pattern of its path.
pub(crate) fn find(method: &Method, pattern: &str) -> Found {
    let mut others = Vec::new();
    for endpoint in TABLE.iter().filter(|endpoint| endpoint.path == pattern) {
        if endpoint.method == *method {
            return Found::Access(endpoint.access);
        }
        others.push(endpoint.method.as_str());
    }
    if others.is_empty() { Found::Nothing } else { Found::OtherMethods(others.join(", ")) }
}

/// Builds the server's routes from the table.
pub(crate) fn configure(app: &mut ServiceConfig) {
    let mut paths: BTreeMap<&str, Vec<&Endpoint>> = BTreeMap::new();
    for endpoint in TABLE {
        paths.entry(endpoint.path.trim_start_matches(PREFIX)).or_default().push(endpoint);
    }
    let mut scope = web::scope(PREFIX);
    for (path, endpoints) in paths {
        let mut resource = web::resource(path);
        for endpoint in endpoints {
            resource = resource.route((endpoint.handler)(web::method(endpoint.method.clone())));
        }
        scope = scope.service(resource);
    }
    app.service(
        scope
            .default_service(web::to(nothing))
            .wrap(from_fn(guard))
            .wrap(from_fn(cors))
            .wrap(from_fn(request_id::assign)),
    );
}

/// The guard stops what the table does not have before it comes here.
async fn nothing() -> Result<HttpResponse, ApiError> {
    Err(ApiError::NotFound("path"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_table_does_not_name_is_not_there() {
        assert_eq!(find(&Method::GET, "/api/geniacs/integrations"), Found::Access(VIEWER));
        assert_eq!(find(&Method::DELETE, "/api/geniacs/integrations"), Found::OtherMethods("GET, POST".to_owned()));
        assert_eq!(find(&Method::GET, "/api/geniacs/nothing"), Found::Nothing);
        assert_eq!(find(&Method::GET, ""), Found::Nothing);
    }

    #[test]
    fn only_the_login_is_open_and_every_change_asks_for_more_than_reading() {
        for endpoint in TABLE {
            assert!(endpoint.path.starts_with(PREFIX), "{}", endpoint.path);
            assert_eq!(endpoint.access == Access::Open, endpoint.path == "/api/auth/login", "{}", endpoint.path);
            // Everybody has to do with sessions and tokens of their own.
            let own = ["/api/auth/", "/api/tokens"].iter().any(|path| endpoint.path.starts_with(path));
            if endpoint.method != Method::GET && !own {
                assert!(matches!(endpoint.access, Access::Role(Role::Operator | Role::Admin)), "{}", endpoint.path);
            }
        }
    }
}
