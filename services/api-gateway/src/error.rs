//! What can go wrong with a request, and the one table from there to an answer.

use crate::request_id;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use domain::integration::Invalid;
use domain::{Reason, Role};
use serde_json::{Value, json};
use std::time::Duration;
use storage::PoolError;
use storage::notifications::rules;
use storage::partners::{integrations, mappings};
use storage::people::users;

/// How long a caller should wait when something of ours is away.
const AWAY_RETRY: Duration = Duration::from_secs(5);
/// Problems of one request that are named: enough for a person, and no answer larger than its request.
const MOST_DETAILS: usize = 100;

/// Why a request is not answered with a success. The message is for the caller.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("the body is not JSON: {0}")]
    MalformedBody(String),
    #[error("the request's query or headers are not understood")]
    BadParameter(Vec<Invalid>),
    #[error("sign in: send `Authorization: Bearer <token>` with a token that is valid")]
    Unauthenticated,
    #[error("the e-mail address or the password is wrong")]
    WrongPassword,
    #[error("this needs the role `{0}`")]
    Forbidden(Role),
    #[error("a change by cookie must come from this service's own pages (the Origin header does not match)")]
    ForeignOrigin,
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("this path does not take that method; it takes {0}")]
    MethodNotAllowed(String),
    #[error("the body did not arrive in time")]
    SlowBody,
    #[error("{1}")]
    Conflict(&'static str, String),
    /// A filter finds another number of things than the caller saw; the details say how many.
    #[error("{0}")]
    CountChanged(String, Vec<Invalid>),
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    #[error("the body must be JSON, with the header `Content-Type: application/json` and no Content-Encoding")]
    NotJson,
    #[error("some fields are not valid")]
    Invalid(Vec<Invalid>),
    /// An integration was to be saved only if its partner takes it.
    #[error("the connection test failed; nothing was saved")]
    ConnectionTestFailed { details: Vec<Invalid>, test: Value },
    #[error("too many attempts; wait before the next one")]
    TooManyAttempts(Duration),
    #[error("too many requests; wait as long as `Retry-After` says")]
    TooManyRequests(Duration),
    #[error("the bodies of other requests take all the memory that there is for them; send this one again")]
    NoRoom,
    #[error("too many listeners here for now; come back later")]
    TooManyListeners,
    #[error("the service cannot reach its database for now; nothing was changed")]
    DatabaseAway,
    #[error("something went wrong here; it has been logged")]
    Database(storage::Error),
    #[error("something went wrong here; it has been logged")]
    Internal(&'static str),
    #[error("something went wrong here; it has been logged")]
    Panicked,
}

impl ApiError {
    /// One field that is wrong.
    pub(crate) fn invalid(field: &str, reason: impl Into<Reason>) -> Self {
        Self::Invalid(vec![Invalid::new(field, reason)])
    }

    /// One parameter of the query that is wrong.
    pub(crate) fn bad_parameter(name: &str, reason: impl Into<Reason>) -> Self {
        Self::BadParameter(vec![Invalid::new(name, reason)])
    }

    /// The table: a status and a stable code for each.
    fn row(&self) -> (StatusCode, &'static str) {
        match self {
            Self::MalformedBody(_) => (StatusCode::BAD_REQUEST, "malformed_json"),
            Self::BadParameter(_) => (StatusCode::BAD_REQUEST, "bad_parameter"),
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated"),
            Self::WrongPassword => (StatusCode::UNAUTHORIZED, "invalid_credentials"),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden"),
            Self::ForeignOrigin => (StatusCode::FORBIDDEN, "foreign_origin"),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
            Self::MethodNotAllowed(_) => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::SlowBody => (StatusCode::REQUEST_TIMEOUT, "body_timeout"),
            Self::Conflict(code, _) => (StatusCode::CONFLICT, code),
            Self::CountChanged(..) => (StatusCode::CONFLICT, "count_changed"),
            Self::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            Self::NotJson => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json"),
            Self::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "validation_failed"),
            Self::ConnectionTestFailed { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "connection_test_failed"),
            Self::TooManyAttempts(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts"),
            Self::TooManyRequests(_) => (StatusCode::TOO_MANY_REQUESTS, "rate_limited"),
            Self::NoRoom => (StatusCode::SERVICE_UNAVAILABLE, "overloaded"),
            Self::TooManyListeners => (StatusCode::SERVICE_UNAVAILABLE, "too_many_listeners"),
            Self::DatabaseAway => (StatusCode::SERVICE_UNAVAILABLE, "database_unavailable"),
            Self::Database(_) | Self::Internal(_) | Self::Panicked => {
                (StatusCode::INTERNAL_SERVER_ERROR, "internal_error")
            }
        }
    }

    /// The stable code of it.
    pub(crate) fn code(&self) -> &'static str {
        self.row().1
    }

    /// Everything that is wrong with the request's fields.
    pub(crate) fn details(&self) -> &[Invalid] {
        match self {
            Self::Invalid(details)
            | Self::BadParameter(details)
            | Self::CountChanged(_, details)
            | Self::ConnectionTestFailed { details, .. } => details,
            _ => &[],
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyAttempts(wait) | Self::TooManyRequests(wait) => Some(*wait),
            Self::DatabaseAway | Self::TooManyListeners | Self::NoRoom => Some(AWAY_RETRY),
            _ => None,
        }
    }

    /// Causes stay here; what the caller sees of them is constant.
    fn log(&self, request_id: &str) {
        match self {
            Self::Database(error) => tracing::error!(request_id, error = %message_of(error), "a statement failed"),
            Self::Internal(reason) => tracing::error!(request_id, reason, "a request failed"),
            Self::Panicked => tracing::error!(request_id, "a request ended in a panic"),
            Self::DatabaseAway => tracing::warn!(request_id, "the database does not answer"),
            _ => {}
        }
    }
}

