//! `/admin/seed` and `/admin/touch`: many records at once.

use super::refused;
use crate::app::App;
use actix_web::web::{Data, Json, ServiceConfig, post, resource};
use actix_web::{Error, HttpResponse};
use domain::EntityType;
use serde::Deserialize;
use serde_json::json;

/// More than a simulator is made for.
const MOST_RECORDS: usize = 5_000_000;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(resource("/seed").route(post().to(seed))).service(resource("/touch").route(post().to(touch)));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    entity: EntityType,
    count: usize,
    seed: Option<u64>,
}

async fn seed(app: Data<App>, order: Json<Order>) -> Result<HttpResponse, Error> {
    if order.count > MOST_RECORDS {
        return Err(refused(&"count must be at most 5,000,000"));
    }
    let customers = app.customers();
    let mut store = app.store(order.entity);
    let places = store.seed(order.count, order.seed.unwrap_or(app.config.seed), customers);
    let id = |place: Option<&u32>| place.map(|place| store.id(*place));
    let (first, last) = (id(places.first()), id(places.last()));
    Ok(HttpResponse::Ok().json(json!({"created": places.len(), "first_id": first, "last_id": last})))
}

async fn touch(app: Data<App>, order: Json<Order>) -> HttpResponse {
    let mut random = app.random(order.seed);
    let mut store = app.store(order.entity);
    let count = order.count.min(store.len());
    let mut places = store.choose(count, &mut random);
    places.sort_unstable();
    places.dedup();
    for place in &places {
        store.edit(*place, &mut random);
    }
    let ids: Vec<String> = places.iter().map(|place| store.id(*place)).collect();
    HttpResponse::Ok().json(json!({"touched": ids.len(), "ids": ids}))
}
