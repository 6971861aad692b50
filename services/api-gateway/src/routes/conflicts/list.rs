//! `GET /api/geniacs/conflicts`

use super::view::ConflictView;
use crate::answer;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::conflicts::{self, ConflictRow, Filter};
use storage::listing::Cursor;

/// A stretch of conflicts, newest first; `local_id` narrows it to one record.
pub(crate) async fn list(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let filter = Filter {
        window: query.window(),
        entity_type: query.name("entity_type"),
        state: query.name("state"),
        local_id: query.id("local_id"),
    };
    query.finish()?;
    let limit = filter.window.limit - 1;
    let rows = state.database.run(move |c| async move { Ok(conflicts::list(c, &filter).await?) }.boxed()).await?;
    let cursor = |row: &ConflictRow| Cursor { at: row.created_at, id: row.id }.to_string();
    Ok(answer::stretch("conflicts", rows, limit, cursor, ConflictView::from))
}

pub(crate) fn operation() -> Operation {
    Operation::new(
        "list_conflicts",
        "Lists what both sides have changed, newest first",
        Answer::stretch::<ConflictView>("conflicts"),
    )
    .window()
    .query(Parameter::name::<names::EntityType>("entity_type", "Only of this kind of record"))
    .query(Parameter::name::<names::ConflictState>("state", "Only those that are so"))
    .query(Parameter::id("local_id", "Only of the record with this local id"))
}
