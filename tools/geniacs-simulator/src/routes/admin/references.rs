//! `/admin/references`: whether what records refer to is there.

use crate::app::App;
use crate::store::references;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig, get, resource};
use domain::EntityType;
use serde::Serialize;
use std::collections::BTreeMap;

pub(crate) fn configure_references(config: &mut ServiceConfig) {
    config.service(resource("/references/{entity}").route(get().to(count_references)));
}

/// How the live records of an entity stand with one field.
#[derive(Default, Serialize)]
struct ReferenceStanding {
    /// The target is there.
    found: usize,
    /// The field names a record that is not there, or is deleted.
    dangling: usize,
    /// The field names nothing.
    empty: usize,
}

async fn count_references(app: Data<App>, entity: Path<EntityType>) -> HttpResponse {
    let mut standings: BTreeMap<&str, ReferenceStanding> = BTreeMap::new();
    for (field, target) in references(*entity) {
        let named = app.store(*entity).named(field);
        let targets = app.store(*target);
        let standing = standings.entry(field).or_default();

        for id in named {
            match id.map(|id| targets.find_live(&id).is_some()) {
                None => standing.empty += 1,
                Some(true) => standing.found += 1,
                Some(false) => standing.dangling += 1,
            }
        }
    }

    HttpResponse::Ok().json(standings)
}
