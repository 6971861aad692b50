//! `POST /api/auth/logout`

use crate::access::{self, Caller};
use crate::answer;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::NoBody;
use crate::openapi::{Answer, Nothing, Operation};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::people::tokens;

/// Ends the token that the request came with, at once and everywhere.
pub(crate) async fn log_out(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    _: NoBody,
) -> Result<HttpResponse, ApiError> {
    state.database.transaction(move |c| revoke_own_token(c, caller).boxed()).await?;

    let mut response = answer::done("Signed out", json!({}));
    let cookie = access::clear_session_cookie(&request);
    response.add_cookie(&cookie).map_err(|_| ApiError::Internal("the session cookie could not be written"))?;
    Ok(response)
}

pub(crate) fn describe_log_out() -> Operation {
    Operation::new(
        "log_out",
        "Ends the token that the request came with",
        Answer::data::<Nothing>().says("Signed out").sets_cookie(),
    )
    .about("At once and everywhere; the session's cookie is taken away.")
}

async fn revoke_own_token(connection: &mut Connection, caller: Caller) -> Result<(), ApiError> {
    // A token that another request ended meanwhile is not written down twice.
    if tokens::revoke(connection, caller.token_id).await? {
        let change = Change {
            action: "token.revoked",
            subject_type: "token",
            subject_id: caller.token_id,
            before: None,
            after: None,
        };
        audit::record_change(connection, &caller, change).await?;
    }
    Ok(())
}
