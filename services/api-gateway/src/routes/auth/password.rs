//! `POST /api/auth/password`

use crate::access::{self, Caller, LoginAttempt, password};
use crate::answer;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{JsonBody, rule};
use crate::openapi::{Answer, Operation};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::{EmailKey, Reason};
use futures_util::FutureExt as _;
use serde_json::json;
use std::time::{Duration, Instant};
use storage::Connection;
use storage::people::tokens;
use storage::people::users::{self, Changed};
use utoipa::ToSchema;

const MAX_PASSWORD: usize = 1_024;

/// A new password, and the one before.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read field by field")]
struct PasswordChange {
    #[schema(format = Password, min_length = 1, max_length = 1_024, example = "correct horse battery staple")]
    current_password: String,
    #[schema(format = Password, min_length = 12, max_length = 1_024, example = "another horse battery staple")]
    new_password: String,
}

/// Gives the caller another password, and ends what the old one has opened elsewhere.
pub(crate) async fn change_password(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    JsonBody(mut body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let current = body.required("current_password", rule::secret(MAX_PASSWORD));
    let new = body.required("new_password", rule::password);
    if current.is_some() && current == new {
        body.problem("new_password", Reason::new("same_password", "must be another one than before"));
    }
    let (current, new) = body.finish(current.zip(new))?;

    let verified = verify_current(&state, &caller, &request, current).await?;
    let hash = password::hash_password(&state, new).await?;
    let ended = state.database.transaction(move |c| store_password(c, caller, verified, hash).boxed()).await?;
    Ok(answer::done("Password changed successfully", json!({"revoked_tokens": ended})))
}

pub(crate) fn describe_change_password() -> Operation {
    let answer = Answer::numbers(&[("revoked_tokens", "How many other sessions and tokens ended")]);
    Operation::new("change_password", "Gives the caller another password", answer.says("Password changed successfully"))
        .about("Every other session and token of the caller ends at once. Wrong attempts slow the next ones down, as at the login.")
        .body::<PasswordChange>()
}

/// Sees that the caller knows the password; gives the hash that it fits.
async fn verify_current(
    state: &State,
    caller: &Caller,
    request: &HttpRequest,
    password: String,
) -> Result<String, ApiError> {
    let attempt = LoginAttempt::new(EmailKey::of(&caller.email), access::client_address(request));
    check_wait(state, &attempt)?;
    let _turn = password::hashing_turn(state).await?;
    // Again, now that it is this attempt's turn, so that many at once gain nothing.
    check_wait(state, &attempt)?;

    let user_id = caller.user_id;
    let user = state.database.run(move |c| async move { Ok(users::find(c, user_id).await?) }.boxed()).await?;
    let hash = user.ok_or(ApiError::Unauthenticated)?.password_hash;
    let known = hash.clone();
    let check = state.database.runtime().spawn_blocking(move || secrets::verify_password(&password, &known));
    if !check.await.map_err(|_| ApiError::Panicked)? {
        state.throttle.note_failure(&attempt, Instant::now());
        return Err(ApiError::invalid("current_password", Reason::new("wrong_password", "is not the password")));
    }
    state.throttle.note_success(&attempt, Instant::now());
    Ok(hash)
}

fn check_wait(state: &State, attempt: &LoginAttempt) -> Result<(), ApiError> {
    match state.throttle.wait(attempt, Instant::now()) {
        Some(wait) => Err(ApiError::TooManyAttempts(wait + Duration::from_secs(1))),
        None => Ok(()),
    }
}

async fn store_password(
    connection: &mut Connection,
    caller: Caller,
    verified: String,
    hash: String,
) -> Result<usize, ApiError> {
    let current = users::lock(connection, caller.user_id).await?.ok_or(ApiError::Unauthenticated)?;
    // Somebody else gave another one meanwhile, and ended every token.
    if !current.is_active || current.password_hash != verified {
        return Err(ApiError::Unauthenticated);
    }

    let changed =
        Changed { name: &current.name, role: current.role, password_hash: &hash, is_active: current.is_active };
    users::update(connection, caller.user_id, changed).await?;
    let ended = tokens::revoke_others(connection, caller.user_id, caller.token_id).await?;

    let change = Change {
        action: "user.password_changed",
        subject_type: "user",
        subject_id: caller.user_id,
        before: None,
        after: Some(json!({"password_changed": true, "revoked_tokens": ended})),
    };
    audit::record_change(connection, &caller, change).await?;
    Ok(ended)
}
