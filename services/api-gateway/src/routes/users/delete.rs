//! `DELETE /api/users/{id}`

use super::view::UserView;
use super::{WHAT, admins};
use crate::access::Caller;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::IfMatch;
use crate::openapi::{Answer, Deleted, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::Role;
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::people::users;

/// Deletes a user with all tokens. The audit log and decided conflicts go on naming the user's number and address.
pub(crate) async fn delete_user(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (id, version) = (input::id(&request, WHAT)?, IfMatch::of(&request)?);
    state.database.transaction(move |c| remove_user(c, id, version, caller).boxed()).await?;
    Ok(answer::done("User deleted successfully", json!({"user": {"id": id}})))
}

pub(crate) fn describe_delete_user() -> Operation {
    let answer = Answer::one::<Deleted>("user").says("User deleted successfully");
    Operation::new("delete_user", "Deletes a user with all tokens", answer)
        .if_match()
        .conflicts("nobody would be left who may administer the system (`last_admin`)")
}

async fn remove_user(connection: &mut Connection, id: i64, version: IfMatch, caller: Caller) -> Result<(), ApiError> {
    let (admins, current) = admins::lock_with_admins(connection, id).await?;
    let current = current.ok_or(ApiError::NotFound(WHAT))?;
    version.check(current.version)?;
    // To delete an administrator is to take the role away.
    admins::check_last_admin(&admins, &current, Role::Viewer, false)?;
    users::delete(connection, id).await?;

    let before = Some(answer::value(&UserView::from(current)));
    let change = Change { action: "user.deleted", subject_type: WHAT, subject_id: id, before, after: None };
    audit::record_change(connection, &caller, change).await
}
