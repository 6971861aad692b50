//! `/admin/faults`.

use super::refuse_order;
use crate::app::App;
use crate::faults::Faults;
use actix_web::web::{Data, Json, ServiceConfig, delete, get, post, resource};
use actix_web::{Error, HttpResponse};
use serde_json::{Map, Value};

pub(crate) fn configure_faults(config: &mut ServiceConfig) {
    config.service(
        resource("/faults").route(post().to(set_faults)).route(get().to(show_faults)).route(delete().to(reset_faults)),
    );
}

async fn set_faults(app: Data<App>, changes: Json<Map<String, Value>>) -> Result<HttpResponse, Error> {
    let faults = app.faults.current().patched(changes.into_inner()).map_err(|error| refuse_order(&error))?;
    put_faults(&app, faults);
    Ok(show_faults(app).await)
}

async fn show_faults(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok().json(app.faults.current())
}

async fn reset_faults(app: Data<App>) -> HttpResponse {
    app.faults.clear();
    app.forget_walks();
    show_faults(app).await
}

/// Puts faults into force.
pub(super) fn put_faults(app: &App, faults: Faults) {
    if faults.listings != app.faults.current().listings {
        app.forget_walks();
    }
    app.faults.set(faults);
}
