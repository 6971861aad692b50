//! `GET /api/geniacs/records/{entity_type}/{id}`

use super::run::Lens;
use super::view::RecordView;
use super::{WHAT, entity_of_path, required_integration};
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::EntityType;
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::listing::Place;
use storage::records::Inspection;
use storage::runs::syncs::RunSettings;

/// A local record beside its link with one integration.
pub(crate) async fn get_record(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let (entity, id) = (entity_of_path(&request)?, input::id(&request, WHAT)?);
    let integration_id = required_integration(Query::of(&request))?;
    let defaults = state.run_defaults();
    let record = state.database.run(move |c| find_record(c, integration_id, entity, id, defaults).boxed()).await?;
    Ok(answer::data(json!({"record": record})))
}

pub(crate) fn describe_get_record() -> Operation {
    Operation::new("get_record", "Shows a record beside its link", Answer::one::<RecordView>("record"))
        .query(Parameter::id("integration_id", "The integration whose links are meant").required())
        .checked()
}

async fn find_record(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    id: i64,
    defaults: RunSettings,
) -> Result<RecordView, ApiError> {
    let lens = Lens::of(connection, integration_id, entity, defaults).await?;
    // The query of the list, from just before the record on, so that both show it alike.
    let what = Inspection { place: Place::After(id - 1), limit: 1, ..Inspection::default() };
    let found = lens.look(connection, &what).await?.into_iter().next();
    found.filter(|record| record.id == id).ok_or(ApiError::NotFound(WHAT))
}
