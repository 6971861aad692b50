//! A request's body, raw and within its limits: what a signature covers.

use std::time::Duration;

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::web::Payload;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use service::http::HeldBody;
use tokio::time::timeout;

use super::answer::Refusal;

/// Bytes that a webhook may have.
const LIMIT: usize = 1024 * 1024;
/// The whole body must have come by then.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Reads the body as it was sent; `held` counts it. It is never decompressed: a small body could become any size.
pub(super) async fn read_body(headers: &HeaderMap, payload: Payload, held: &mut HeldBody) -> Result<Bytes, Refusal> {
    check_headers(headers)?;
    timeout(TIMEOUT, collect_body(payload, held)).await.unwrap_or(Err(Refusal::TooSlow))
}

/// Lets the body pass without keeping any of it, so that what is wrong with it is told all the same.
pub(super) async fn pass_over(headers: &HeaderMap, payload: Payload) -> Result<(), Refusal> {
    check_headers(headers)?;
    timeout(TIMEOUT, count_bytes(payload)).await.unwrap_or(Err(Refusal::TooSlow))
}

fn check_headers(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.get(CONTENT_ENCODING).is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Refusal::Compressed);
    }

    if !is_json(headers) {
        return Err(Refusal::NotJson);
    }

    // An honest sender of a large body is refused before it sends it.
    if announced_length(headers) > LIMIT {
        return Err(Refusal::TooLarge);
    }

    Ok(())
}

async fn count_bytes(mut payload: Payload) -> Result<(), Refusal> {
    let mut length = 0;
    while let Some(piece) = payload.next().await {
        length += piece.map_err(|_| Refusal::CutShort)?.len();
        if length > LIMIT {
            return Err(Refusal::TooLarge);
        }
    }
    Ok(())
}

async fn collect_body(mut payload: Payload, held: &mut HeldBody) -> Result<Bytes, Refusal> {
    let mut body = BytesMut::new();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|_| Refusal::CutShort)?;

        if body.len() + piece.len() > LIMIT {
            return Err(Refusal::TooLarge);
        }

        held.take(piece.len()).map_err(|_| Refusal::Overloaded)?;

        if body.is_empty() {
            // Most bodies are one piece, which then need not be copied if nothing follows.
            body = BytesMut::from(piece);
            continue;
        }
        body.extend_from_slice(&piece);
    }

    Ok(body.freeze())
}

fn announced_length(headers: &HeaderMap) -> usize {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length.and_then(|length| length.parse().ok()).unwrap_or(0)
}

/// A sender that names no type means JSON, as nothing else is sent here.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE) else { return true };
    let Ok(text) = value.to_str() else { return false };
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn json_in_its_spellings_is_taken_and_anything_else_is_not() {
        let taken = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(text));
            is_json(&headers)
        };

        for text in ["application/json", "Application/JSON; charset=utf-8", "application/cloudevents+json"] {
            assert!(taken(text), "{text}");
        }

        for text in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
            assert!(!taken(text), "{text}");
        }

        assert!(is_json(&HeaderMap::new()));
    }
}
