//! `GET /api/geniacs/consistency-checks`

use super::view::CheckView;
use crate::answer;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::sync::SyncKind;
use futures_util::FutureExt as _;
use storage::listing::Cursor;
use storage::syncs::{self, Filter, SyncRow};

/// A stretch of checks, newest first, each without what it has found.
pub(crate) async fn list(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let filter = Filter {
        window: query.window(),
        entity_type: query.name("entity_type"),
        kind: Some(SyncKind::Check),
        ..Filter::default()
    };
    query.finish()?;
    let (place, limit) = (filter.window.place, filter.window.limit - 1);
    let rows = state.database.run(move |c| async move { Ok(syncs::list(c, &filter).await?) }.boxed()).await?;
    let cursor = |row: &SyncRow| Cursor { at: row.created_at, id: row.id }.to_string();
    Ok(answer::stretch("consistency_checks", rows, (&place, limit), cursor, |row| CheckView::of(&row)))
}

pub(crate) fn operation() -> Operation {
    let answer = Answer::stretch::<CheckView>("consistency_checks");
    Operation::new("list_consistency_checks", "Lists consistency checks, newest first", answer)
        .about("Each without its totals and differences.")
        .window()
        .query(Parameter::name::<names::EntityType>("entity_type", "Only of this kind of record"))
}
