//! `DELETE /api/tokens/{id}`

use super::WHAT;
use super::view::TokenView;
use crate::access::Caller;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::openapi::{Answer, Deleted, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::people::tokens;

/// Ends a token at once and everywhere.
pub(crate) async fn revoke_token(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    state.database.transaction(move |c| revoke_and_audit(c, id, caller).boxed()).await?;
    Ok(answer::done("Token revoked successfully", json!({"token": {"id": id}})))
}

pub(crate) fn describe_revoke_token() -> Operation {
    let answer = Answer::one::<Deleted>("token").says("Token revoked successfully");
    Operation::new("revoke_token", "Ends a token at once and everywhere", answer)
}

async fn revoke_and_audit(connection: &mut Connection, id: i64, caller: Caller) -> Result<(), ApiError> {
    let found = tokens::find(connection, id, super::required_owner(&caller)).await?.ok_or(ApiError::NotFound(WHAT))?;
    if !tokens::revoke(connection, id).await? {
        return Err(ApiError::NotFound(WHAT));
    }

    let before = Some(answer::value(&TokenView::from(found)));
    let change = Change { action: "token.revoked", subject_type: WHAT, subject_id: id, before, after: None };
    audit::record_change(connection, &caller, change).await
}
