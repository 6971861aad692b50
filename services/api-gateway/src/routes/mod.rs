//! The endpoints: one table that says what exists, who may use it and which handler answers.
//!
//! The guard grants access from this table and the server is built from it, so that no handler can be reached which the
//! table does not name.

mod attention;
mod audit_log;
mod auth;
mod conflicts;
mod consistency_checks;
mod counted;
mod dead_letters;
mod events;
mod integrations;
mod listed;
mod logs;
mod mappings;
mod notification_rules;
mod notifications;
mod operations;
mod records;
mod reports;
mod schedules;
mod search;
mod settings;
mod statistics;
mod sync;
mod system;
mod tokens;
mod users;
mod webhook_events;

pub(crate) use conflicts::{Decision, Fitting, start_decision_sync};
pub(crate) use dead_letters::requeue_letter;
pub(crate) use sync::{ProgressView, SummaryView, retry_sync, rounded};

use crate::access::{cors, guard};
use crate::compression::gzip_or_plain;
use crate::csv;
use crate::dashboard;
use crate::error::ApiError;
use crate::openapi::{self, Operation};
use crate::request_id;
use actix_web::http::Method;
use actix_web::middleware::{Compress, from_fn};
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
    operation: fn() -> Operation,
}

/// A line of the table, for the API's description.
pub(crate) struct DescribedRoute {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    pub(crate) operation: fn() -> Operation,
}

