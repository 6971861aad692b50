//! `GET /api/geniacs/dead-letters`

use super::view::LetterView;
use crate::answer;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::dead_letters::{self, Filter, LetterRow};

/// A stretch of letters, newest first.
pub(crate) async fn list(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let limit = query.limit();
    let filter = Filter {
        integration_id: query.id("integration_id"),
        state: query.name("state"),
        before: query.after(),
        // One more than asked for tells whether there is a next stretch.
        limit: limit + 1,
    };
    query.finish()?;
    let rows = state.database.run(move |c| async move { Ok(dead_letters::list(c, filter).await?) }.boxed()).await?;
    Ok(answer::stretch("dead_letters", rows, limit, |row: &LetterRow| row.id.to_string(), LetterView::from))
}

pub(crate) fn operation() -> Operation {
    Operation::new(
        "list_dead_letters",
        "Lists what the queues gave up, newest first",
        Answer::stretch::<LetterView>("dead_letters"),
    )
    .query(Parameter::id("integration_id", "Only of this integration"))
    .query(Parameter::name::<names::LetterState>("state", "Only in this state"))
    .stretched()
}
