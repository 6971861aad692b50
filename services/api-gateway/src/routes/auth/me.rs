//! `GET /api/auth/me`

use super::UserView;
use crate::access::Caller;
use crate::answer;
use crate::openapi::{Answer, Operation};
use actix_web::HttpResponse;
use serde_json::json;

/// Who the caller is, with the role that this request has.
pub(crate) async fn me(caller: Caller) -> HttpResponse {
    let user = UserView { id: caller.user_id, email: caller.email, name: caller.name, role: caller.role };
    answer::data(json!({"user": user}))
}

pub(crate) fn operation() -> Operation {
    Operation::new("get_me", "Says who the caller is", Answer::one::<UserView>("user"))
        .about("`role` is the one that this request has: the lesser of the token's and the user's.")
}