/// The entry of the table for a request.
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
    get("/api/openapi.json", Access::Open, |r| r.to(openapi::serve::serve), openapi::serve::operation),
    get("/api/docs", Access::Open, |r| r.to(openapi::page::page), openapi::page::operation),
    get("/api/docs/{asset}", Access::Open, |r| r.to(openapi::asset::asset), openapi::asset::operation),
    post("/api/auth/login", Access::Open, |r| r.to(auth::login), auth::login::operation),
    post("/api/auth/logout", VIEWER, |r| r.to(auth::logout), auth::logout::operation),
    post("/api/auth/logout-everywhere", VIEWER, |r| r.to(auth::logout_everywhere), auth::logout_everywhere::operation),
    post("/api/auth/password", VIEWER, |r| r.to(auth::change_password), auth::password::operation),
    get("/api/auth/me", VIEWER, |r| r.to(auth::me), auth::me::operation),
    get("/api/geniacs/integrations", VIEWER, |r| r.to(integrations::list), integrations::list::operation),
    post("/api/geniacs/integrations", ADMIN, |r| r.to(integrations::create), integrations::create::operation),
    get("/api/geniacs/integrations/{id}", VIEWER, |r| r.to(integrations::get), integrations::get::operation),
    patch("/api/geniacs/integrations/{id}", ADMIN, |r| r.to(integrations::edit), integrations::edit::operation),
    delete("/api/geniacs/integrations/{id}", ADMIN, |r| r.to(integrations::delete), integrations::delete::operation),
    post("/api/geniacs/integrations/{id}/restore", ADMIN, |r| r.to(integrations::restore), integrations::restore::operation),
    post("/api/geniacs/integrations/{id}/send-test-event", OPERATOR, |r| r.to(integrations::send_test_event), integrations::send_test_event::operation),
    get("/api/geniacs/integrations/{id}/health", VIEWER, |r| r.to(integrations::health), integrations::health::operation),
    post("/api/geniacs/integrations/{id}/rotate-credentials", ADMIN, |r| r.to(integrations::rotate_credentials), integrations::rotate_credentials::operation),
    post("/api/geniacs/integrations/{id}/rotate-webhook-secret", ADMIN, |r| r.to(integrations::rotate_webhook_secret), integrations::rotate_webhook_secret::operation),
    post("/api/geniacs/integrations/{id}/test-connection", OPERATOR, |r| r.to(integrations::test_connection), integrations::test_connection::operation),
    get("/api/geniacs/attention", VIEWER, |r| r.to(attention::get), attention::get::operation),
    get("/api/geniacs/syncs", VIEWER, |r| r.to(sync::list), sync::list::operation),
    post("/api/geniacs/syncs/count", VIEWER, |r| r.to(sync::list::count), sync::list::count_operation),
    post("/api/geniacs/syncs/retry", OPERATOR, |r| r.to(sync::retry_many), sync::retry_many::operation),
    post("/api/geniacs/sync/trigger", OPERATOR, |r| r.to(sync::trigger), sync::trigger::operation),
    get("/api/geniacs/sync/{id}/status", VIEWER, |r| r.to(sync::status), sync::status::operation),
    get("/api/geniacs/sync/{id}/errors", VIEWER, |r| r.to(sync::errors), sync::errors::operation),
    get("/api/geniacs/sync/{id}/error-groups", VIEWER, |r| r.to(sync::error_groups), sync::error_groups::operation),
    get("/api/geniacs/sync/{id}/logs", VIEWER, |r| r.to(logs::of_sync), logs::of_sync::operation),
    get("/api/geniacs/sync/{id}/preview", VIEWER, |r| r.to(sync::preview), sync::preview::operation),
    post("/api/geniacs/sync/{id}/apply", OPERATOR, |r| r.to(sync::apply), sync::apply::operation),
    post("/api/geniacs/sync/{id}/cancel", OPERATOR, |r| r.to(sync::cancel), sync::cancel::operation),
    post("/api/geniacs/sync/{id}/resume", OPERATOR, |r| r.to(sync::resume), sync::resume::operation),
    post("/api/geniacs/sync/{id}/retry", OPERATOR, |r| r.to(sync::retry), sync::retry::operation),
    post("/api/geniacs/consistency-checks", OPERATOR, |r| r.to(consistency_checks::create), consistency_checks::create::operation),
    get("/api/geniacs/consistency-checks", VIEWER, |r| r.to(consistency_checks::list), consistency_checks::list::operation),
    get("/api/geniacs/consistency-checks/{id}", VIEWER, |r| r.to(consistency_checks::get), consistency_checks::get::operation),
    get("/api/geniacs/search", VIEWER, |r| r.to(search::search), search::operation),
    get("/api/geniacs/statistics", VIEWER, |r| r.to(statistics::get), statistics::get::operation),
    get("/api/geniacs/events/stream", VIEWER, |r| r.to(events::stream), events::stream::operation),
    get("/api/geniacs/logs", VIEWER, |r| r.to(logs::list), logs::list::operation),
    post("/api/geniacs/logs/count", VIEWER, |r| r.to(logs::list::count), logs::list::count_operation),
    get("/api/geniacs/webhook-events", VIEWER, |r| r.to(webhook_events::list), webhook_events::list::operation),
    post("/api/geniacs/webhook-events/count", VIEWER, |r| r.to(webhook_events::list::count), webhook_events::list::count_operation),
    get("/api/geniacs/webhook-events/{id}", VIEWER, |r| r.to(webhook_events::get), webhook_events::get::operation),
    post("/api/geniacs/webhook-events/{id}/replay", OPERATOR, |r| r.to(webhook_events::replay), webhook_events::replay::operation),
    post("/api/geniacs/webhook-events/replay", OPERATOR, |r| r.to(webhook_events::replay_many), webhook_events::replay_many::operation),
    get("/api/geniacs/conflicts", VIEWER, |r| r.to(conflicts::list), conflicts::list::operation),
    post("/api/geniacs/conflicts/count", VIEWER, |r| r.to(conflicts::list::count), conflicts::list::count_operation),
    post("/api/geniacs/conflicts/resolve", OPERATOR, |r| r.to(conflicts::resolve_many), conflicts::resolve_many::operation),
    get("/api/geniacs/conflicts/{id}", VIEWER, |r| r.to(conflicts::get), conflicts::get::operation),
    post("/api/geniacs/conflicts/{id}/resolve", OPERATOR, |r| r.to(conflicts::resolve), conflicts::resolve::operation),
    get("/api/geniacs/mappings", VIEWER, |r| r.to(mappings::list), mappings::list::operation),
    post("/api/geniacs/mappings", ADMIN, |r| r.to(mappings::create), mappings::create::operation),
    put("/api/geniacs/mappings", ADMIN, |r| r.to(mappings::save_set), mappings::save_set::operation),
    get("/api/geniacs/mappings/rules", VIEWER, |r| r.to(mappings::rules), mappings::rules::operation),
    get("/api/geniacs/mappings/fields", VIEWER, |r| r.to(mappings::fields), mappings::fields::operation),
    post("/api/geniacs/mappings/preview", OPERATOR, |r| r.to(mappings::preview), mappings::preview::operation),
    get("/api/geniacs/mappings/{id}", VIEWER, |r| r.to(mappings::get), mappings::get::operation),
    patch("/api/geniacs/mappings/{id}", ADMIN, |r| r.to(mappings::edit), mappings::edit::operation),
    delete("/api/geniacs/mappings/{id}", ADMIN, |r| r.to(mappings::delete), mappings::delete::operation),
    get("/api/geniacs/schedules", VIEWER, |r| r.to(schedules::list), schedules::list::operation),
    post("/api/geniacs/schedules", ADMIN, |r| r.to(schedules::create), schedules::create::operation),
    get("/api/geniacs/schedules/preview", VIEWER, |r| r.to(schedules::preview), schedules::preview::operation),
    get("/api/geniacs/schedules/{id}", VIEWER, |r| r.to(schedules::get), schedules::get::operation),
    patch("/api/geniacs/schedules/{id}", ADMIN, |r| r.to(schedules::edit), schedules::edit::operation),
    delete("/api/geniacs/schedules/{id}", ADMIN, |r| r.to(schedules::delete), schedules::delete::operation),
    post("/api/geniacs/schedules/{id}/run", OPERATOR, |r| r.to(schedules::run), schedules::run::operation),
    get("/api/geniacs/schedules/{id}/ticks", VIEWER, |r| r.to(schedules::ticks), schedules::ticks::operation),
    get("/api/geniacs/records/{entity_type}", VIEWER, |r| r.to(records::list), records::list::operation),
    post("/api/geniacs/records/{entity_type}/count", VIEWER, |r| r.to(records::list::count), records::list::count_operation),
    get("/api/geniacs/records/{entity_type}/{id}", VIEWER, |r| r.to(records::get), records::get::operation),
    get("/api/geniacs/records/{entity_type}/{id}/timeline", VIEWER, |r| r.to(records::timeline), records::timeline::operation),
    get("/api/geniacs/dead-letters", VIEWER, |r| r.to(dead_letters::list), dead_letters::list::operation),
    post("/api/geniacs/dead-letters/count", VIEWER, |r| r.to(dead_letters::list::count), dead_letters::list::count_operation),
    post("/api/geniacs/dead-letters/{id}/requeue", OPERATOR, |r| r.to(dead_letters::requeue), dead_letters::requeue::operation),
    post("/api/geniacs/dead-letters/requeue", OPERATOR, |r| r.to(dead_letters::requeue_many), dead_letters::requeue_many::operation),
    get("/api/geniacs/operations/{id}", VIEWER, |r| r.to(operations::get), operations::get::operation),
    get("/api/geniacs/notification-rules", ADMIN, |r| r.to(notification_rules::list), notification_rules::list::operation),
    post("/api/geniacs/notification-rules", ADMIN, |r| r.to(notification_rules::create), notification_rules::create::operation),
    get("/api/geniacs/notification-rules/{id}", ADMIN, |r| r.to(notification_rules::get), notification_rules::get::operation),
    patch("/api/geniacs/notification-rules/{id}", ADMIN, |r| r.to(notification_rules::edit), notification_rules::edit::operation),
    delete("/api/geniacs/notification-rules/{id}", ADMIN, |r| r.to(notification_rules::delete), notification_rules::delete::operation),
    post("/api/geniacs/notification-rules/{id}/rotate-secret", ADMIN, |r| r.to(notification_rules::rotate_secret), notification_rules::rotate_secret::operation),
    post("/api/geniacs/notification-rules/{id}/test", ADMIN, |r| r.to(notification_rules::send_test), notification_rules::test::operation),
    get("/api/geniacs/notifications", ADMIN, |r| r.to(notifications::list), notifications::list::operation),
    get("/api/geniacs/settings/retention", ADMIN, |r| r.to(settings::retention), settings::retention::operation),
    patch("/api/geniacs/settings/retention", ADMIN, |r| r.to(settings::edit_retention), settings::edit_retention::operation),
    get("/api/geniacs/reports", VIEWER, |r| r.to(reports::list), reports::list::operation),
    post("/api/geniacs/reports", OPERATOR, |r| r.to(reports::create), reports::create::operation),
    get("/api/geniacs/reports/{id}", VIEWER, |r| r.to(reports::get), reports::get::operation),
    get("/api/users", ADMIN, |r| r.to(users::list), users::list::operation),
    post("/api/users", ADMIN, |r| r.to(users::create), users::create::operation),
    get("/api/users/{id}", ADMIN, |r| r.to(users::get), users::get::operation),
    patch("/api/users/{id}", ADMIN, |r| r.to(users::edit), users::edit::operation),
    delete("/api/users/{id}", ADMIN, |r| r.to(users::delete), users::delete::operation),
    get("/api/tokens", VIEWER, |r| r.to(tokens::list), tokens::list::operation),
    post("/api/tokens", VIEWER, |r| r.to(tokens::create), tokens::create::operation),
    delete("/api/tokens/{id}", VIEWER, |r| r.to(tokens::delete), tokens::delete::operation),
    get("/api/audit-log/verification", ADMIN, |r| r.to(audit_log::verification), audit_log::verification::operation),
    get("/api/audit-log", ADMIN, |r| r.to(audit_log::list), audit_log::list::operation),
    get("/api/system", VIEWER, |r| r.to(system::get), system::get::operation),
];

