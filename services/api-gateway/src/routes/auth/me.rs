//! `GET /api/auth/me`

use super::UserView;
use crate::access::Caller;
use crate::answer;
use crate::openapi::{Answer, Operation, names};
use actix_web::HttpResponse;
use serde_json::json;
use storage::people::tokens;

/// Who the caller is, with the role that this request has.
pub(crate) async fn get_me(caller: Caller) -> HttpResponse {
    let user = UserView { id: caller.user_id, email: caller.email, name: caller.name, role: caller.role };
    let kind = if caller.is_session { tokens::SESSION } else { tokens::TOKEN };
    answer::data(json!({"user": user, "token_kind": kind, "expires_at": caller.token_expires_at}))
}

const EXPIRES: &str =
    "When the token that the request came with ends; each use puts the end of a session off. Null: never";

pub(crate) fn describe_get_me() -> Operation {
    Operation::new(
        "get_me",
        "Says who the caller is",
        Answer::one::<UserView>("user").and::<names::TokenKind>("token_kind").and_moment("expires_at", EXPIRES),
    )
    .about("`role` is the one that this request has: the lesser of the token's and the user's.")
}
