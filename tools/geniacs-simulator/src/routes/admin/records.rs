//! `/admin/records` and `/admin/count`: looking at what the partner holds, and changing single records.

use super::{answer_with, refuse_order};
use crate::app::App;
use crate::store::{EditError, Store};
use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query, ServiceConfig, delete, get, post, put, resource};
use actix_web::{Error, HttpResponse};
use domain::EntityType;
use serde::Deserialize;
use serde_json::{Map, Value, json};

const DEFAULT_LIMIT: u32 = 1_000;
const HIGHEST_LIMIT: u32 = 50_000;

pub(crate) fn configure_records(config: &mut ServiceConfig) {
    config
        .service(resource("/records/{entity}").route(get().to(dump_records)))
        .service(resource("/records/{entity}/{id}").route(put().to(set_record)).route(delete().to(remove_record)))
        .service(resource("/records/{entity}/{id}/merge").route(post().to(merge_record)))
        .service(resource("/records/{entity}/{id}/renumber").route(post().to(renumber_record)))
        .service(resource("/count/{entity}").route(get().to(count_records)));
}

#[derive(Deserialize)]
struct DumpPart {
    after: Option<String>,
    limit: Option<u32>,
}

async fn dump_records(app: Data<App>, entity: Path<EntityType>, part: Query<DumpPart>) -> Result<HttpResponse, Error> {
    let store = app.store(*entity);
    let first = match part.after.as_deref().filter(|after| !after.is_empty()) {
        None => 0,
        Some(after) => store.find(after).ok_or_else(|| refuse_order(&"after is the id of no record"))? + 1,
    };
    let end = u32::try_from(store.len()).unwrap_or(u32::MAX);
    let last = first.saturating_add(part.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, HIGHEST_LIMIT)).min(end);
    Ok(HttpResponse::Ok().content_type("application/json").body(write_dump(&store, first, last, last < end)))
}

fn write_dump(store: &Store, first: u32, last: u32, more: bool) -> String {
    let mut out = String::from(r#"{"records":["#);
    for place in first..last {
        out.push_str(if place == first { "" } else { "," });
        store.write_dump(place, &mut out);
    }

    let next = if more { format!("\"{}\"", store.id(last - 1)) } else { "null".to_owned() };
    out.push_str("],\"next_after\":");
    out.push_str(&next);
    out.push('}');
    out
}

async fn count_records(app: Data<App>, entity: Path<EntityType>) -> HttpResponse {
    let store = app.store(*entity);
    let deleted = store.slots().iter().filter(|slot| slot.deleted).count();
    let linked = store.slots().iter().filter(|slot| slot.external_id.is_some()).count();
    let count = store.len();
    HttpResponse::Ok().json(json!({"count": count, "live": count - deleted, "deleted": deleted, "linked": linked}))
}

async fn set_record(
    app: Data<App>,
    path: Path<(EntityType, String)>,
    fields: Json<Map<String, Value>>,
) -> Result<HttpResponse, Error> {
    let (entity, id) = path.into_inner();
    let mut fields = fields.into_inner();

    // The bookkeeping is the partner's own.
    fields.retain(|name, _| {
        !matches!(name.as_str(), "external_id" | "updated_at" | "deleted") && name != entity.id_field()
    });

    let mut store = app.store(entity);
    let place = store.set(&id, fields).map_err(|error| missing_record(&error))?;

    let mut record = String::new();
    store.write_dump(place, &mut record);

    Ok(HttpResponse::Ok().content_type("application/json").body(record))
}

async fn remove_record(app: Data<App>, path: Path<(EntityType, String)>) -> Result<HttpResponse, Error> {
    let (entity, id) = path.into_inner();
    let mut store = app.store(entity);
    let place = store.find(&id).ok_or_else(|| missing_record(&EditError::Missing(id)))?;
    store.delete(place);
    Ok(HttpResponse::Ok().json(json!({"deleted": true})))
}

fn missing_record(error: &EditError) -> Error {
    answer_with(StatusCode::NOT_FOUND, error)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Merge {
    into: String,
}

async fn merge_record(
    app: Data<App>,
    record: Path<(EntityType, String)>,
    order: Json<Merge>,
) -> Result<HttpResponse, Error> {
    let (entity, id) = record.into_inner();
    app.store(entity).merge(&id, &order.into).map_err(|error| refuse_order(&error))?;
    Ok(HttpResponse::Ok().json(json!({"id": order.into})))
}

async fn renumber_record(app: Data<App>, record: Path<(EntityType, String)>) -> Result<HttpResponse, Error> {
    let (entity, id) = record.into_inner();
    let new = app.store(entity).renumber(&id).map_err(|error| refuse_order(&error))?;
    Ok(HttpResponse::Ok().json(json!({"id": new})))
}
