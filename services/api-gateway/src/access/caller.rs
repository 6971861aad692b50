//! The caller behind a request.

use super::cookie;
use crate::error::ApiError;
use crate::request_id;
use crate::state::State;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header::{AUTHORIZATION, USER_AGENT};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use audit_chain::AuditChain;
use chrono::{DateTime, Utc};
use domain::Role;
use domain::sync::Starter;
use futures_util::FutureExt as _;
use std::future::{Ready, ready};
use std::net::IpAddr;
use storage::Connection;
use storage::console::operations::Operation;
use storage::people::tokens::{self, Bearer, Use};
use storage::runs::syncs::StartedBy;

/// Nothing of ours is longer.
const MAX_TOKEN: usize = 200;

/// The name of the token of a login.
pub(crate) const SESSION: &str = "login";

/// Who asks, as the database has it at this moment.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) user_id: i64,
    pub(crate) email: String,
    pub(crate) name: String,
    /// The lesser of the token's role and the user's.
    pub(crate) role: Role,
    pub(crate) token_id: i64,
    /// What that token is for.
    pub(crate) token_name: String,
    /// Whether a person signed in with it.
    pub(crate) is_session: bool,
    /// When that token expires.
    pub(crate) token_expires_at: Option<DateTime<Utc>>,
    /// Whether this request has put that off.
    pub(crate) is_prolonged: bool,
    pub(crate) address: Option<IpAddr>,
    pub(crate) request_id: String,
    /// The audit log, in which their changes are written down.
    pub(crate) log: AuditChain,
}

impl Caller {
    /// Who asks, for a sync to remember: a person who signed in, or a program by its token.
    pub(crate) fn started_by(&self) -> StartedBy {
        if self.is_session {
            StartedBy::named(Starter::User, self.user_id, &self.name)
        } else {
            StartedBy::named(Starter::Token, self.token_id, &self.token_name)
        }
    }

    /// Who asked for an operation that is carried out now.
    pub(crate) fn of_operation(log: AuditChain, operation: &Operation) -> Self {
        Self {
            user_id: operation.user_id.unwrap_or_default(),
            email: operation.actor.clone(),
            name: operation.actor.clone(),
            role: Role::Operator,
            token_id: 0,
            token_name: SESSION.to_owned(),
            // A session, so that syncs name the person as the one who started them.
            is_session: true,
            token_expires_at: None,
            is_prolonged: false,
            address: None,
            request_id: operation.request_id.clone(),
            log,
        }
    }
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // The guard puts it there for every route that asks for a role.
        ready(request.extensions().get::<Self>().cloned().ok_or(ApiError::Unauthenticated))
    }
}

/// Where a request comes from: the peer, or whom a proxy of ours names.
pub(crate) fn client_address(request: &HttpRequest) -> Option<IpAddr> {
    service::http::client(request).address
}

/// The name that the sending program gives itself (`User-Agent`).
pub(crate) fn user_agent(request: &HttpRequest) -> Option<String> {
    let text = request.headers().get(USER_AGENT)?.to_str().ok()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// SHA-256 of the token that a request brings. A change by cookie must come from our own pages.
pub(super) fn presented_token(request: &ServiceRequest) -> Result<[u8; 32], ApiError> {
    let token = match bearer_token(request) {
        Some(token) => token?,
        None => cookie::token_of_cookie(request)?,
    };
    // Nothing of ours is so long: it need not be hashed and looked up.
    if token.len() > MAX_TOKEN { Err(ApiError::Unauthenticated) } else { Ok(secrets::hash_token(&token)) }
}

/// Finds the caller by the token of the request.
pub(super) async fn identify_caller(
    state: &State,
    request: &ServiceRequest,
    token: [u8; 32],
) -> Result<Caller, ApiError> {
    let (from, browser) = (client_address(request.request()), user_agent(request.request()));
    let looked_up = state.database.run(move |c| look_up(c, token, from, browser).boxed()).await?;
    let Some((bearer, prolonged_until)) = looked_up else {
        state.rates.note_invalid(&token);
        // From now on its requests count for their address, as those with a made-up token do.
        return Err(ApiError::Unauthenticated);
    };

    state.rates.note_valid(token);
    Ok(Caller {
        role: bearer.role(),
        is_session: bearer.is_session(),
        user_id: bearer.user_id,
        email: bearer.email,
        name: bearer.name,
        token_id: bearer.token_id,
        token_name: bearer.token_name,
        token_expires_at: prolonged_until.or(bearer.expires_at),
        is_prolonged: prolonged_until.is_some(),
        address: client_address(request.request()),
        request_id: request_id::current_request_id(),
        log: state.log.clone(),
    })
}

/// The token of the Authorization header. If there is such a header, nothing else counts.
fn bearer_token(request: &ServiceRequest) -> Option<Result<String, ApiError>> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().unwrap_or_default();
    let token = header.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    Some(token.map(|(_, token)| token.trim().to_owned()).ok_or(ApiError::Unauthenticated))
}

/// Who holds a token, and until when that lasts now if this use of it prolonged it.
async fn look_up(
    connection: &mut Connection,
    hash: [u8; 32],
    address: Option<IpAddr>,
    browser: Option<String>,
) -> Result<Option<(Bearer, Option<DateTime<Utc>>)>, ApiError> {
    let Some(bearer) = tokens::bearer(connection, &hash).await? else { return Ok(None) };

    let mut prolonged = None;
    // Not at each request: a use is noted once a minute.
    if bearer.is_touch_due {
        let user = Use { address, user_agent: browser.as_deref() };
        prolonged = tokens::touch(connection, bearer.token_id, user).await?;
    }

    Ok(Some((bearer, prolonged)))
}
