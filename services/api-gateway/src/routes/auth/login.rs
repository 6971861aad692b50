//! `POST /api/auth/login`

use super::UserView;
use crate::access::{self, Attempt, Caller, password};
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{JsonBody, rule};
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, request_id};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use secrets::{DUMMY_PASSWORD_HASH, Token};
use serde_json::json;
use std::time::{Duration, Instant};
use storage::Connection;
use storage::tokens::{self, Made, NewToken};
use storage::users::{self, User};
use utoipa::ToSchema;

/// How long a login lasts.
const LIFETIME_SECONDS: f64 = 12.0 * 3_600.0;
const MAX_PASSWORD: usize = 1_024;

/// What signs a person in.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read field by field")]
struct Credentials {
    #[schema(min_length = 1, max_length = 255, example = "siti@example.com")]
    email: String,
    #[schema(min_length = 1, max_length = 1_024, example = "correct horse battery staple")]
    password: String,
}

/// A token that was just made.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the answer, which is put together from its parts")]
struct Session {
    /// Shown this once.
    #[schema(example = "gnx_7Q2mB4sX")]
    token: String,
    expires_at: Option<DateTime<Utc>>,
    user: UserView,
}

/// Gives a token for an address and a password, in the answer and as a cookie.
pub(crate) async fn login(
    state: Data<State>,
    request: HttpRequest,
    JsonBody(mut body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let email = body.required("email", rule::text(1, 255));
    let password = body.required("password", rule::secret(MAX_PASSWORD));
    let (email, password) = body.finish(email.zip(password))?;
    let attempt = Attempt { account: email.to_lowercase(), address: access::address(&request) };
    let user = verify(&state, &attempt, email, password).await?;
    let token = Token::generate();
    let (caller, hash, verified) = (caller(&state, &user, &request), token.hash(), user.password_hash.clone());
    let made = state.database.transaction(move |c| sign_in(c, caller, verified, hash).boxed()).await?;
    let view = UserView { id: user.id, email: user.email, name: user.name, role: user.role };
    let data = json!({"token": token.expose(), "expires_at": made.expires_at, "user": view});
    let mut response = answer::done("Signed in", data);
    let cookie = access::session(&request, token.expose(), made.expires_at);
    response.add_cookie(&cookie).map_err(|_| ApiError::Internal("the session cookie could not be written"))?;
    Ok(response)
}

pub(crate) fn operation() -> Operation {
    Operation::new(
        "log_in",
        "Gives a token for an e-mail address and a password",
        Answer::data::<Session>().says("Signed in").sets_cookie(),
    )
    .about(
        "The token lasts 12 hours; it is also set as the session's cookie. Failed attempts slow the next ones down, by \
                account and by address.",
    )
    .body::<Credentials>()
    .unauthenticated()
}

/// Takes the same time whether the address is unknown, the user disabled or the password wrong.
async fn verify(state: &State, attempt: &Attempt, email: String, password: String) -> Result<User, ApiError> {
    let turn = password::turn(state).await;
    // Looked at once it is this attempt's turn, so that many at once gain nothing.
    if let Some(wait) = state.throttle.wait(attempt, Instant::now()) {
        return Err(ApiError::TooManyAttempts(wait + Duration::from_secs(1)));
    }
    let _turn = turn?;
    let user = state.database.run(move |c| async move { Ok(users::find_by_email(c, &email).await?) }.boxed()).await?;
    let hash = user.as_ref().map_or(DUMMY_PASSWORD_HASH, |user| &user.password_hash).to_owned();
    let check = state.database.runtime().spawn_blocking(move || secrets::verify_password(&password, &hash));
    let fits = check.await.map_err(|_| ApiError::Panicked)?;
    let Some(user) = user.filter(|user| fits && user.is_active) else {
        state.throttle.failed(attempt, Instant::now());
        tracing::info!(request_id = request_id::current(), "a login was refused");
        return Err(ApiError::WrongPassword);
    };
    state.throttle.succeeded(attempt);
    Ok(user)
}

fn caller(state: &State, user: &User, request: &HttpRequest) -> Caller {
    Caller {
        user_id: user.id,
        email: user.email.clone(),
        name: user.name.clone(),
        role: user.role,
        token_id: 0,
        address: access::address(request),
        request_id: request_id::current(),
        log: state.log.clone(),
    }
}

async fn sign_in(
    connection: &mut Connection,
    caller: Caller,
    verified: String,
    token_hash: [u8; 32],
) -> Result<Made, ApiError> {
    // Whoever was disabled or got another password meanwhile lost all tokens, and gets no new one for the old password.
    let user = users::lock(connection, caller.user_id).await?;
    if !user.is_some_and(|user| user.is_active && user.password_hash == verified) {
        return Err(ApiError::WrongPassword);
    }
    let new = NewToken {
        user_id: caller.user_id,
        name: "login",
        token_hash: &token_hash,
        role: caller.role,
        lifetime_seconds: Some(LIFETIME_SECONDS),
    };
    let made = tokens::insert(connection, &new).await?;
    let after = Some(json!({"role": caller.role, "expires_at": made.expires_at}));
    let change = Change { action: "token.created", subject_type: "token", subject_id: made.id, before: None, after };
    audit::record(connection, &caller, change).await?;
    Ok(made)
}
