//! From an HTTP answer to its meaning.

use crate::body::{ANSWER_LIMIT, ERROR_LIMIT, read_body};
use crate::refusal::Refusal;
use crate::scrub::Scrub;
use crate::{PartnerError, pause, reason};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::json::{self, Unreadable};
use reqwest::header::LOCATION;
use reqwest::{Response, StatusCode, Url};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::time::Duration;

/// A 2xx.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
    pub(crate) asked: RequestTime,
}

/// When a request was sent, and by whose clock its answer tells times.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestTime {
    /// By our clock.
    pub(crate) at: DateTime<Utc>,
    /// By how many microseconds the partner's clock is ahead of ours.
    pub(crate) partner_ahead: i64,
}

impl Answer {
    /// The failure that the answer speaks of: a partner may say with a 200 that a request failed. `fields` is its body,
    /// without what is not needed for that.
    pub(crate) fn failure(&self, fields: &Map<String, Value>) -> Option<PartnerError> {
        let says_no = fields.get("success") == Some(&Value::Bool(false));
        let has_error =
            // A field `error` beside data may be about something else.
            fields.get("error").is_some_and(says_something) && fields.get("data").is_none_or(Value::is_null);
        (says_no || has_error)
            .then(|| PartnerError::SaidFailed { status: self.status, reason: reason::of_answer(fields) })
    }
}

impl Answer {
    /// The same of a body that is valid JSON and too large to be read as a whole.
    pub(crate) fn failure_in_body(&self) -> Option<PartnerError> {
        let member = |name| json::member(&self.body, name);
        let is_nothing = |error: &[u8]| matches!(error, b"null" | b"false" | b"\"\"" | b"{}" | b"[]");

        let says_no = member("success").is_some_and(|told| told == b"false");
        let has_error = member("error").is_some_and(|error| !is_nothing(error));
        let has_data = member("data").is_some_and(|data| data != b"null");
        (says_no || (has_error && !has_data))
            .then(|| PartnerError::SaidFailed { status: self.status, reason: reason::of_body(&self.body) })
    }
}

fn says_something(error: &Value) -> bool {
    match error {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

/// An answer, its meaning, and its body as far as it was read.
pub(crate) struct Received {
    pub(crate) status: Option<u16>,
    pub(crate) body: Bytes,
    /// How long the partner asks to be left alone.
    pub(crate) pause_for: Option<Duration>,
    pub(crate) answer: Result<Answer, PartnerError>,
}

impl Received {
    /// No answer began.
    pub(crate) fn nothing(error: PartnerError) -> Self {
        Self { status: None, body: Bytes::new(), pause_for: None, answer: Err(error) }
    }
}

/// Reads an answer to a call of `path`, which an error may name.
pub(crate) async fn receive_answer(response: Response, path: &str, scrub: &Scrub, asked: RequestTime) -> Received {
    let status = response.status();
    let pause_for = pause::asked_for(status, response.headers(), partner_now(&response));
    let (body, answer) = if status.is_success() {
        read_success(response, scrub, asked).await
    } else {
        let (body, error) = read_failure(response, path, scrub).await;
        (body, Err(error))
    };
    Received { status: Some(status.as_u16()), body, pause_for, answer }
}

/// The partner's clock as it answers. What it says of other moments is meant by that clock.
fn partner_now(response: &Response) -> DateTime<Utc> {
    pause::answer_date(response.headers()).unwrap_or_else(Utc::now)
}

async fn read_success(response: Response, scrub: &Scrub, asked: RequestTime) -> (Bytes, Result<Answer, PartnerError>) {
    let status = response.status().as_u16();
    match read_body(response, ANSWER_LIMIT, scrub).await {
        Ok(body) => (body.clone(), Ok(Answer { status, body, asked })),
        Err(error) => (Bytes::new(), Err(error)),
    }
}

async fn read_failure(response: Response, path: &str, scrub: &Scrub) -> (Bytes, PartnerError) {
    let status = response.status();
    if status.is_redirection() {
        return (Bytes::new(), PartnerError::Redirect { target: scrub.text(redirect_target(&response)) });
    }
    if is_refusal(status) {
        return read_refusal(response, scrub).await;
    }

    let now = partner_now(&response);
    let throttled_for = pause::after_throttling(response.headers(), now);
    let retry_after = pause::retry_after(response.headers(), now);
    let body = drain_body(response, scrub).await;
    let reason = reason::of_body(&body);
    let (path, code) = (path.to_owned(), status.as_u16());
    let error = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => PartnerError::Credentials { status: code, reason },
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::GONE => {
            PartnerError::MissingEndpoint { path, status: code, reason }
        }
        StatusCode::PAYLOAD_TOO_LARGE => PartnerError::TooLarge,
        StatusCode::TOO_MANY_REQUESTS => PartnerError::Throttled { retry_after: throttled_for },
        _ => PartnerError::Unavailable { status: code, retry_after, reason },
    };
    (body, error)
}

/// Whether a status says that the request itself is wrong, and none of the meanings that have a name of their own.
fn is_refusal(status: StatusCode) -> bool {
    let named = matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::GONE
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::REQUEST_TIMEOUT
    );

    status.is_client_error() && !named
}

