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

pub(crate) use conflicts::{Decision, FittingCheck, start_decision_sync};
pub(crate) use dead_letters::requeue_letter;
pub(crate) use sync::{ProgressView, SummaryView, rounded_rate, start_retry_sync};

use crate::access::{answer_cors, guard_access};
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
pub(crate) enum EndpointMatch {
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
    get("/api/openapi.json", Access::Open, |r| r.to(openapi::serve::get_description), openapi::serve::describe_get_description),
    get("/api/docs", Access::Open, |r| r.to(openapi::page::browse_description), openapi::page::describe_browse_description),
    get("/api/docs/{asset}", Access::Open, |r| r.to(openapi::asset::get_description_asset), openapi::asset::describe_get_description_asset),
    post("/api/auth/login", Access::Open, |r| r.to(auth::login::log_in), auth::login::describe_log_in),
    post("/api/auth/logout", VIEWER, |r| r.to(auth::logout::log_out), auth::logout::describe_log_out),
    post("/api/auth/logout-everywhere", VIEWER, |r| r.to(auth::logout_everywhere::log_out_everywhere), auth::logout_everywhere::describe_log_out_everywhere),
    post("/api/auth/password", VIEWER, |r| r.to(auth::password::change_password), auth::password::describe_change_password),
    get("/api/auth/me", VIEWER, |r| r.to(auth::me::get_me), auth::me::describe_get_me),
    get("/api/geniacs/integrations", VIEWER, |r| r.to(integrations::list::list_integrations), integrations::list::describe_list_integrations),
    post("/api/geniacs/integrations", ADMIN, |r| r.to(integrations::create::create_integration), integrations::create::describe_create_integration),
    get("/api/geniacs/integrations/{id}", VIEWER, |r| r.to(integrations::get::get_integration), integrations::get::describe_get_integration),
    patch("/api/geniacs/integrations/{id}", ADMIN, |r| r.to(integrations::edit::edit_integration), integrations::edit::describe_edit_integration),
    delete("/api/geniacs/integrations/{id}", ADMIN, |r| r.to(integrations::delete::delete_integration), integrations::delete::describe_delete_integration),
    post("/api/geniacs/integrations/{id}/restore", ADMIN, |r| r.to(integrations::restore::restore_integration), integrations::restore::describe_restore_integration),
    post("/api/geniacs/integrations/{id}/send-test-event", OPERATOR, |r| r.to(integrations::send_test_event::send_test_event), integrations::send_test_event::describe_send_test_event),
    get("/api/geniacs/integrations/{id}/health", VIEWER, |r| r.to(integrations::health::get_integration_health), integrations::health::describe_get_integration_health),
    post("/api/geniacs/integrations/{id}/rotate-credentials", ADMIN, |r| r.to(integrations::rotate_credentials::rotate_credentials), integrations::rotate_credentials::describe_rotate_credentials),
    post("/api/geniacs/integrations/{id}/rotate-webhook-secret", ADMIN, |r| r.to(integrations::rotate_webhook_secret::rotate_webhook_secret), integrations::rotate_webhook_secret::describe_rotate_webhook_secret),
    post("/api/geniacs/integrations/{id}/test-connection", OPERATOR, |r| r.to(integrations::test_connection::test_connection), integrations::test_connection::describe_test_connection),
    get("/api/geniacs/attention", VIEWER, |r| r.to(attention::get::get_attention), attention::get::describe_get_attention),
    get("/api/geniacs/syncs", VIEWER, |r| r.to(sync::list::list_syncs), sync::list::describe_list_syncs),
    post("/api/geniacs/syncs/count", VIEWER, |r| r.to(sync::list::count_syncs), sync::list::describe_count_syncs),
    post("/api/geniacs/syncs/retry", OPERATOR, |r| r.to(sync::retry_many::retry_syncs), sync::retry_many::describe_retry_syncs),
    post("/api/geniacs/sync/trigger", OPERATOR, |r| r.to(sync::trigger::trigger_sync), sync::trigger::describe_trigger_sync),
    get("/api/geniacs/sync/{id}/status", VIEWER, |r| r.to(sync::status::get_sync_status), sync::status::describe_get_sync_status),
    get("/api/geniacs/sync/{id}/errors", VIEWER, |r| r.to(sync::errors::list_sync_errors), sync::errors::describe_list_sync_errors),
    get("/api/geniacs/sync/{id}/error-groups", VIEWER, |r| r.to(sync::error_groups::list_sync_error_groups), sync::error_groups::describe_list_sync_error_groups),
    get("/api/geniacs/sync/{id}/logs", VIEWER, |r| r.to(logs::of_sync::list_sync_logs), logs::of_sync::describe_list_sync_logs),
    get("/api/geniacs/sync/{id}/preview", VIEWER, |r| r.to(sync::preview::preview_sync), sync::preview::describe_preview_sync),
    post("/api/geniacs/sync/{id}/apply", OPERATOR, |r| r.to(sync::apply::apply_sync), sync::apply::describe_apply_sync),
    post("/api/geniacs/sync/{id}/cancel", OPERATOR, |r| r.to(sync::cancel::cancel_sync), sync::cancel::describe_cancel_sync),
    post("/api/geniacs/sync/{id}/resume", OPERATOR, |r| r.to(sync::resume::resume_sync), sync::resume::describe_resume_sync),
    post("/api/geniacs/sync/{id}/retry", OPERATOR, |r| r.to(sync::retry::retry_sync), sync::retry::describe_retry_sync),
    post("/api/geniacs/consistency-checks", OPERATOR, |r| r.to(consistency_checks::create::create_consistency_check), consistency_checks::create::describe_create_consistency_check),
    get("/api/geniacs/consistency-checks", VIEWER, |r| r.to(consistency_checks::list::list_consistency_checks), consistency_checks::list::describe_list_consistency_checks),
    get("/api/geniacs/consistency-checks/{id}", VIEWER, |r| r.to(consistency_checks::get::get_consistency_check), consistency_checks::get::describe_get_consistency_check),
    get("/api/geniacs/search", VIEWER, |r| r.to(search::search_by_text), search::describe_search_by_text),
    get("/api/geniacs/statistics", VIEWER, |r| r.to(statistics::get::get_statistics), statistics::get::describe_get_statistics),
    get("/api/geniacs/events/stream", VIEWER, |r| r.to(events::stream::stream_events), events::stream::describe_stream_events),
    get("/api/geniacs/logs", VIEWER, |r| r.to(logs::list::list_logs), logs::list::describe_list_logs),
    post("/api/geniacs/logs/count", VIEWER, |r| r.to(logs::list::count_logs), logs::list::describe_count_logs),
    get("/api/geniacs/webhook-events", VIEWER, |r| r.to(webhook_events::list::list_webhook_events), webhook_events::list::describe_list_webhook_events),
    post("/api/geniacs/webhook-events/count", VIEWER, |r| r.to(webhook_events::list::count_webhook_events), webhook_events::list::describe_count_webhook_events),
    get("/api/geniacs/webhook-events/{id}", VIEWER, |r| r.to(webhook_events::get::get_webhook_event), webhook_events::get::describe_get_webhook_event),
    post("/api/geniacs/webhook-events/{id}/replay", OPERATOR, |r| r.to(webhook_events::replay::replay_webhook_event), webhook_events::replay::describe_replay_webhook_event),
    post("/api/geniacs/webhook-events/replay", OPERATOR, |r| r.to(webhook_events::replay_many::replay_webhook_events), webhook_events::replay_many::describe_replay_webhook_events),
    get("/api/geniacs/conflicts", VIEWER, |r| r.to(conflicts::list::list_conflicts), conflicts::list::describe_list_conflicts),
    post("/api/geniacs/conflicts/count", VIEWER, |r| r.to(conflicts::list::count_conflicts), conflicts::list::describe_count_conflicts),
    post("/api/geniacs/conflicts/resolve", OPERATOR, |r| r.to(conflicts::resolve_many::resolve_conflicts), conflicts::resolve_many::describe_resolve_conflicts),
    get("/api/geniacs/conflicts/{id}", VIEWER, |r| r.to(conflicts::get::get_conflict), conflicts::get::describe_get_conflict),
    post("/api/geniacs/conflicts/{id}/resolve", OPERATOR, |r| r.to(conflicts::resolve::resolve_conflict), conflicts::resolve::describe_resolve_conflict),
    get("/api/geniacs/mappings", VIEWER, |r| r.to(mappings::list::list_mappings), mappings::list::describe_list_mappings),
    post("/api/geniacs/mappings", ADMIN, |r| r.to(mappings::create::create_mapping), mappings::create::describe_create_mapping),
    put("/api/geniacs/mappings", ADMIN, |r| r.to(mappings::save_set::save_mappings), mappings::save_set::describe_save_mappings),
    get("/api/geniacs/mappings/rules", VIEWER, |r| r.to(mappings::rules::list_mapping_rules), mappings::rules::describe_list_mapping_rules),
    get("/api/geniacs/mappings/fields", VIEWER, |r| r.to(mappings::fields::list_local_fields), mappings::fields::describe_list_local_fields),
    post("/api/geniacs/mappings/preview", OPERATOR, |r| r.to(mappings::preview::preview_mappings), mappings::preview::describe_preview_mappings),
    get("/api/geniacs/mappings/{id}", VIEWER, |r| r.to(mappings::get::get_mapping), mappings::get::describe_get_mapping),
    patch("/api/geniacs/mappings/{id}", ADMIN, |r| r.to(mappings::edit::edit_mapping), mappings::edit::describe_edit_mapping),
    delete("/api/geniacs/mappings/{id}", ADMIN, |r| r.to(mappings::delete::delete_mapping), mappings::delete::describe_delete_mapping),
    get("/api/geniacs/schedules", VIEWER, |r| r.to(schedules::list::list_schedules), schedules::list::describe_list_schedules),
    post("/api/geniacs/schedules", ADMIN, |r| r.to(schedules::create::create_schedule), schedules::create::describe_create_schedule),
    get("/api/geniacs/schedules/preview", VIEWER, |r| r.to(schedules::preview::preview_schedule), schedules::preview::describe_preview_schedule),
    get("/api/geniacs/schedules/{id}", VIEWER, |r| r.to(schedules::get::get_schedule), schedules::get::describe_get_schedule),
    patch("/api/geniacs/schedules/{id}", ADMIN, |r| r.to(schedules::edit::edit_schedule), schedules::edit::describe_edit_schedule),
    delete("/api/geniacs/schedules/{id}", ADMIN, |r| r.to(schedules::delete::delete_schedule), schedules::delete::describe_delete_schedule),
    post("/api/geniacs/schedules/{id}/run", OPERATOR, |r| r.to(schedules::run::run_schedule), schedules::run::describe_run_schedule),
    get("/api/geniacs/schedules/{id}/ticks", VIEWER, |r| r.to(schedules::ticks::list_schedule_ticks), schedules::ticks::describe_list_schedule_ticks),
    get("/api/geniacs/records/{entity_type}", VIEWER, |r| r.to(records::list::list_records), records::list::describe_list_records),
    post("/api/geniacs/records/{entity_type}/count", VIEWER, |r| r.to(records::list::count_records), records::list::describe_count_records),
    get("/api/geniacs/records/{entity_type}/{id}", VIEWER, |r| r.to(records::get::get_record), records::get::describe_get_record),
    get("/api/geniacs/records/{entity_type}/{id}/timeline", VIEWER, |r| r.to(records::timeline::get_record_timeline), records::timeline::describe_get_record_timeline),
    get("/api/geniacs/dead-letters", VIEWER, |r| r.to(dead_letters::list::list_dead_letters), dead_letters::list::describe_list_dead_letters),
    post("/api/geniacs/dead-letters/count", VIEWER, |r| r.to(dead_letters::list::count_dead_letters), dead_letters::list::describe_count_dead_letters),
    post("/api/geniacs/dead-letters/{id}/requeue", OPERATOR, |r| r.to(dead_letters::requeue::requeue_dead_letter), dead_letters::requeue::describe_requeue_dead_letter),
    post("/api/geniacs/dead-letters/requeue", OPERATOR, |r| r.to(dead_letters::requeue_many::requeue_dead_letters), dead_letters::requeue_many::describe_requeue_dead_letters),
    get("/api/geniacs/operations/{id}", VIEWER, |r| r.to(operations::get::get_operation), operations::get::describe_get_operation),
    get("/api/geniacs/notification-rules", ADMIN, |r| r.to(notification_rules::list::list_notification_rules), notification_rules::list::describe_list_notification_rules),
    post("/api/geniacs/notification-rules", ADMIN, |r| r.to(notification_rules::create::create_notification_rule), notification_rules::create::describe_create_notification_rule),
    get("/api/geniacs/notification-rules/{id}", ADMIN, |r| r.to(notification_rules::get::get_notification_rule), notification_rules::get::describe_get_notification_rule),
    patch("/api/geniacs/notification-rules/{id}", ADMIN, |r| r.to(notification_rules::edit::edit_notification_rule), notification_rules::edit::describe_edit_notification_rule),
    delete("/api/geniacs/notification-rules/{id}", ADMIN, |r| r.to(notification_rules::delete::delete_notification_rule), notification_rules::delete::describe_delete_notification_rule),
    post("/api/geniacs/notification-rules/{id}/rotate-secret", ADMIN, |r| r.to(notification_rules::rotate_secret::rotate_signing_secret), notification_rules::rotate_secret::describe_rotate_signing_secret),
    post("/api/geniacs/notification-rules/{id}/test", ADMIN, |r| r.to(notification_rules::test::test_notification_rule), notification_rules::test::describe_test_notification_rule),
    get("/api/geniacs/notifications", ADMIN, |r| r.to(notifications::list::list_notifications), notifications::list::describe_list_notifications),
    get("/api/geniacs/settings/retention", ADMIN, |r| r.to(settings::retention::get_retention), settings::retention::describe_get_retention),
    patch("/api/geniacs/settings/retention", ADMIN, |r| r.to(settings::edit_retention::edit_retention), settings::edit_retention::describe_edit_retention),
    get("/api/geniacs/reports", VIEWER, |r| r.to(reports::list::list_reports), reports::list::describe_list_reports),
    post("/api/geniacs/reports", OPERATOR, |r| r.to(reports::create::create_report), reports::create::describe_create_report),
    get("/api/geniacs/reports/{id}", VIEWER, |r| r.to(reports::get::get_report), reports::get::describe_get_report),
    get("/api/users", ADMIN, |r| r.to(users::list::list_users), users::list::describe_list_users),
    post("/api/users", ADMIN, |r| r.to(users::create::create_user), users::create::describe_create_user),
    get("/api/users/{id}", ADMIN, |r| r.to(users::get::get_user), users::get::describe_get_user),
    patch("/api/users/{id}", ADMIN, |r| r.to(users::edit::edit_user), users::edit::describe_edit_user),
    delete("/api/users/{id}", ADMIN, |r| r.to(users::delete::delete_user), users::delete::describe_delete_user),
    get("/api/tokens", VIEWER, |r| r.to(tokens::list::list_tokens), tokens::list::describe_list_tokens),
    post("/api/tokens", VIEWER, |r| r.to(tokens::create::create_token), tokens::create::describe_create_token),
    delete("/api/tokens/{id}", VIEWER, |r| r.to(tokens::delete::revoke_token), tokens::delete::describe_revoke_token),
    get("/api/audit-log/verification", ADMIN, |r| r.to(audit_log::verification::verify_audit_log), audit_log::verification::describe_verify_audit_log),
    get("/api/audit-log", ADMIN, |r| r.to(audit_log::list::list_audit_log), audit_log::list::describe_list_audit_log),
    get("/api/system", VIEWER, |r| r.to(system::get::get_system), system::get::describe_get_system),
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

/// The lines of the table, in its order, for the API's description.
pub(crate) fn described_routes() -> impl Iterator<Item = DescribedRoute> {
    TABLE.iter().map(|endpoint| DescribedRoute {
        method: endpoint.method.as_str(),
        path: endpoint.path,
        access: endpoint.access,
        operation: endpoint.operation,
    })
}

/// A route as the table has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedRoute {
    /// The method, in capitals.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// The least role; none: open to everyone.
    pub role: Option<Role>,
}

