//! `GET /api/users/{id}`

use super::WHAT;
use super::view::UserView;
use crate::error::ApiError;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::people::users;

/// One user, with the version in the ETag.
pub(crate) async fn get_user(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let found = state.database.run(move |c| async move { Ok(users::find(c, id).await?) }.boxed()).await?;
    let user = UserView::from(found.ok_or(ApiError::NotFound(WHAT))?);
    let version = user.version();
    Ok(answer::tagged(answer::data(json!({"user": user})), version))
}

pub(crate) fn describe_get_user() -> Operation {
    Operation::new("get_user", "Shows a user", Answer::one::<UserView>("user").tagged())
}
