//! `GET /api/geniacs/logs`

use super::answer;
use super::view::LogView;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::log_entries::{self, Filter, LEVELS};

/// What a search may look for.
const MAX_TEXT: usize = 200;

/// A stretch of log entries, newest first. A search for a rare text goes on where it says, with less than was asked for.
pub(crate) async fn list(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let filter = Filter {
        window: query.window(),
        sync_id: query.id("sync_id"),
        log_level: query.one_of("log_level", &LEVELS),
        lowest_level: query.one_of("lowest_level", &LEVELS),
        text: query.bounded_text("text", MAX_TEXT),
    };
    query.finish()?;
    let (place, limit) = (filter.window.place, filter.window.limit - 1);
    let found = state.database.run(move |c| async move { Ok(log_entries::list(c, &filter).await?) }.boxed()).await?;
    Ok(answer(found, &place, limit))
}

pub(crate) fn operation() -> Operation {
    Operation::new("list_logs", "Lists log entries, newest first", Answer::stretch::<LogView>("logs").or_csv())
        .about("A search for text looks at a part of the log at a time: fewer entries than asked for may come with a `next_cursor`.")
        .window()
        .query(Parameter::id("sync_id", "Only of this sync"))
        .query(Parameter::name::<names::LogLevel>("log_level", "Only of this level"))
        .query(Parameter::name::<names::LogLevel>("lowest_level", "Only of this level or a higher one"))
        .query(Parameter::text("text", "Only with this in the message, in any case", MAX_TEXT))
}