const fn get(
    path: &'static str,
    access: Access,
    handler: fn(Route) -> Route,
    operation: fn() -> Operation,
) -> Endpoint {
    Endpoint { method: Method::GET, path, access, handler, operation }
}

const fn post(
    path: &'static str,
    access: Access,
    handler: fn(Route) -> Route,
    operation: fn() -> Operation,
) -> Endpoint {
    Endpoint { method: Method::POST, path, access, handler, operation }
}

const fn put(
    path: &'static str,
    access: Access,
    handler: fn(Route) -> Route,
    operation: fn() -> Operation,
) -> Endpoint {
    Endpoint { method: Method::PUT, path, access, handler, operation }
}

const fn patch(
    path: &'static str,
    access: Access,
    handler: fn(Route) -> Route,
    operation: fn() -> Operation,
) -> Endpoint {
    Endpoint { method: Method::PATCH, path, access, handler, operation }
}

const fn delete(
    path: &'static str,
    access: Access,
    handler: fn(Route) -> Route,
    operation: fn() -> Operation,
) -> Endpoint {
    Endpoint { method: Method::DELETE, path, access, handler, operation }
}

/// What the table says, in its order.
pub(crate) fn described() -> impl Iterator<Item = DescribedRoute> {
    TABLE.iter().map(|endpoint| DescribedRoute {
        method: endpoint.method.as_str(),
        path: endpoint.path,
        access: endpoint.access,
        operation: endpoint.operation,
    })
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
        if endpoint.method == Method::GET {
            // The server turns it into a GET before it comes here.
            others.push("HEAD");
        }
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

    // The last one wrapped sees a request first: what the guard refuses has its request id and its CORS headers, too.
    app.service(
        scope
            .default_service(web::to(nothing))
            .wrap(from_fn(guard))
            .wrap(from_fn(csv::by_accept))
            .wrap(from_fn(cors))
            .wrap(from_fn(request_id::assign))
            .wrap(Compress::default())
            .wrap(from_fn(gzip_or_plain)),
    )
    .default_service(web::to(dashboard::serve));
}

