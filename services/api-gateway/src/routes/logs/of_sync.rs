//! `GET /api/geniacs/sync/{id}/logs`

use super::answer;
use super::view::LogView;
use crate::error::ApiError;
use crate::input::{self, Query};
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::routes::sync::WHAT;
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::listing::Window;
use storage::log_entries::{self, Filter, LEVELS, Stretch};
use storage::{Connection, syncs};

/// A stretch of one sync's log entries, newest first.
pub(crate) async fn of_sync(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let mut query = Query::of(&request);
    let window = query.window();
    let log_level = query.one_of("log_level", &LEVELS);
    let lowest_level = query.one_of("lowest_level", &LEVELS);
    query.finish()?;
    let (place, limit) = (window.place, window.limit - 1);
    let filter = Filter { window, sync_id: Some(id), log_level, lowest_level, text: None };
    let rows = state.database.run(move |c| existing(c, id, filter).boxed()).await?;
    Ok(answer(rows, &place, limit))
}

pub(crate) fn operation() -> Operation {
    Operation::new(
        "list_sync_logs",
        "Lists the log entries of a sync, newest first",
        Answer::stretch::<LogView>("logs").or_csv(),
    )
    .window()
    .query(Parameter::name::<names::LogLevel>("log_level", "Only of this level"))
    .query(Parameter::name::<names::LogLevel>("lowest_level", "Only of this level or a higher one"))
}

async fn existing(connection: &mut Connection, id: i64, mut filter: Filter) -> Result<Stretch, ApiError> {
    let sync = syncs::head(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    filter.window = Window { integration_id: Some(sync.integration_id), ..filter.window };
    Ok(log_entries::list(connection, &filter).await?)
}
