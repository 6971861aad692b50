//! `GET /api/geniacs/conflicts`

use super::view::ConflictView;
use crate::answer;
use crate::error::ApiError;
use crate::input::{JsonBody, Query};
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::routes::counted;
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use storage::Connection;
use storage::conflicts::{self, ConflictRow, Filter};
use storage::listing::{Cursor, Window};
use utoipa::ToSchema;

/// A stretch of conflicts, newest first; `local_id` narrows it to one record.
pub(crate) async fn list(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let window = query.window();
    let filter = read(&mut query, window);
    query.finish()?;
    let (place, limit) = (filter.window.place, filter.window.limit - 1);
    let rows = state.database.run(move |c| async move { Ok(conflicts::list(c, &filter).await?) }.boxed()).await?;
    let cursor = |row: &ConflictRow| Cursor { at: row.created_at, id: row.id }.to_string();
    Ok(answer::stretch("conflicts", rows, (&place, limit), cursor, ConflictView::from))
}

/// How many of them a filter lets through, and the newest.
pub(crate) async fn count(state: Data<State>, JsonBody(body): JsonBody) -> Result<HttpResponse, ApiError> {
    let filter = counted::filter(body, |query| {
        let window = query.span();
        read(query, window)
    })?;
    let found = state.database.run(move |c| counted_of(c, filter).boxed()).await?;
    Ok(counted::answer(found, ConflictView::from))
}

async fn counted_of(connection: &mut Connection, filter: Filter) -> Result<(i64, Vec<ConflictRow>), ApiError> {
    let (all, first) = (counted::to_count(&filter.window), counted::to_show(&filter.window));
    let count = conflicts::count(connection, &Filter { window: all, ..filter.clone() }).await?;
    Ok((count, conflicts::list(connection, &Filter { window: first, ..filter }).await?))
}

fn read(query: &mut Query, window: Window) -> Filter {
    Filter {
        window,
        entity_type: query.name("entity_type"),
        state: query.name("state"),
        local_id: query.id("local_id"),
    }
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

pub(crate) fn count_operation() -> Operation {
    counted::operation::<CountBody, ConflictView>("count_conflicts", "Counts the conflicts that a filter lets through")
}

/// Which of them are counted.
#[derive(ToSchema)]
#[schema(as = ConflictCountRequest)]
#[expect(dead_code, reason = "it is read as a query is; this type says what it may hold")]
struct CountBody {
    filter: Option<ListFilter>,
}

#[derive(ToSchema)]
#[schema(as = ConflictListFilter)]
#[expect(dead_code, reason = "it is read as a query is; this type says what it may hold")]
struct ListFilter {
    integration_id: Option<i64>,
    /// Only what is not older.
    from: Option<DateTime<Utc>>,
    /// Only what is not newer.
    to: Option<DateTime<Utc>>,
    #[schema(value_type = Option<names::EntityType>)]
    entity_type: Option<String>,
    #[schema(value_type = Option<names::ConflictState>)]
    state: Option<String>,
    local_id: Option<i64>,
}
