//! `/admin/faults`.

use super::refused;
use crate::app::App;
use crate::faults::Faults;
use actix_web::web::{Data, Json, ServiceConfig, delete, get, post, resource};
use actix_web::{Error, HttpResponse};
use serde_json::{Map, Value};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(resource("/faults").route(post().to(set)).route(get().to(show)).route(delete().to(reset)));
}

async fn set(app: Data<App>, changes: Json<Map<String, Value>>) -> Result<HttpResponse, Error> {
    let faults = app.faults.current().patched(changes.into_inner()).map_err(|error| refused(&error))?;
    put(&app, faults);
    Ok(show(app).await)
}

async fn show(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok().json(app.faults.current())
}

async fn reset(app: Data<App>) -> HttpResponse {
    app.faults.clear();
    app.forget_walks();
    show(app).await
}

/// Puts faults into force.
pub(super) fn put(app: &App, faults: Faults) {
    if faults.listings != app.faults.current().listings {
        app.forget_walks();
    }
    app.faults.set(faults);
}
