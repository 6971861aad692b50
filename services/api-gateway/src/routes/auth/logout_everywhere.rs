//! `POST /api/auth/logout-everywhere`

use crate::access::{self, Caller};
use crate::answer;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{JsonBody, rule};
use crate::openapi::{Answer, Operation};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::people::{tokens, users};
use utoipa::ToSchema;

/// What is to end.
#[derive(ToSchema)]
#[schema(as = LogoutEverywhere)]
#[expect(dead_code, reason = "it describes the body, which is read field by field")]
struct EverywhereBody {
    /// Whether what programs were given ends, too.
    #[schema(default = false)]
    include_tokens: Option<bool>,
}

/// Ends every session of the caller, this one included.
pub(crate) async fn log_out_everywhere(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    JsonBody(mut body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let tokens_too = body.optional("include_tokens", rule::flag).unwrap_or_default();
    body.finish(Some(()))?;
    let ended = state.database.transaction(move |c| revoke_own_sessions(c, caller, tokens_too).boxed()).await?;

    let mut response = answer::done("Signed out everywhere", json!({"revoked_tokens": ended}));
    let cookie = access::clear_session_cookie(&request);
    response.add_cookie(&cookie).map_err(|_| ApiError::Internal("the session cookie could not be written"))?;
    Ok(response)
}

pub(crate) fn describe_log_out_everywhere() -> Operation {
    let answer = Answer::numbers(&[("revoked_tokens", "How many sessions and tokens ended")]);
    let summary = "Ends every session of the caller";
    Operation::new("log_out_everywhere", summary, answer.says("Signed out everywhere").sets_cookie())
        .about("At once, this one included; with `include_tokens` also what programs were given.")
        .body_like::<EverywhereBody>(json!({"include_tokens": false}))
}

async fn revoke_own_sessions(connection: &mut Connection, caller: Caller, tokens_too: bool) -> Result<usize, ApiError> {
    // Locked, so that a sign-in at the same moment comes wholly before or behind.
    users::lock(connection, caller.user_id).await?;
    let ended = tokens::revoke_sessions(connection, caller.user_id, tokens_too).await?;

    let change = Change {
        action: "sessions.ended",
        subject_type: "user",
        subject_id: caller.user_id,
        before: None,
        after: Some(json!({"revoked_tokens": ended, "include_tokens": tokens_too})),
    };
    audit::record_change(connection, &caller, change).await?;
    Ok(ended)
}