/// The whole table, for tests that walk it.
pub fn listed_routes() -> Vec<ListedRoute> {
    let listed = |endpoint: &'static Endpoint| ListedRoute {
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
pub(crate) fn find_endpoint(method: &Method, pattern: &str) -> EndpointMatch {
    let mut others = Vec::new();
    for endpoint in TABLE.iter().filter(|endpoint| endpoint.path == pattern) {
        if endpoint.method == *method {
            return EndpointMatch::Access(endpoint.access);
        }
        others.push(endpoint.method.as_str());
        if endpoint.method == Method::GET {
            // The server turns it into a GET before it comes here.
            others.push("HEAD");
        }
    }

    if others.is_empty() { EndpointMatch::Nothing } else { EndpointMatch::OtherMethods(others.join(", ")) }
}

/// Builds the server's routes from the table.
pub(crate) fn configure_routes(app: &mut ServiceConfig) {
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
            .default_service(web::to(no_such_path))
            .wrap(from_fn(guard_access))
            .wrap(from_fn(csv::csv_by_accept))
            .wrap(from_fn(answer_cors))
            .wrap(from_fn(request_id::assign_request_id))
            .wrap(Compress::default())
            .wrap(from_fn(gzip_or_plain)),
    )
    .default_service(web::to(dashboard::serve_dashboard));
}

/// The guard stops what the table does not have before it comes here.
async fn no_such_path() -> Result<HttpResponse, ApiError> {
    Err(ApiError::NotFound("path"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: [&str; 4] = ["/api/auth/login", "/api/openapi.json", "/api/docs", "/api/docs/{asset}"];

    #[test]
    fn a_path_outside_the_table_does_not_exist() {
        assert_eq!(find_endpoint(&Method::GET, "/api/geniacs/integrations"), EndpointMatch::Access(VIEWER));
        assert_eq!(
            find_endpoint(&Method::DELETE, "/api/geniacs/integrations"),
            EndpointMatch::OtherMethods("GET, HEAD, POST".to_owned())
        );
        assert_eq!(find_endpoint(&Method::GET, "/api/geniacs/nothing"), EndpointMatch::Nothing);
        assert_eq!(find_endpoint(&Method::GET, ""), EndpointMatch::Nothing);
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
