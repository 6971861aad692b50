//! A body that is one JSON object, or none.

use super::Fields;
use crate::error::ApiError;
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use domain::json;
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use serde_json::{Map, Value};
use service::http::HeldBody;
use std::time::Duration;

/// What a body may have.
const MAX_BYTES: usize = 1024 * 1024;
/// Fields of all its objects together: far more than any body needs, and a few million operations.
const MAX_FIELDS: usize = 10_000;
/// How long a body may take to arrive.
const MAX_TIME: Duration = Duration::from_secs(10);

/// A body that is one JSON object, ready to be read field by field.
pub(crate) struct JsonBody(pub(crate) Fields);

impl FromRequest for JsonBody {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let checked = check_headers(request.headers());
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            checked?;
            parse_object(&read_body(&request, &mut payload).await?)
        })
    }
}

/// The body of a request that needs none: nothing, null, or an object without fields.
pub(crate) struct NoBody;

impl FromRequest for NoBody {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            check_length(request.headers())?;
            let bytes = read_body(&request, &mut payload).await?;
            if matches!(bytes.trim_ascii(), b"" | b"null") {
                return Ok(Self);
            }

            // Headers count only where there is a body.
            check_headers(request.headers())?;
            parse_object(&bytes)?.0.finish(Some(Self))
        })
    }
}

/// A body that may be left away: what [`NoBody`] takes stands for an object without fields.
pub(crate) struct MaybeBody(pub(crate) Fields);

impl FromRequest for MaybeBody {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            check_length(request.headers())?;
            let bytes = read_body(&request, &mut payload).await?;
            if matches!(bytes.trim_ascii(), b"" | b"null") {
                return Ok(Self(Fields::new(Map::new())));
            }

            // Headers count only where there is a body.
            check_headers(request.headers())?;
            parse_object(&bytes).map(|JsonBody(fields)| Self(fields))
        })
    }
}

fn check_headers(headers: &HeaderMap) -> Result<(), ApiError> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let media =
        text(CONTENT_TYPE).and_then(|value| value.split(';').next()).map(|value| value.trim().to_ascii_lowercase());
    let is_json =
        media.is_some_and(|m| m == "application/json" || (m.starts_with("application/") && m.ends_with("+json")));
    if !is_json || text(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(ApiError::NotJson);
    }
    check_length(headers)
}

fn check_length(headers: &HeaderMap) -> Result<(), ApiError> {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > MAX_BYTES) { Err(ApiError::TooLarge(MAX_BYTES)) } else { Ok(()) }
}

/// The body of a request, in time and within the memory that there is for all bodies, where it counts until the answer.
async fn read_body(request: &HttpRequest, payload: &mut Payload) -> Result<Vec<u8>, ApiError> {
    let mut held = HeldBody::of(request);
    let bytes =
        tokio::time::timeout(MAX_TIME, collect_bytes(payload, &mut held)).await.map_err(|_| ApiError::SlowBody)??;
    request.extensions_mut().insert(held);
    Ok(bytes)
}

async fn collect_bytes(payload: &mut Payload, held: &mut HeldBody) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ApiError::MalformedBody("it ended early".to_owned()))?;
        if bytes.len() + chunk.len() > MAX_BYTES {
            return Err(ApiError::TooLarge(MAX_BYTES));
        }
        held.take(chunk.len()).map_err(|_| ApiError::NoRoom)?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn parse_object(bytes: &[u8]) -> Result<JsonBody, ApiError> {
    // The message names a place and what was expected, and quotes nothing of the body.
    let value: Value = json::from_slice(bytes).map_err(|error| ApiError::MalformedBody(error.to_string()))?;
    let Value::Object(map) = value else {
        return Err(ApiError::MalformedBody("a JSON object is expected".to_owned()));
    };

    if fields_of(&map) > MAX_FIELDS {
        return Err(ApiError::MalformedBody(format!("it has more than {MAX_FIELDS} fields")));
    }

    let mut fields = Fields::new(map);
    fields.refuse_nul();
    Ok(JsonBody(fields))
}

fn fields_of(map: &Map<String, Value>) -> usize {
    map.len() + map.values().map(fields_within).sum::<usize>()
}

fn fields_within(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(fields_within).sum(),
        Value::Object(map) => fields_of(map),
        _ => 0,
    }
}

/// Whether a NUL character hides in it, which PostgreSQL can store neither as text nor in JSON.
pub(super) fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(map) => map_holds_nul(map),
        _ => false,
    }
}

fn map_holds_nul(map: &Map<String, Value>) -> bool {
    map.iter().any(|(key, value)| key.contains('\0') || holds_nul(value))
}
