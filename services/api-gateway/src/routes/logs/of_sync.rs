//! `GET /api/geniacs/sync/{id}/logs`

use super::Shown;
use super::view::LogView;
use crate::error::ApiError;
use crate::input::{self, Query};
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::routes::sync::WHAT;
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::Connection;
use storage::console::log_entries::{Filter, LEVELS};
use storage::listing::Window;
use storage::runs::syncs;

/// A stretch of one sync's log entries, newest first.
pub(crate) async fn of_sync(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let mut query = Query::of(&request);
    let window = query.window();
    let log_level = query.one_of("log_level", &LEVELS);
    let lowest_level = query.one_of("lowest_level", &LEVELS);
    let filter = Filter { window, sync_id: Some(id), log_level, lowest_level, text: None };
    let around = super::around(&mut query, &filter);
    query.finish()?;

    let asked = filter.clone();
    let shown = state.database.run(move |c| existing(c, id, asked, around).boxed()).await?;
    Ok(super::answer(shown, &filter))
}

pub(crate) fn operation() -> Operation {
    Operation::new(
        "list_sync_logs",
        "Lists the log entries of a sync, newest first",
        Answer::stretch::<LogView>("logs").or_csv(),
    )
    .window()
    .query(super::around_parameter())
    .query(Parameter::name::<names::LogLevel>("log_level", "Only of this level"))
    .query(Parameter::name::<names::LogLevel>("lowest_level", "Only of this level or a higher one"))
}

async fn existing(
    connection: &mut Connection,
    id: i64,
    mut filter: Filter,
    around: Option<i64>,
) -> Result<Shown, ApiError> {
    let sync = syncs::head(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    filter.window = Window { integration_id: Some(sync.integration_id), ..filter.window };
    super::read(connection, &filter, around).await
}
