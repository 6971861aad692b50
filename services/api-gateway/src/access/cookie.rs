//! The dashboard's session: a token in a cookie that scripts cannot read and other sites cannot send.

use crate::error::ApiError;
use actix_web::HttpRequest;
use actix_web::cookie::time::OffsetDateTime;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::ServiceRequest;
use actix_web::http::header::ORIGIN;
use chrono::{DateTime, Utc};
use url::Url;

const NAME: &str = "geniacs_session";

/// A cookie that carries `token` until it expires.
pub(crate) fn session(request: &HttpRequest, token: &str, expires_at: Option<DateTime<Utc>>) -> Cookie<'static> {
    let mut cookie = base(request, token);
    if let Some(expires) = expires_at.and_then(|at| OffsetDateTime::from_unix_timestamp(at.timestamp()).ok()) {
        cookie.set_expires(expires);
    }
    cookie
}

/// A cookie that takes the session's away.
pub(crate) fn clear(request: &HttpRequest) -> Cookie<'static> {
    let mut cookie = base(request, "");
    cookie.make_removal();
    cookie
}

fn base(request: &HttpRequest, value: &str) -> Cookie<'static> {
    Cookie::build(NAME, value.to_owned())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(request.connection_info().scheme() == "https")
        .finish()
}

/// The token of the cookie. A request that changes something must name our own host as its origin.
pub(super) fn token(request: &ServiceRequest) -> Result<String, ApiError> {
    let token = request.cookie(NAME).ok_or(ApiError::Unauthenticated)?.value().to_owned();
    if request.method().is_safe() || is_own_origin(request) { Ok(token) } else { Err(ApiError::ForeignOrigin) }
}

fn is_own_origin(request: &ServiceRequest) -> bool {
    let origin = request.headers().get(ORIGIN).and_then(|origin| origin.to_str().ok());
    let Some(origin) = origin.and_then(|origin| Url::parse(origin).ok()) else { return false };
    let authority = origin.host_str().map(|host| match origin.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    });
    let connection = request.connection_info();
    // A default port may be written out in one of the two and not in the other.
    let host = connection.host();
    let host = host.strip_suffix(":443").or_else(|| host.strip_suffix(":80")).unwrap_or(host);
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}
