//! Failures between here and the gateway.

use reqwest::StatusCode;
use serde_json::Value;
use std::fmt::Write as _;

/// Why the gateway did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Nothing answers.
    #[error("the gateway at {base} cannot be reached ({reason}): start it, or give its address with --gateway-url")]
    Unreachable {
        /// Its address.
        base: String,
        /// What the connection failed with.
        reason: String,
    },
    /// Something else answers.
    #[error(
        "what answers at {base} is not the gateway (HTTP {status} without JSON): give its address with --gateway-url"
    )]
    NotAGateway {
        /// Its address.
        base: String,
        /// What it answered.
        status: u16,
    },
    /// The token is unknown, revoked or over.
    #[error(
        "the gateway does not accept the token: make one with `geniacsctl token create` and set GENIACS_TOKEN to it"
    )]
    Unauthenticated,
    /// The request was refused.
    #[error("the gateway refused (HTTP {status}): {message}")]
    Refused {
        /// Of the answer.
        status: u16,
        /// Why, in words.
        message: String,
        /// The answer's `error`: a code, and the fields that are wrong.
        error: Value,
    },
    /// A part of the answer is not there.
    #[error("the gateway's answer lacks {0}: it is of another version than this program; use the same version of both")]
    Incomplete(&'static str),
}

impl GatewayError {
    pub(super) fn unreachable(base: &str, error: &reqwest::Error) -> Self {
        Self::Unreachable { base: base.to_owned(), reason: innermost(error) }
    }

    pub(super) fn not_a_gateway(base: &str, status: StatusCode) -> Self {
        Self::NotAGateway { base: base.to_owned(), status: status.as_u16() }
    }

    pub(super) fn refused(status: StatusCode, answer: &Value) -> Self {
        if status == StatusCode::UNAUTHORIZED {
            return Self::Unauthenticated;
        }
        let mut message = answer["message"].as_str().unwrap_or("it did not say why").to_owned();
        for detail in answer["error"]["details"].as_array().into_iter().flatten() {
            let (field, text) = (detail["field"].as_str(), detail["message"].as_str());
            // Writing to a String cannot fail.
            let _ = write!(message, "; {}: {}", field.unwrap_or("?"), text.unwrap_or("?"));
        }
        Self::Refused { status: status.as_u16(), message, error: answer["error"].clone() }
    }

    /// The code by which a program tells the kinds of failures apart.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "gateway_unreachable",
            Self::NotAGateway { .. } => "not_a_gateway",
            Self::Unauthenticated => "unauthenticated",
            Self::Refused { .. } => "refused",
            Self::Incomplete(_) => "incomplete_answer",
        }
    }

    /// Whether the same question may be answered a moment later: a gateway that restarts, or waits for its database.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { status, .. } | Self::NotAGateway { status, .. } => matches!(status, 429 | 502..=504),
            Self::Unauthenticated | Self::Incomplete(_) => false,
        }
    }
}

/// The cause at the end of the chain, such as `Connection refused (os error 111)`.
pub fn innermost(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_field_that_is_wrong_is_named() {
        let answer = json!({"success": false, "message": "some fields are not valid", "error": {"code": "validation_failed",
            "details": [{"field": "name", "message": "is missing"}, {"field": "url", "message": "is not one"}]}});
        let error = GatewayError::refused(StatusCode::UNPROCESSABLE_ENTITY, &answer);
        assert_eq!(
            error.to_string(),
            "the gateway refused (HTTP 422): some fields are not valid; name: is missing; url: is not one"
        );
        assert!(!error.is_passing());
    }

    #[test]
    fn a_gateway_that_waits_for_its_database_is_asked_again() {
        assert!(GatewayError::refused(StatusCode::SERVICE_UNAVAILABLE, &json!({})).is_passing());
    }
}