/// The body of a refusal names the records. One that is cut or late is trouble on the way; one that is too large, or
/// something else than JSON, is a refusal all the same.
async fn read_refusal(response: Response, scrub: &Scrub) -> (Bytes, PartnerError) {
    let status = response.status();
    let body = match read_body(response, ERROR_LIMIT, scrub).await {
        Ok(body) => body,
        // The status alone is enough to know that the request is refused.
        Err(PartnerError::Malformed { .. }) => Bytes::new(),
        Err(error) => return (Bytes::new(), error),
    };
    let Refusal { message, details } = Refusal::parse(&body);
    let error = if status == StatusCode::CONFLICT {
        PartnerError::NewerVersion { message, details }
    } else {
        PartnerError::Rejected { status: status.as_u16(), message, details }
    };
    (body, error)
}

/// Reads the rest of an answer that says nothing more, since only then is its connection used again, but does not wait
/// for one that drips.
async fn drain_body(response: Response, scrub: &Scrub) -> Bytes {
    let rest = tokio::time::timeout(Duration::from_millis(250), read_body(response, 64 * 1024, scrub)).await;
    rest.ok().and_then(Result::ok).unwrap_or_default()
}

/// Where a redirect leads, without a query or a password, which may be secrets.
fn redirect_target(response: &Response) -> String {
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let Some(mut target) = location.and_then(|location| response.url().join(location).ok()) else {
        return "nowhere".to_owned();
    };
    // A partner may repeat what the address of the request held.
    without_secrets(&mut target);
    target.as_str().chars().take(200).collect()
}

fn without_secrets(url: &mut Url) {
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
}

/// Reads the body of a 2xx.
pub(crate) fn parse_answer<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, PartnerError> {
    json::from_slice(body).map_err(|error| malformed_answer(body, &error))
}

/// The error for a 2xx whose body is not the JSON it should be. serde_json's own message may quote the body.
pub(crate) fn malformed_answer(body: &[u8], error: &Unreadable) -> PartnerError {
    let Unreadable::Json(error) = error else {
        return PartnerError::Malformed { reason: format!("{error} ({})", sample_of(body)) };
    };
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Data => "it is not of the form that was asked for",
        _ => "it is not JSON",
    };
    let reason = format!("{what} (line {}, column {}; {})", error.line(), error.column(), sample_of(body));
    PartnerError::Malformed { reason }
}

/// The shape of the beginning of a body, every letter and digit replaced: enough to tell HTML from JSON.
fn sample_of(body: &[u8]) -> String {
    let start = String::from_utf8_lossy(&body[..body.len().min(160)]);
    let shape = |c: char| match c {
        c if c.is_numeric() => '0',
        c if c.is_alphabetic() => 'x',
        c if c.is_ascii_punctuation() || c == ' ' => c,
        _ => '.',
    };
    format!("{} bytes like {}", body.len(), start.chars().take(40).map(shape).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_shows_the_shape_and_not_the_content() {
        assert_eq!(sample_of("<p>Siti 0812é\n".as_bytes()), "15 bytes like <x>xxxx 0000x.");
        let error = serde_json::from_str::<Vec<u8>>(r#"["siti@contoh.id"]"#).unwrap_err();
        assert!(!malformed_answer(br#"["siti@contoh.id"]"#, &error.into()).to_string().contains("siti"));
    }
}
