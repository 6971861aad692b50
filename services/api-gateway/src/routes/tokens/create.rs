//! `POST /api/tokens`

use super::WHAT;
use super::body::{MadeToken, TokenBody};
use super::view::TokenView;
use crate::access::Caller;
use crate::answer;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{Fields, JsonBody, rule};
use crate::openapi::{Answer, Operation};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::Data;
use chrono::{DateTime, SecondsFormat, Utc};
use domain::Reason;
use domain::Role;
use futures_util::FutureExt as _;
use secrets::Token;
use serde_json::{Value, json};
use storage::Connection;
use storage::people::tokens::{self, NewToken, Use};
use storage::people::users;
use storage::starts::schedules;

const MAX_NAME: usize = 255;
/// Ten years.
const MAX_DAYS: i32 = 3_650;
const DAY_SECONDS: f64 = 86_400.0;

/// Makes a token, which this answer alone shows.
pub(crate) async fn create_token(
    state: Data<State>,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let asked = NewTokenRequest::read(body, &caller)?;
    let token = Token::generate();
    let hash = token.hash();
    let view = state.database.transaction(move |c| insert_token(c, caller, asked, hash).boxed()).await?;

    let mut shown = answer::value(&view);
    shown["token"] = Value::from(token.expose());
    Ok(answer::created("Token created successfully", json!({"token": shown})))
}

pub(crate) fn describe_create_token() -> Operation {
    let answer = Answer::one::<MadeToken>("token").created("Token created successfully");
    let summary = "Makes a token, which this answer alone shows";
    Operation::new("create_token", summary, answer)
        .about("It never lasts longer than the token or the session that it is made with, and ends with that one unless an \
                earlier end is given.")
        .body_like::<TokenBody>(json!({"name": "Nightly export", "expires_in_days": 90}))
}

struct NewTokenRequest {
    user_id: i64,
    name: String,
    role: Option<Role>,
    expires: TokenExpiry,
}

enum TokenExpiry {
    Never,
    InSeconds(f64),
    At(DateTime<Utc>),
}

impl NewTokenRequest {
    fn read(mut body: Fields, caller: &Caller) -> Result<Self, ApiError> {
        let name = body.required("name", rule::text(1, MAX_NAME));
        let role = body.optional("role", rule::name::<Role>);
        let user_id = body.optional("user_id", rule::id).unwrap_or(caller.user_id);
        let at = body.optional("expires_at", rule::moment);
        let days = body.optional("expires_in_days", rule::whole(1, MAX_DAYS));

        // A token must not be a way to a higher role.
        if role.is_some_and(|role| role > caller.role) {
            let message = format!("must not be above your own, which is {}", caller.role);
            body.problem("role", Reason::new("role_too_high", message).with("role", caller.role.as_str()));
        }
        if super::required_owner(caller).is_some_and(|own| own != user_id) {
            let message = "must be your own; administrators alone make tokens for others";
            body.problem("user_id", Reason::new("not_your_own", message));
        }

        let expires = match (at, days) {
            (Some(_), Some(_)) => {
                body.problem("expires_in_days", Reason::new("one_of_several", "must not stand beside expires_at"));
                TokenExpiry::Never
            }
            (Some(at), None) => TokenExpiry::At(at),
            (None, Some(days)) => TokenExpiry::InSeconds(f64::from(days) * DAY_SECONDS),
            (None, None) => TokenExpiry::Never,
        };

        body.finish(name.map(|name| Self { user_id, name, role, expires }))
    }
}

impl TokenExpiry {
    /// Seconds from now. A session, or another token that expires, must not make itself last longer.
    async fn seconds(self, connection: &mut Connection, caller: &Caller) -> Result<Option<f64>, ApiError> {
        // By the database's clock, by which tokens end, too.
        let now = schedules::now(connection).await?;
        let (field, seconds) = match self {
            Self::Never => return Ok(None),
            Self::InSeconds(seconds) => ("expires_in_days", seconds),
            Self::At(at) => ("expires_at", (at - now).as_seconds_f64()),
        };
        if seconds <= 0.0 {
            return Err(ApiError::invalid(field, Reason::new("in_the_past", "must lie in the future")));
        }

        let most = caller.token_expires_at.map(|end| (end, (end - now).as_seconds_f64()));
        match most {
            Some((end, most)) if seconds > most => {
                let end = end.to_rfc3339_opts(SecondsFormat::Secs, true);
                Err(ApiError::invalid(
                    field,
                    Reason::new(
                        "later_than_yours",
                        format!("must not be later than {end}, when the token that you use expires"),
                    ),
                ))
            }
            _ => Ok(Some(seconds)),
        }
    }
}

async fn insert_token(
    connection: &mut Connection,
    caller: Caller,
    asked: NewTokenRequest,
    token_hash: [u8; 32],
) -> Result<TokenView, ApiError> {
    // Locked, so that disabling the user ends this token too.
    let user = users::lock(connection, asked.user_id).await?.filter(|user| user.is_active);
    let user = user.ok_or_else(|| {
        ApiError::invalid("user_id", Reason::new("unknown_user", "there is no such user who may sign in"))
    })?;

    // Unless told, the lesser role of the caller and the user.
    let role = asked.role.unwrap_or(caller.role.min(user.role));
    if role > user.role {
        let message = format!("must not be above the user's, which is {}", user.role);
        return Err(ApiError::invalid("role", Reason::new("role_too_high", message).with("role", user.role.as_str())));
    }

    let lifetime_seconds = asked.expires.seconds(connection, &caller).await?;
    let new = NewToken {
        user_id: user.id,
        name: &asked.name,
        token_hash: &token_hash,
        role,
        lifetime_seconds,
        is_session: false,
        user: Use::default(),
    };

    let id = tokens::insert(connection, &new).await?.id;
    // A token must not outlive the one that made it.
    tokens::end_with(connection, id, caller.token_id).await?;
    let made = tokens::find(connection, id, None).await?.ok_or(storage::Error::NotFound)?;

    let view = TokenView::from(made);
    let after = Some(answer::value(&view));
    let change = Change { action: "token.created", subject_type: WHAT, subject_id: id, before: None, after };
    audit::record_change(connection, &caller, change).await?;
    Ok(view)
}
