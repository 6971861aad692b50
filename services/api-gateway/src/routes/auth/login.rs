//! `POST /api/auth/login`

use super::UserView;
use crate::access::{self, Caller, LoginAttempt, SESSION, password};
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{JsonBody, rule};
use crate::openapi::{Answer, Operation, names};
use crate::state::State;
use crate::{answer, request_id};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use domain::EmailKey;
use futures_util::FutureExt as _;
use secrets::{DUMMY_PASSWORD_HASH, Token};
use serde_json::json;
use std::time::{Duration, Instant};
use storage::Connection;
use storage::people::failed_logins;
use storage::people::tokens::{self, Made, NewToken, SESSION_SECONDS, Use};
use storage::people::users::{self, User};
use utoipa::ToSchema;

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
    /// `session`.
    #[schema(value_type = names::TokenKind)]
    token_kind: String,
    expires_at: Option<DateTime<Utc>>,
    user: UserView,
}

/// Gives a token for an address and a password, in the answer and as a cookie.
pub(crate) async fn log_in(
    state: Data<State>,
    request: HttpRequest,
    JsonBody(mut body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let email = body.required("email", rule::text(1, 255));
    let password = body.required("password", rule::secret(MAX_PASSWORD));
    let (email, password) = body.finish(email.zip(password))?;

    let attempt = LoginAttempt::new(EmailKey::of(&email), access::client_address(&request));
    let user = match verify_credentials(&state, &attempt, password).await {
        // Only wrong passwords are counted: an attempt that has to wait, or an outage, is no failed login.
        Err(refused @ ApiError::WrongPassword) => {
            note_failure(&state, &attempt).await;
            return Err(refused);
        }
        verified => verified?,
    };

    let token = Token::generate();
    let signed_in = SignedIn {
        caller: caller_signing_in(&state, &user, &request),
        browser: access::user_agent(&request),
        verified: user.password_hash.clone(),
        token_hash: token.hash(),
    };
    let made = state.database.transaction(move |c| sign_in(c, signed_in).boxed()).await?;

    let view = UserView { id: user.id, email: user.email, name: user.name, role: user.role };
    let data =
        json!({"token": token.expose(), "token_kind": tokens::SESSION, "expires_at": made.expires_at, "user": view});
    let mut response = answer::done("Signed in", data);
    // Programs read the token from the answer; the dashboard lives by the cookie.
    let cookie = access::session_cookie(&request, token.expose(), made.expires_at);
    response.add_cookie(&cookie).map_err(|_| ApiError::Internal("the session cookie could not be written"))?;
    Ok(response)
}

pub(crate) fn describe_log_in() -> Operation {
    Operation::new(
        "log_in",
        "Gives a token for an e-mail address and a password",
        Answer::data::<Session>().says("Signed in").sets_cookie(),
    )
    .about(
        "The token is a session: it lasts 12 hours after its last use, and 30 days at most. It is also set as the session's cookie. Failed attempts slow the next ones down, by \
                account and network, by network, and, with a higher limit, by account.",
    )
    .body::<Credentials>()
    .unauthenticated()
}

/// Takes the same time whether the address is unknown, the user disabled or the password wrong.
async fn verify_credentials(state: &State, attempt: &LoginAttempt, password: String) -> Result<User, ApiError> {
    // An attempt that has to wait must not take the turn of another one.
    check_wait(state, attempt)?;
    let _turn = password::hashing_turn(state).await?;
    // Again, now that it is this attempt's turn, so that many at once gain nothing.
    check_wait(state, attempt)?;

    let account = attempt.account().clone();
    let user = state.database.run(move |c| async move { Ok(users::find_by_email(c, &account).await?) }.boxed()).await?;
    let hash = user.as_ref().map_or(DUMMY_PASSWORD_HASH, |user| &user.password_hash).to_owned();
    let check = state.database.runtime().spawn_blocking(move || secrets::verify_password(&password, &hash));
    let fits = check.await.map_err(|_| ApiError::Panicked)?;

    // One answer for all three reasons, so that nobody learns which accounts exist.
    let Some(user) = user.filter(|user| fits && user.is_active) else {
        state.throttle.note_failure(attempt, Instant::now());
        return Err(ApiError::WrongPassword);
    };
    state.throttle.note_success(attempt, Instant::now());
    Ok(user)
}

fn check_wait(state: &State, attempt: &LoginAttempt) -> Result<(), ApiError> {
    match state.throttle.wait(attempt, Instant::now()) {
        Some(wait) => Err(ApiError::TooManyAttempts(wait + Duration::from_secs(1))),
        None => Ok(()),
    }
}

/// Counts a failure for the audit log. The answer stays the same where that fails.
async fn note_failure(state: &State, attempt: &LoginAttempt) {
    tracing::info!(request_id = request_id::current_request_id(), "a login was refused");
    let network = attempt.network();
    let noted = state.database.run(move |c| async move { Ok(failed_logins::note(c, network).await?) }.boxed()).await;
    if noted.is_err() {
        tracing::warn!(
            request_id = request_id::current_request_id(),
            "a refused login was not counted for the audit log"
        );
    }
}

fn caller_signing_in(state: &State, user: &User, request: &HttpRequest) -> Caller {
    Caller {
        user_id: user.id,
        email: user.email.clone(),
        name: user.name.clone(),
        role: user.role,
        token_id: 0,
        token_name: SESSION.to_owned(),
        is_session: true,
        token_expires_at: None,
        is_prolonged: false,
        address: access::client_address(request),
        request_id: request_id::current_request_id(),
        log: state.log.clone(),
    }
}

/// Somebody whose password fitted.
struct SignedIn {
    caller: Caller,
    browser: Option<String>,
    /// The hash that it fitted.
    verified: String,
    token_hash: [u8; 32],
}

async fn sign_in(connection: &mut Connection, signed_in: SignedIn) -> Result<Made, ApiError> {
    let SignedIn { caller, browser, verified, token_hash } = signed_in;
    // A user who was disabled or got another password meanwhile lost all tokens, and gets none for the old password.
    let user = users::lock(connection, caller.user_id).await?;
    if !user.is_some_and(|user| user.is_active && user.password_hash == verified) {
        return Err(ApiError::WrongPassword);
    }

    let new = NewToken {
        user_id: caller.user_id,
        name: SESSION,
        token_hash: &token_hash,
        role: caller.role,
        lifetime_seconds: Some(SESSION_SECONDS),
        is_session: true,
        user: Use { address: caller.address, user_agent: browser.as_deref() },
    };
    let made = tokens::insert(connection, &new).await?;

    let after = Some(json!({"role": caller.role, "expires_at": made.expires_at}));
    let change = Change { action: "token.created", subject_type: "token", subject_id: made.id, before: None, after };
    audit::record_change(connection, &caller, change).await?;
    Ok(made)
}
