//! `GET /api/geniacs/sync/{id}/errors`

use super::WHAT;
use super::view::ErrorView;
use crate::error::ApiError;
use crate::input::Query;
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::Connection;
use storage::syncs::{self, RecordError};

/// The records that failed, oldest first.
pub(crate) async fn errors(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let mut query = Query::of(&request);
    let (after, limit) = (query.after(), query.limit());
    query.finish()?;
    let mut rows = state.database.run(move |c| read(c, id, after, limit).boxed()).await?;
    let is_last = !more(&mut rows, limit);
    let next_cursor = rows.last().filter(|_| !is_last).map(|row| row.id);
    let errors: Vec<ErrorView> = rows.into_iter().map(ErrorView::from).collect();
    Ok(answer::stretch("errors", &errors, next_cursor))
}

async fn read(connection: &mut Connection, id: i64, after: i64, limit: i64) -> Result<Vec<RecordError>, ApiError> {
    syncs::find(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    // One more than asked for tells whether there is a next stretch.
    Ok(syncs::errors(connection, id, after, limit + 1).await?)
}

/// Cuts the rows to the limit; whether there were more.
fn more(rows: &mut Vec<RecordError>, limit: i64) -> bool {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    more
}
