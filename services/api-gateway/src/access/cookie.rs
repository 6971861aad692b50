//! The dashboard's session: a token in a cookie that scripts cannot read and other sites cannot send.

use crate::error::ApiError;
use crate::state::State;
use actix_web::HttpRequest;
use actix_web::cookie::time::OffsetDateTime;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{AUTHORIZATION, ORIGIN};
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use service::http::{Client, client};
use url::Url;

const NAME: &str = "geniacs_session";

/// A cookie that carries `token` until it expires.
pub(crate) fn session_cookie(request: &HttpRequest, token: &str, expires_at: Option<DateTime<Utc>>) -> Cookie<'static> {
    let mut cookie = new_cookie(request, token);
    if let Some(expires) = expires_at.and_then(|at| OffsetDateTime::from_unix_timestamp(at.timestamp()).ok()) {
        cookie.set_expires(expires);
    }
    cookie
}

/// The cookie of a request that came by one, with another end.
pub(super) fn prolonged_cookie(request: &HttpRequest, expires_at: Option<DateTime<Utc>>) -> Option<Cookie<'static>> {
    // A program that sends its token itself keeps no cookie.
    if request.headers().contains_key(AUTHORIZATION) {
        return None;
    }
    let token = request.cookie(NAME)?;
    Some(session_cookie(request, token.value(), expires_at))
}

/// A cookie that takes the session's away.
pub(crate) fn clear_session_cookie(request: &HttpRequest) -> Cookie<'static> {
    let mut cookie = new_cookie(request, "");
    cookie.make_removal();
    cookie
}

fn new_cookie(request: &HttpRequest, value: &str) -> Cookie<'static> {
    Cookie::build(NAME, value.to_owned())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(client(request).is_https)
        .finish()
}

/// The token of the cookie. A request that changes something must name our own host as its origin, or one of those that
/// the settings name.
pub(super) fn token_of_cookie(request: &ServiceRequest) -> Result<String, ApiError> {
    let token = request.cookie(NAME).ok_or(ApiError::Unauthenticated)?.value().to_owned();
    let origin = request.headers().get(ORIGIN).and_then(|origin| origin.to_str().ok());
    let is_ours =
        || origin.is_some_and(|origin| is_own(origin, &client(request.request())) || is_listed(origin, request));

    // A foreign page can make a browser send a request, but it cannot read the answer: reading needs no origin.
    if request.method().is_safe() || is_ours() { Ok(token) } else { Err(ApiError::ForeignOrigin) }
}

fn is_listed(origin: &str, request: &ServiceRequest) -> bool {
    let state = request.app_data::<Data<State>>();
    state.is_some_and(|state| state.settings.http.cors_origins.iter().any(|listed| listed == origin))
}

/// Whether an origin is the host that was asked for, and over https where that is known.
fn is_own(origin: &str, client: &Client) -> bool {
    let Some(origin) = Url::parse(origin).ok() else { return false };
    let authority = origin.host_str().map(|host| match origin.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    });

    // A default port may be written out in one of the two and not in the other.
    let host = client.host.strip_suffix(":443").or_else(|| client.host.strip_suffix(":80")).unwrap_or(&client.host);
    let same = authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host));
    same && (!client.is_https || origin.scheme() == "https")
}
