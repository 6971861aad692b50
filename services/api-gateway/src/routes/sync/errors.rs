//! `GET /api/geniacs/sync/{id}/errors`

use super::WHAT;
use super::view::ErrorView;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation};
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
    let rows = state.database.run(move |c| read(c, id, after, limit).boxed()).await?;
    Ok(answer::stretch("errors", rows, limit, |row| row.id.to_string(), ErrorView::from))
}

pub(crate) fn operation() -> Operation {
    Operation::new(
        "list_sync_errors",
        "Lists the records that failed in a sync",
        Answer::stretch::<ErrorView>("errors"),
    )
    .stretched()
}

async fn read(connection: &mut Connection, id: i64, after: i64, limit: i64) -> Result<Vec<RecordError>, ApiError> {
    syncs::find(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    // One more than asked for tells whether there is a next stretch.
    Ok(syncs::errors(connection, id, after, limit + 1).await?)
}
