//! `DELETE /api/geniacs/mappings/{id}`

use super::WHAT;
use super::view::MappingView;
use crate::access::Caller;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{IfMatch, NoBody};
use crate::openapi::{Answer, Deleted, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::partners::mappings;

/// Deletes a mapping. A run that is under way goes on with it.
pub(crate) async fn delete_mapping(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    _: NoBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let version = IfMatch::of(&request)?;
    state.database.transaction(move |c| remove_mapping(c, id, version, caller).boxed()).await?;
    Ok(answer::done("Field mapping deleted successfully", json!({"mapping": {"id": id}})))
}

pub(crate) fn describe_delete_mapping() -> Operation {
    let answer = Answer::one::<Deleted>("mapping").says("Field mapping deleted successfully");
    Operation::new("delete_mapping", "Deletes a field mapping", answer)
        .about("A sync that is under way goes on with it.")
        .if_match()
}

async fn remove_mapping(
    connection: &mut Connection,
    id: i64,
    version: IfMatch,
    caller: Caller,
) -> Result<(), ApiError> {
    let current = mappings::lock(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    version.check(current.version)?;
    mappings::delete(connection, id).await?;
    let before = Some(answer::value(&MappingView::from(current)));
    let change = Change { action: "mapping.deleted", subject_type: WHAT, subject_id: id, before, after: None };
    audit::record_change(connection, &caller, change).await
}
