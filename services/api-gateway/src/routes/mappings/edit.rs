//! `PATCH /api/geniacs/mappings/{id}`

use super::WHAT;
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
use storage::partners::mappings::{self, Mapping, NewMapping};

/// How often an edit of the newest version is tried while others edit it, too.
const ATTEMPTS: usize = 5;

/// Changes the fields that are given; null takes rules and a default away.
pub(crate) async fn edit_mapping(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let version = IfMatch::of(&request)?;

    let mut attempt = 1;
    let row = loop {
        match try_to_change(&state, id, version, caller.clone(), body.clone()).await {
            // Who names no version means the newest one, which somebody else changed at the same moment.
            Err(ApiError::Conflict("stale_version", _)) if version.is_any() && attempt < ATTEMPTS => attempt += 1,
            done => break done?,
        }
    };

    let version = row.version;
    let data = json!({"mapping": MappingView::from(row)});
    Ok(answer::tagged(answer::done("Field mapping updated successfully", data), version))
}

pub(crate) fn describe_edit_mapping() -> Operation {
    let answer = Answer::one::<MappingView>("mapping").says("Field mapping updated successfully").tagged();
    Operation::new("edit_mapping", "Changes a field mapping", answer)
        .about(
            "Fields that are not given stay as they are; null takes rules and a default away. `integration_id` and \
                `entity_type` cannot be changed.",
        )
        .body_of(new::mapping_change())
        .if_match()
        .conflicts("one of the two fields has an active mapping already (`duplicate_mapping`)")
}

/// Rules are compiled to be checked, which takes a processor's time: not while a row is locked.
async fn try_to_change(
    state: &State,
    id: i64,
    version: IfMatch,
    caller: Caller,
    body: Fields,
) -> Result<Mapping, ApiError> {
    let current = state.database.run(move |c| find_mapping(c, id).boxed()).await?;
    version.check(current.version)?;

    let seen = IfMatch::version(current.version);
    let new = state.database.compute(move || new::read_mapping_change(body, &current)).await?;
    state.database.transaction(move |c| change_mapping(c, id, seen, caller, new).boxed()).await
}

async fn find_mapping(connection: &mut Connection, id: i64) -> Result<Mapping, ApiError> {
    mappings::find(connection, id).await?.ok_or(ApiError::NotFound(WHAT))
}

async fn change_mapping(
    connection: &mut Connection,
    id: i64,
    seen: IfMatch,
    caller: Caller,
    new: NewMapping,
) -> Result<Mapping, ApiError> {
    let current = mappings::lock(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    seen.check(current.version)?;
    let changed = mappings::update(connection, id, new).await?;

    let change = Change {
        action: "mapping.updated",
        subject_type: WHAT,
        subject_id: id,
        before: Some(answer::value(&MappingView::from(current))),
        after: Some(answer::value(&MappingView::from(changed.clone()))),
    };
    audit::record_change(connection, &caller, change).await?;
    Ok(changed)
}
