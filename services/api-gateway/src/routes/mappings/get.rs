//! `GET /api/geniacs/mappings/{id}`

use super::WHAT;
use super::view::MappingView;
use crate::error::ApiError;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::partners::mappings::{self, Mapping};

/// One mapping.
pub(crate) async fn get_mapping(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let row = state.database.run(move |c| read_mapping(c, id).boxed()).await?;
    let version = row.version;
    Ok(answer::tagged(answer::data(json!({"mapping": MappingView::from(row)})), version))
}

pub(crate) fn describe_get_mapping() -> Operation {
    Operation::new("get_mapping", "Shows a field mapping", Answer::one::<MappingView>("mapping").tagged())
}

async fn read_mapping(connection: &mut Connection, id: i64) -> Result<Mapping, ApiError> {
    mappings::find(connection, id).await?.ok_or(ApiError::NotFound(WHAT))
}
