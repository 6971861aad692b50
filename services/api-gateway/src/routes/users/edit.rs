//! `PATCH /api/users/{id}`

use super::body::UserChange;
use super::view::UserView;
use super::{MAX_NAME, WHAT, admins};
use crate::access::{Caller, password};
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{Fields, IfMatch, JsonBody, rule};
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::Role;
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::people::tokens;
use storage::people::users::{self, Changed, User};

/// Changes the fields that are given. Another password, and being disabled, end every token of the user.
pub(crate) async fn edit_user(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let (id, version) = (input::id(&request, WHAT)?, IfMatch::of(&request)?);
    let (asked, password) = UserEditRequest::read(body)?;
    // Before the transaction: no connection is held while a password is hashed.
    let hash = match password {
        Some(password) => Some(password::hash_password(&state, password).await?),
        None => None,
    };

    let edit = UserEdit { id, version, asked, hash, caller };
    let view = state.database.transaction(move |c| edit.run(c).boxed()).await?;
    let version = view.version();
    Ok(answer::tagged(answer::done("User updated successfully", json!({"user": view})), version))
}

pub(crate) fn describe_edit_user() -> Operation {
    let answer = Answer::one::<UserView>("user").says("User updated successfully").tagged();
    Operation::new("edit_user", "Changes the fields of a user that are given", answer)
        .about("Another password, and being disabled, end every token of the user at once.")
        .if_match()
        .body_like::<UserChange>(json!({"role": "operator"}))
        .conflicts("nobody would be left who may administer the system (`last_admin`)")
}

struct UserEditRequest {
    name: Option<String>,
    role: Option<Role>,
    is_active: Option<bool>,
}

impl UserEditRequest {
    fn read(mut body: Fields) -> Result<(Self, Option<String>), ApiError> {
        let asked = Self {
            name: body.optional("name", rule::text(1, MAX_NAME)),
            role: body.optional("role", rule::name::<Role>),
            is_active: body.optional("is_active", rule::flag),
        };
        let password = body.optional("password", rule::password);
        body.finish(Some((asked, password)))
    }
}

struct UserEdit {
    id: i64,
    version: IfMatch,
    asked: UserEditRequest,
    hash: Option<String>,
    caller: Caller,
}

impl UserEdit {
    async fn run(self, connection: &mut Connection) -> Result<UserView, ApiError> {
        let (admins, current) = admins::lock_with_admins(connection, self.id).await?;
        let current = current.ok_or(ApiError::NotFound(WHAT))?;
        self.version.check(current.version)?;
        let changed = self.changed(&current);
        admins::check_last_admin(&admins, &current, changed.role, changed.is_active)?;

        // Sessions that began with the old password end with it, and a disabled user has none.
        let ends_tokens = self.hash.is_some() || !changed.is_active;
        let user = users::update(connection, self.id, changed).await?;
        let ended = if ends_tokens { tokens::revoke_all(connection, self.id).await? } else { 0 };

        let before = Some(answer::value(&UserView::from(current)));
        let view = UserView::from(user);
        let mut after = answer::value(&view);
        after["password_changed"] = json!(self.hash.is_some());
        after["revoked_tokens"] = json!(ended);
        let (subject_id, after) = (self.id, Some(after));
        let change = Change { action: "user.updated", subject_type: WHAT, subject_id, before, after };
        audit::record_change(connection, &self.caller, change).await?;
        Ok(view)
    }

    fn changed<'a>(&'a self, current: &'a User) -> Changed<'a> {
        Changed {
            name: self.asked.name.as_deref().unwrap_or(&current.name),
            role: self.asked.role.unwrap_or(current.role),
            password_hash: self.hash.as_deref().unwrap_or(&current.password_hash),
            is_active: self.asked.is_active.unwrap_or(current.is_active),
        }
    }
}