/// PostgreSQL's message without its details, which may quote a row.
fn message_of(error: &storage::Error) -> String {
    match error {
        storage::Error::DatabaseError(kind, info) => format!("{kind:?}: {}", info.message()),
        other => other.to_string(),
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.row().0
    }

    fn error_response(&self) -> HttpResponse {
        let (status, code) = self.row();
        let request_id = request_id::current_request_id();
        self.log(&request_id);

        let detail = |d: &Invalid| json!({"field": d.field, "message": d.message, "code": d.code, "params": d.params});
        let details: Vec<_> = self.details().iter().take(MOST_DETAILS).map(detail).collect();

        let mut response = HttpResponse::build(status);
        if let Some(wait) = self.retry_after() {
            response.insert_header((RETRY_AFTER, wait.as_secs_f64().ceil().max(1.0).to_string()));
        }
        if let Self::MethodNotAllowed(methods) = self {
            response.insert_header((ALLOW, methods.as_str()));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }

        let mut error = json!({"code": code, "details": details, "request_id": request_id});
        if let Self::ConnectionTestFailed { test, .. } = self {
            error["connection_test"] = test.clone();
        }

        response.json(json!({"success": false, "message": self.to_string(), "error": error}))
    }
}

impl From<PoolError> for ApiError {
    fn from(_: PoolError) -> Self {
        Self::DatabaseAway
    }
}

impl From<storage::Error> for ApiError {
    fn from(error: storage::Error) -> Self {
        // Two requests at once may both find a name free: the index decides.
        if let Some((code, message)) = constraint_of(&error).and_then(conflict_of_constraint) {
            return Self::Conflict(code, message.to_owned());
        }
        if is_away(&error) { Self::DatabaseAway } else { Self::Database(error) }
    }
}

fn constraint_of(error: &storage::Error) -> Option<&str> {
    match error {
        storage::Error::DatabaseError(_, info) => info.constraint_name(),
        _ => None,
    }
}

/// What a unique index that refused a row means to the caller.
fn conflict_of_constraint(constraint: &str) -> Option<(&'static str, &'static str)> {
    match constraint {
        integrations::NAME_CONSTRAINT => Some(("duplicate_name", "an integration of this name exists already")),
        rules::NAME_CONSTRAINT => Some(("duplicate_name", "a notification rule of this name exists already")),
        mappings::LOCAL_CONSTRAINT => Some(("duplicate_mapping", "this local field has an active mapping already")),
        mappings::GENIACS_CONSTRAINT => Some(("duplicate_mapping", "this Geniacs field has an active mapping already")),
        users::EMAIL_CONSTRAINT => Some(("duplicate_email", "a user with this e-mail address exists already")),
        _ => None,
    }
}

/// Whether the database is away, or so busy or full that the same request may succeed later.
fn is_away(error: &storage::Error) -> bool {
    storage::sqlstate::passing(error).is_some() || storage::is_statement_timeout(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_the_status_of_the_contract_and_a_code_in_snake_case() {
        let field = || vec![Invalid::new("name", Reason::required())];
        let rows = [
            (ApiError::MalformedBody(String::new()), 400),
            (ApiError::BadParameter(field()), 400),
            (ApiError::Unauthenticated, 401),
            (ApiError::WrongPassword, 401),
            (ApiError::Forbidden(Role::Admin), 403),
            (ApiError::ForeignOrigin, 403),
            (ApiError::NotFound("sync"), 404),
            (ApiError::MethodNotAllowed("GET".to_owned()), 405),
            (ApiError::SlowBody, 408),
            (ApiError::Conflict("duplicate_name", String::new()), 409),
            (ApiError::CountChanged(String::new(), field()), 409),
            (ApiError::TooLarge(1), 413),
            (ApiError::NotJson, 415),
            (ApiError::Invalid(field()), 422),
            (ApiError::ConnectionTestFailed { details: field(), test: Value::Null }, 422),
            (ApiError::TooManyAttempts(Duration::ZERO), 429),
            (ApiError::TooManyRequests(Duration::ZERO), 429),
            (ApiError::TooManyListeners, 503),
            (ApiError::NoRoom, 503),
            (ApiError::Database(storage::Error::NotFound), 500),
            (ApiError::Internal("x"), 500),
            (ApiError::Panicked, 500),
            (ApiError::DatabaseAway, 503),
        ];

        for (error, status) in rows {
            let response = error.error_response();
            assert_eq!(response.status(), status, "{error:?}");
            assert_eq!(response.headers().contains_key(RETRY_AFTER), matches!(status, 429 | 503), "{error:?}");
            assert!(error.row().1.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{error:?}");
        }
    }

    #[test]
    fn a_fault_of_ours_says_nothing_about_its_cause() {
        assert_eq!(ApiError::Internal("secret").to_string(), ApiError::Panicked.to_string());
        assert_eq!(ApiError::Database(storage::Error::NotFound).to_string(), ApiError::Panicked.to_string());
    }
}
