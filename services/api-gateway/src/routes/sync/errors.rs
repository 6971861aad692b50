//! `GET /api/geniacs/sync/{id}/errors`

use super::WHAT;
use super::view::ErrorView;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::Connection;
use storage::runs::syncs::{self, ErrorFilter, ErrorStretch};

/// Longer than any name of a kind.
const MAX_TYPE: usize = 64;
/// Longer than any name of a field, and any id.
const MAX_NAME: usize = 255;

/// The records that failed, oldest first.
pub(crate) async fn list_sync_errors(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let mut query = Query::of(&request);
    let (place, limit) = (query.place_by_id(), query.limit());
    let filter = ErrorFilter {
        error_type: query.bounded_text("error_type", MAX_TYPE),
        field: query.bounded_text("field", MAX_NAME),
        text: query.bounded_text("q", MAX_NAME),
        place,
        // One more than asked for tells whether there is a further stretch.
        limit: limit + 1,
    };
    query.finish()?;

    let found = state.database.run(move |c| read_errors(c, id, filter).boxed()).await?;
    let mut stretch = answer::cut(found.errors, (&place, limit), |row| row.id.to_string(), ErrorView::from);
    stretch.goes_on_at(&place, found.looked_up_to.map(|id| id.to_string()));
    Ok(stretch.under("errors"))
}

pub(crate) fn describe_list_sync_errors() -> Operation {
    Operation::new(
        "list_sync_errors",
        "Lists the records that failed in a sync",
        Answer::stretch::<ErrorView>("errors").or_csv(),
    )
    .about("A search for text looks at a part of them at a time: fewer than asked for may come with a `next_cursor`.")
    .query(Parameter::text("error_type", "Only of this kind", MAX_TYPE).like("validation_error"))
    .query(Parameter::text("field", "Only about this field", MAX_NAME).like("email"))
    .query(Parameter::text(
        "q",
        "Only of the record with this id, of either side; if there is none, those whose message holds this text",
        MAX_NAME,
    ))
    .stretched()
}

async fn read_errors(connection: &mut Connection, id: i64, filter: ErrorFilter) -> Result<ErrorStretch, ApiError> {
    syncs::head(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    Ok(syncs::filtered_errors(connection, id, &filter).await?)
}
