//! `PATCH /api/geniacs/mappings/{id}`

use super::WHAT;
use super::body::MappingChange;
use super::new;
use super::view::MappingView;
use crate::access::Caller;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{Fields, IfMatch, JsonBody};
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::mappings::{self, Mapping};

/// Changes the fields that are given; null takes rules and a default away.
pub(crate) async fn edit(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let version = IfMatch::of(&request)?;
    let row = state.database.transaction(move |c| change(c, id, version, caller, body).boxed()).await?;
    let version = row.version;
    let data = json!({"mapping": MappingView::from(row)});
    Ok(answer::tagged(answer::done("Field mapping updated successfully", data), version))
}

pub(crate) fn operation() -> Operation {
    let answer = Answer::one::<MappingView>("mapping").says("Field mapping updated successfully").tagged();
    Operation::new("edit_mapping", "Changes a field mapping", answer)
        .about(
            "Fields that are not given stay as they are; null takes rules and a default away. `integration_id` and \
                `entity_type` cannot be changed.",
        )
        .body::<MappingChange>()
        .if_match()
        .conflicts("one of the two fields has an active mapping already (`duplicate_mapping`)")
}

async fn change(
    connection: &mut Connection,
    id: i64,
    version: IfMatch,
    caller: Caller,
    body: Fields,
) -> Result<Mapping, ApiError> {
    let current = mappings::lock(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    version.check(current.version)?;
    let changed = mappings::update(connection, id, new::edit(body, &current)?).await?;
    let change = Change {
        action: "mapping.updated",
        subject_type: WHAT,
        subject_id: id,
        before: Some(answer::value(&MappingView::from(current))),
        after: Some(answer::value(&MappingView::from(changed.clone()))),
    };
    audit::record(connection, &caller, change).await?;
    Ok(changed)
}
