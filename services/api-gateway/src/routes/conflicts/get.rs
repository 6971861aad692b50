//! `GET /api/geniacs/conflicts/{id}`

use super::WHAT;
use super::view::ConflictView;
use crate::error::ApiError;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::records::conflicts;

/// One conflict.
pub(crate) async fn get_conflict(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let found = state.database.run(move |c| async move { Ok(conflicts::find(c, id).await?) }.boxed()).await?;
    let conflict = found.map(ConflictView::from).ok_or(ApiError::NotFound(WHAT))?;
    Ok(answer::data(json!({"conflict": conflict})))
}

pub(crate) fn describe_get_conflict() -> Operation {
    Operation::new("get_conflict", "Shows a conflict", Answer::one::<ConflictView>("conflict"))
}
