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

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .app_data(JsonConfig::default().limit(super::LARGEST_BODY).error_handler(|error, _| refused(&error)))
        .app_data(QueryConfig::default().error_handler(|error, _| refused(&error)))
        .app_data(PathConfig::default().error_handler(|error, _| refused(&error)))
        .configure(faults::configure)
        .configure(records::configure)
        .configure(references::configure)
        .configure(scenarios::configure)
        .configure(seed::configure)
        .configure(webhooks::configure)
        .service(resource("/stats").route(get().to(stats)))
        .service(resource("/reset").route(post().to(reset)));
}

/// A 400 that says what is wrong.
fn refused(error: &dyn std::fmt::Display) -> Error {
    answer_with(StatusCode::BAD_REQUEST, error)
}

fn answer_with(status: StatusCode, error: &dyn std::fmt::Display) -> Error {
    let message = error.to_string();
    let response = HttpResponse::build(status).json(json!({"error": {"type": "invalid_request", "message": message}}));
    InternalError::from_response(message, response).into()
}

async fn stats(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok().json(app.stats.snapshot(&app.faults.current().rate_limit))
}

async fn reset(app: Data<App>) -> HttpResponse {
    app.reset();
    HttpResponse::Ok().json(json!({"success": true}))
}
