//! From an HTTP answer to its meaning.

use crate::body::{ANSWER_LIMIT, ERROR_LIMIT, read};
use crate::refusal::Refusal;
use crate::scrub::Scrub;
use crate::{PartnerError, pause};
use bytes::Bytes;
use chrono::Utc;
use domain::json::{self, Unreadable};
use reqwest::header::LOCATION;
use reqwest::{Response, StatusCode, Url};
use serde::Deserialize;
use std::time::Duration;

/// A 2xx.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Bytes,
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
pub(crate) async fn receive(response: Response, path: &str, scrub: &Scrub) -> Received {
    let status = response.status();
    let pause_for = pause::asked_for(status, response.headers(), Utc::now());
    let (body, answer) = if status.is_success() {
        succeeded(response, scrub).await
    } else {
        let (body, error) = failed(response, path, scrub).await;
        (body, Err(error))
    };
    Received { status: Some(status.as_u16()), body, pause_for, answer }
}

async fn succeeded(response: Response, scrub: &Scrub) -> (Bytes, Result<Answer, PartnerError>) {
    match read(response, ANSWER_LIMIT, scrub).await {
        Ok(body) => (body.clone(), Ok(Answer { body })),
        Err(error) => (Bytes::new(), Err(error)),
    }
}

async fn failed(response: Response, path: &str, scrub: &Scrub) -> (Bytes, PartnerError) {
    let status = response.status();
    if status.is_redirection() {
        return (Bytes::new(), PartnerError::Redirect { target: scrub.text(redirect_target(&response)) });
    }
    let error = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => PartnerError::Credentials { status: status.as_u16() },
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::GONE => {
            PartnerError::MissingEndpoint { path: path.to_owned() }
        }
        StatusCode::PAYLOAD_TOO_LARGE => PartnerError::TooLarge,
        StatusCode::TOO_MANY_REQUESTS => {
            PartnerError::Throttled { retry_after: pause::after_throttling(response.headers(), Utc::now()) }
        }
        status if status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT => {
            return refused(response, scrub).await;
        }
        status => PartnerError::Unavailable {
            status: status.as_u16(),
            retry_after: pause::retry_after(response.headers(), Utc::now()),
        },
    };
    (drain(response, scrub).await, error)
}

/// The body of a refusal names the records. One that is cut or late is trouble on the way; one that is too large, or
/// something else than JSON, is a refusal all the same.
async fn refused(response: Response, scrub: &Scrub) -> (Bytes, PartnerError) {
    let status = response.status();
    let body = match read(response, ERROR_LIMIT, scrub).await {
        Ok(body) => body,
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
async fn drain(response: Response, scrub: &Scrub) -> Bytes {
    let rest = tokio::time::timeout(Duration::from_millis(250), read(response, 64 * 1024, scrub)).await;
    rest.ok().and_then(Result::ok).unwrap_or_default()
}

/// Where a redirect leads, without a query or a password, which may be secrets.
fn redirect_target(response: &Response) -> String {
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let Some(mut target) = location.and_then(|location| response.url().join(location).ok()) else {
        return "nowhere".to_owned();
    };
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
pub(crate) fn parse<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, PartnerError> {
    json::from_slice(body).map_err(|error| malformed(body, &error))
}

/// The error for a 2xx whose body is not the JSON it should be. serde_json's own message may quote the body.
pub(crate) fn malformed(body: &[u8], error: &Unreadable) -> PartnerError {
    let Unreadable::Json(error) = error else {
        return PartnerError::Malformed { reason: format!("{error} ({})", sample(body)) };
    };
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Data => "it is not of the form that was asked for",
        _ => "it is not JSON",
    };
    let reason = format!("{what} (line {}, column {}; {})", error.line(), error.column(), sample(body));
    PartnerError::Malformed { reason }
}

/// The shape of the beginning of a body, every letter and digit replaced: enough to tell HTML from JSON.
fn sample(body: &[u8]) -> String {
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
        assert_eq!(sample("<p>Siti 0812é\n".as_bytes()), "15 bytes like <x>xxxx 0000x.");
        let error = serde_json::from_str::<Vec<u8>>(r#"["siti@contoh.id"]"#).unwrap_err();
        assert!(!malformed(br#"["siti@contoh.id"]"#, &error.into()).to_string().contains("siti"));
    }
}
