//! `GET /api/geniacs/sync/{id}/logs`

use super::ShownLogs;
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
pub(crate) async fn list_sync_logs(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let mut query = Query::of(&request);
    let window = query.window();
    let log_level = query.one_of("log_level", &LEVELS);
    let lowest_level = query.one_of("lowest_level", &LEVELS);
    let filter = Filter { window, sync_id: Some(id), log_level, lowest_level, text: None };
    let around = super::take_around(&mut query, &filter);
    query.finish()?;

    let asked = filter.clone();
    let shown = state.database.run(move |c| read_sync_logs(c, id, asked, around).boxed()).await?;
    Ok(super::answer_logs(shown, &filter))
}

pub(crate) fn describe_list_sync_logs() -> Operation {
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

async fn read_sync_logs(
    connection: &mut Connection,
    id: i64,
    mut filter: Filter,
    around: Option<i64>,
) -> Result<ShownLogs, ApiError> {
    let sync = syncs::head(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    filter.window = Window { integration_id: Some(sync.integration_id), ..filter.window };
    super::read_logs(connection, &filter, around).await
}
