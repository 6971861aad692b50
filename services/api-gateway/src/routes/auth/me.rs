//! `GET /api/auth/me`

use super::UserView;
use crate::access::Caller;
use crate::answer;
use actix_web::HttpResponse;
use serde_json::json;

/// Who the caller is, with the role that this request has.
pub(crate) async fn me(caller: Caller) -> HttpResponse {
    let user = UserView { id: caller.user_id, email: caller.email, name: caller.name, role: caller.role };
    answer::data(json!({"user": user}))
}
