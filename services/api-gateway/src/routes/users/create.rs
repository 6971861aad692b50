//! `POST /api/users`

use super::body::UserBody;
use super::view::UserView;
use super::{MAX_NAME, WHAT};
use crate::access::{Caller, password};
use crate::answer;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{Fields, JsonBody, rule};
use crate::openapi::{Answer, Operation};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::Data;
use domain::Role;
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::people::users::{self, NewUser};

/// Adds a person, who may sign in at once with the password of the request.
pub(crate) async fn create_user(
    state: Data<State>,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let (asked, password) = NewUserRequest::read(body)?;
    // Before the transaction: no connection is held while a password is hashed.
    let hash = password::hash_password(&state, password).await?;
    let view = state.database.transaction(move |c| insert_user(c, caller, asked, hash).boxed()).await?;
    let version = view.version();
    Ok(answer::tagged(answer::created("User created successfully", json!({"user": view})), version))
}

pub(crate) fn describe_create_user() -> Operation {
    let answer = Answer::one::<UserView>("user").created("User created successfully").tagged();
    Operation::new("create_user", "Adds a person who may sign in", answer)
        .body::<UserBody>()
        .conflicts("a user of this e-mail address exists already (`duplicate_email`)")
}

struct NewUserRequest {
    email: String,
    name: String,
    role: Role,
}

impl NewUserRequest {
    fn read(mut body: Fields) -> Result<(Self, String), ApiError> {
        let email = body.required("email", rule::email);
        let name = body.required("name", rule::text(1, MAX_NAME));
        let role = body.required("role", rule::name::<Role>);
        let password = body.required("password", rule::password);
        let asked = email.zip(name).zip(role).map(|((email, name), role)| Self { email, name, role });
        body.finish(asked.zip(password))
    }
}

async fn insert_user(
    connection: &mut Connection,
    caller: Caller,
    asked: NewUserRequest,
    hash: String,
) -> Result<UserView, ApiError> {
    let new = NewUser { email: &asked.email, name: &asked.name, role: asked.role, password_hash: &hash };
    let made = users::insert(connection, new).await?;
    let id = made.id;
    let view = UserView::from(made);

    let after = Some(answer::value(&view));
    let change = Change { action: "user.created", subject_type: WHAT, subject_id: id, before: None, after };
    audit::record_change(connection, &caller, change).await?;
    Ok(view)
}