/// The guard stops what the table does not have before it comes here.
async fn nothing() -> Result<HttpResponse, ApiError> {
    Err(ApiError::NotFound("path"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: [&str; 4] = ["/api/auth/login", "/api/openapi.json", "/api/docs", "/api/docs/{asset}"];

    #[test]
    fn what_the_table_does_not_name_is_not_there() {
        assert_eq!(find(&Method::GET, "/api/geniacs/integrations"), Found::Access(VIEWER));
        assert_eq!(
            find(&Method::DELETE, "/api/geniacs/integrations"),
            Found::OtherMethods("GET, HEAD, POST".to_owned())
        );
        assert_eq!(find(&Method::GET, "/api/geniacs/nothing"), Found::Nothing);
        assert_eq!(find(&Method::GET, ""), Found::Nothing);
    }

    #[test]
    fn only_the_login_and_the_description_are_open_and_every_change_asks_for_more_than_reading() {
        for endpoint in TABLE {
            assert!(endpoint.path.starts_with(PREFIX), "{}", endpoint.path);
            assert_eq!(endpoint.access == Access::Open, OPEN.contains(&endpoint.path), "{}", endpoint.path);
            // Everybody has to do with sessions and tokens of their own, and may count what they may list.
            let own = ["/api/auth/", "/api/tokens"].iter().any(|path| endpoint.path.starts_with(path));
            let counts = endpoint.path.ends_with("/count");
            if endpoint.method != Method::GET && !own && !counts {
                assert!(matches!(endpoint.access, Access::Role(Role::Operator | Role::Admin)), "{}", endpoint.path);
            }
        }
    }
}
