//! The answers to a caller.

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderMap, RETRY_AFTER};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use service::http::REQUEST_ID;
use storage::webhooks::arrivals::Malformed;

use crate::secrets::Unverified;

/// Seconds after which a sender does well to come again.
const RETRY_SECONDS: u32 = 2;

/// Why a webhook was not taken. Nothing of what was sent is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the signature is missing, wrong, or of no integration known here")]
    Signature,
    #[error("several integrations share this secret; send to /api/geniacs/webhook/{{integration_id}} instead")]
    Ambiguous,
    #[error("{0}")]
    Malformed(#[from] Malformed),
    #[error("the event holds a value that cannot be stored, such as a number beyond all bounds")]
    Unstorable,
    #[error("the body was cut short")]
    CutShort,
    #[error("the body did not come within 10 seconds")]
    TooSlow,
    #[error("the body is larger than 1 MiB")]
    TooLarge,
    #[error("the body must be application/json")]
    NotJson,
    #[error("the body must not be compressed")]
    Compressed,
    #[error("webhooks are sent with POST")]
    Method,
    #[error("there is nothing at this path")]
    NoSuchPath,
    #[error("too many webhooks at once; send this one again")]
    Overloaded,
    #[error("the event could not be kept for now; send it again")]
    Unavailable,
}

impl From<Unverified> for Refusal {
    fn from(reason: Unverified) -> Self {
        match reason {
            Unverified::NoMatch => Self::Signature,
            Unverified::SeveralMatch => Self::Ambiguous,
            Unverified::SecretsAway => Self::Unavailable,
        }
    }
}

impl Refusal {
    /// The stable name, also in metrics.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Signature => "invalid_signature",
            Self::Ambiguous => "ambiguous_integration",
            Self::Malformed(_) | Self::CutShort => "malformed_body",
            Self::Unstorable => "unstorable_value",
            Self::TooSlow => "body_too_slow",
            Self::TooLarge => "body_too_large",
            Self::NotJson => "not_json",
            Self::Compressed => "compressed_body",
            Self::Method => "method_not_allowed",
            Self::NoSuchPath => "not_found",
            Self::Overloaded => "overloaded",
            Self::Unavailable => "unavailable",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::Signature | Self::Ambiguous | Self::Malformed(_) | Self::CutShort | Self::Unstorable => {
                StatusCode::BAD_REQUEST
            }
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson | Self::Compressed => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::Overloaded | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub(super) fn response(self, request_id: &str) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(self.status());
        response.insert_header((REQUEST_ID, request_id));
        match self {
            Self::Overloaded | Self::Unavailable => {
                response.insert_header((RETRY_AFTER, RETRY_SECONDS));
            }
            Self::Method => {
                response.insert_header((ALLOW, "POST"));
            }
            // The rest of the body is not waited for.
            Self::TooSlow | Self::TooLarge | Self::NotJson | Self::Compressed | Self::CutShort => {
                response.force_close();
            }
            _ => {}
        }
        let error = ErrorBody { code: self.code(), details: [], request_id };
        response.json(FailureBody { success: false, message: self.to_string(), error })
    }
}

/// The sender's own id of the request, else that of its trace, else a new one.
pub(super) fn request_id(headers: &HeaderMap) -> String {
    let given = service::http::request_id(headers).or_else(service::telemetry::current_trace_id);
    given.unwrap_or_else(|| uuid::Uuid::now_v7().simple().to_string())
}

/// The words that the specification gives, although processing follows within moments.
pub(super) fn success_answer(request_id: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((REQUEST_ID, request_id))
        .json(SuccessBody { success: true, message: "Webhook processed successfully" })
}

#[derive(Serialize)]
struct SuccessBody {
    success: bool,
    message: &'static str,
}

#[derive(Serialize)]
struct FailureBody<'a> {
    success: bool,
    message: String,
    error: ErrorBody<'a>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    code: &'static str,
    /// Nothing here has fields that could be wrong.
    details: [(); 0],
    request_id: &'a str,
}
