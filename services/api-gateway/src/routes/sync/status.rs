//! `GET /api/geniacs/sync/{id}/status`

use super::WHAT;
use super::view::StatusView;
use crate::error::ApiError;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::runs::syncs;

/// How many failures stand in the status; the rest has a list of its own.
const ERRORS: i64 = 100;

/// How a sync is.
pub(crate) async fn get_sync_status(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let sync = state.database.run(move |c| read_status(c, id).boxed()).await?;
    Ok(answer::data(json!({"sync": sync})))
}

pub(crate) fn describe_get_sync_status() -> Operation {
    Operation::new("get_sync_status", "Shows how a sync is", Answer::one::<StatusView>("sync"))
        .about("`errors` holds the first 100 records that failed.")
}

async fn read_status(connection: &mut Connection, id: i64) -> Result<StatusView, ApiError> {
    let sync = syncs::find(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    let documents = syncs::documents(connection, id).await?;
    Ok(StatusView::new(sync, documents, syncs::errors(connection, id, ERRORS).await?))
}
