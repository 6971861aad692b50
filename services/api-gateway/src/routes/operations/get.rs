//! `GET /api/geniacs/operations/{id}`

use super::view::{FailureView, OperationView};
use crate::answer::Stretch;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::console::operations::{self, FailedItem};
use storage::listing::Place;

/// The name of this kind of thing in a 404.
const WHAT: &str = "operation";

/// How far an operation has come, and with what it could not be done.
pub(crate) async fn get_operation(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let mut query = Query::of(&request);
    let (place, limit) = (query.place_by_id(), query.limit());
    query.finish()?;

    let (operation, failures) = state.database.run(move |c| read_operation(c, id, place, limit).boxed()).await?;
    let Stretch { items, prev_cursor, next_cursor } =
        answer::cut(failures, (&place, limit), |item| item.subject_id.to_string(), FailureView::from);

    let operation = OperationView::from(operation);
    Ok(answer::data(json!({
        "operation": operation,
        "failures": items,
        "prev_cursor": prev_cursor,
        "next_cursor": next_cursor,
    })))
}

pub(crate) fn describe_get_operation() -> Operation {
    let answer = Answer::one::<OperationView>("operation").and_all::<FailureView>("failures").and_cursors();
    Operation::new("get_operation", "Shows how far an operation has come", answer)
        .about("`failures` are those with which it could not be done, one stretch after the other.")
        .stretched()
}

async fn read_operation(
    connection: &mut Connection,
    id: i64,
    place: Place<i64>,
    limit: i64,
) -> Result<(operations::Operation, Vec<FailedItem>), ApiError> {
    let operation = operations::find(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    // One more than asked for tells whether there is a next stretch.
    Ok((operation, operations::failures(connection, id, place, limit + 1).await?))
}
