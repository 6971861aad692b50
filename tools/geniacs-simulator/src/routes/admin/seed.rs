//! `/admin/seed` and `/admin/touch`: many records at once.

use super::refuse_order;
use crate::app::App;
use crate::seed::{Everything, seed_everything, seed_records};
use actix_web::web::{Data, Json, ServiceConfig, block, post, resource};
use actix_web::{Error, HttpResponse};
use domain::EntityType;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// More than a simulator is made for.
const MOST_RECORDS: usize = 5_000_000;
/// With ten times as many monitoring samples.
const MOST_CUSTOMERS: usize = 500_000;

pub(crate) fn configure_seed(config: &mut ServiceConfig) {
    config
        .service(resource("/seed").route(post().to(seed_one)))
        .service(resource("/seed/all").route(post().to(seed_all)))
        .service(resource("/touch").route(post().to(touch_records)));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedOrder {
    entity: EntityType,
    count: usize,
    seed: Option<u64>,
}

async fn seed_one(app: Data<App>, order: Json<SeedOrder>) -> Result<HttpResponse, Error> {
    let SeedOrder { entity, count, seed: number } = order.into_inner();
    if count > MOST_RECORDS {
        return Err(refuse_order(&"count must be at most 5,000,000"));
    }

    let number = number.unwrap_or(app.config.seed);
    // Millions of records take seconds, which would hold up the other requests of this thread.
    let places = {
        let app = app.clone();
        block(move || seed_records(&app, entity, count, number)).await?
    };

    let store = app.store(entity);
    let id = |place: Option<&u32>| place.map(|place| store.id(*place));
    let (first, last) = (id(places.first()), id(places.last()));

    Ok(HttpResponse::Ok().json(json!({"created": places.len(), "first_id": first, "last_id": last})))
}

async fn seed_all(app: Data<App>, order: Json<Everything>) -> Result<HttpResponse, Error> {
    let order = order.into_inner();
    if order.customers > MOST_CUSTOMERS {
        return Err(refuse_order(&"customers must be at most 500,000"));
    }
    block(move || seed_everything(&app, order)).await?;
    let created: Map<String, Value> =
        order.counts().iter().map(|(entity, count)| (entity.to_string(), Value::from(*count))).collect();
    Ok(HttpResponse::Ok().json(json!({"created": created})))
}

async fn touch_records(app: Data<App>, order: Json<SeedOrder>) -> HttpResponse {
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
