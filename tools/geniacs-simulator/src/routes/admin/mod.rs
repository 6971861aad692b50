//! The admin API.

mod faults;
mod records;
mod references;
mod scenarios;
mod seed;
mod webhooks;

use crate::app::App;
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::web::{Data, JsonConfig, PathConfig, QueryConfig, ServiceConfig, get, post, resource};
use actix_web::{Error, HttpResponse};
use serde_json::json;

pub(crate) fn configure_admin(config: &mut ServiceConfig) {
    config
        .app_data(JsonConfig::default().limit(super::LARGEST_BODY).error_handler(|error, _| refuse_order(&error)))
        .app_data(QueryConfig::default().error_handler(|error, _| refuse_order(&error)))
        .app_data(PathConfig::default().error_handler(|error, _| refuse_order(&error)))
        .configure(faults::configure_faults)
        .configure(records::configure_records)
        .configure(references::configure_references)
        .configure(scenarios::configure_scenarios)
        .configure(seed::configure_seed)
        .configure(webhooks::configure_webhooks)
        .service(resource("/stats").route(get().to(show_stats)))
        .service(resource("/reset").route(post().to(reset_simulator)));
}

/// A 400 that says what is wrong.
fn refuse_order(error: &dyn std::fmt::Display) -> Error {
    answer_with(StatusCode::BAD_REQUEST, error)
}

fn answer_with(status: StatusCode, error: &dyn std::fmt::Display) -> Error {
    let message = error.to_string();
    let response = HttpResponse::build(status).json(json!({"error": {"type": "invalid_request", "message": message}}));
    InternalError::from_response(message, response).into()
}

async fn show_stats(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok().json(app.stats.snapshot(&app.faults.current().rate_limit))
}

async fn reset_simulator(app: Data<App>) -> HttpResponse {
    app.reset();
    HttpResponse::Ok().json(json!({"success": true}))
}
