//! `GET /api/geniacs/dead-letters`

use super::view::LetterView;
use crate::answer;
use crate::error::ApiError;
use crate::input::{JsonBody, Query};
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::routes::counted;
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::Connection;
use storage::console::dead_letters::{self, Filter, LetterRow};
use utoipa::ToSchema;

/// A stretch of letters, newest first.
pub(crate) async fn list_dead_letters(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let limit = query.limit();
    let place = query.place_by_id();
    // One more than asked for tells whether there is a next stretch.
    let filter = Filter { place, limit: limit + 1, ..read_letter_filter(&mut query) };
    query.finish()?;

    let rows = state.database.run(move |c| async move { Ok(dead_letters::list(c, filter).await?) }.boxed()).await?;
    Ok(answer::stretch("dead_letters", rows, (&place, limit), |row: &LetterRow| row.id.to_string(), LetterView::from))
}

/// Reads what letters are narrowed by.
pub(super) fn read_letter_filter(query: &mut Query) -> Filter {
    Filter { integration_id: query.id("integration_id"), state: query.name("state"), ..Filter::default() }
}

pub(crate) fn describe_list_dead_letters() -> Operation {
    Operation::new(
        "list_dead_letters",
        "Lists what the queues gave up, newest first",
        Answer::stretch::<LetterView>("dead_letters"),
    )
    .query(Parameter::id("integration_id", "Only of this integration"))
    .query(Parameter::name::<names::LetterState>("state", "Only in this state"))
    .stretched()
}

/// How many letters a filter lets through, and the newest of them.
pub(crate) async fn count_dead_letters(
    state: Data<State>,
    JsonBody(mut body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let filter = Query::filter_of(&mut body, read_letter_filter);
    let filter = body.finish(Some(filter))?;
    let found = state.database.run(move |c| counted_of(c, filter).boxed()).await?;
    Ok(counted::answer_counted(found, LetterView::from))
}

async fn counted_of(connection: &mut Connection, filter: Filter) -> Result<(i64, Vec<LetterRow>), ApiError> {
    let count = dead_letters::count(connection, Filter { limit: counted::MOST + 1, ..filter }).await?;
    Ok((count, dead_letters::list(connection, Filter { limit: counted::SAMPLES, ..filter }).await?))
}

pub(crate) fn describe_count_dead_letters() -> Operation {
    counted::describe_count::<CountBody, LetterView>(
        "count_dead_letters",
        "Counts the dead letters that a filter lets through",
    )
}

/// Which letters are counted.
#[derive(ToSchema)]
#[schema(as = DeadLetterCountRequest)]
#[expect(dead_code, reason = "it is read as a query is; this type says what it may hold")]
struct CountBody {
    filter: Option<ListFilter>,
}

#[derive(ToSchema)]
#[schema(as = DeadLetterListFilter)]
#[expect(dead_code, reason = "it is read as a query is; this type says what it may hold")]
pub(super) struct ListFilter {
    integration_id: Option<i64>,
    #[schema(value_type = Option<names::LetterState>)]
    state: Option<String>,
}
