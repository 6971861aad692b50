//! `/admin/webhooks`.

use super::{answer_with, refuse_order};
use crate::app::App;
use crate::webhooks::{self, Address, WebhookRun};
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Json, ServiceConfig, block, post, resource};
use actix_web::{Error, HttpResponse};
use domain::json;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::time::Instant;

pub(crate) fn configure_webhooks(config: &mut ServiceConfig) {
    config
        .service(resource("/webhooks").route(post().to(run_webhooks)))
        .service(resource("/webhooks/raw").route(post().to(send_raw_webhook)));
}

async fn run_webhooks(app: Data<App>, order: Json<WebhookRun>) -> Result<HttpResponse, Error> {
    let order = order.into_inner();
    let usual = app.faults.current().webhooks;
    let (address, faults) = order.check(&app.config, &usual).map_err(|error| refuse_order(&error))?;
    let events = {
        let (app, order, faults) = (app.clone(), order.clone(), faults.clone());
        block(move || webhooks::make_events(&app, &order, &faults)).await?
    };
    Ok(HttpResponse::Ok().json(webhooks::deliver_events(&app.http, &address, &order, &faults, events).await))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    /// The simulator's own unless told.
    url: Option<String>,
    /// The simulator's own unless told.
    secret: Option<String>,
    /// A text is sent as it is, anything else as the JSON that it is written in.
    #[serde(rename = "body")]
    _body: IgnoredAny,
    /// Sent instead of the right signature.
    signature: Option<String>,
}

async fn send_raw_webhook(app: Data<App>, order: Bytes) -> Result<HttpResponse, Error> {
    let Raw { url, secret, signature, .. } = json::from_slice(&order).map_err(|error| refuse_order(&error))?;

    let written = json::member(&order, "body").unwrap_or_default();
    let body = match serde_json::from_slice(written) {
        Ok(Value::String(text)) => Bytes::from(text),
        _ => order.slice_ref(written),
    };

    let address = Address::of(url, secret, &app.config).map_err(|error| refuse_order(&error))?;

    let started = Instant::now();
    let response = webhooks::post_webhook(&app.http, &address, body, signature.as_deref())
        .await
        .map_err(|error| answer_with(StatusCode::BAD_GATEWAY, &error))?;

    let status = response.status().as_u16();
    let body = response.text().await.unwrap_or_default();

    Ok(HttpResponse::Ok().json(json!({"status": status, "body": body, "milliseconds": started.elapsed().as_millis()})))
}
