//! Pages of other origins that may call: those that the settings name, one by one.

use crate::state::State;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    HeaderMap, HeaderValue, ORIGIN, VARY,
};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};

const METHODS: &str = "GET, POST, PUT, PATCH, DELETE";
const TAKEN: &str = "Authorization, Content-Type, Idempotency-Key, If-Match, Last-Event-ID, X-Request-Id";
const SHOWN: &str = "ETag, Retry-After, X-Request-Id";
/// Seconds for which a browser need not ask again.
const FRESH: &str = "600";

/// Answers the question a browser asks beforehand, and lets pages of the named origins read what is answered.
pub(crate) async fn answer_cors<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let listed = request.app_data::<Data<State>>().map_or(&[][..], |state| &state.settings.http.cors_origins);
    // Without listed origins all answers are the same for every origin, and caches need not tell them apart.
    if listed.is_empty() {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    }

    let origin = allowed_origin(request.headers(), listed);
    if let Some(origin) = origin.as_ref().filter(|_| is_preflight(&request)) {
        let mut response = HttpResponse::NoContent().finish();
        allow_origin(response.headers_mut(), origin);
        allow_preflight(response.headers_mut());
        return Ok(request.into_response(response));
    }

    let mut response = next.call(request).await?.map_into_boxed_body();
    // Also without an origin, or a cache would hand this answer to one.
    response.headers_mut().append(VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        allow_origin(response.headers_mut(), &origin);
        response.headers_mut().insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(SHOWN));
    }

    Ok(response)
}

/// The origin of a request, if it is one of these to the letter.
fn allowed_origin(headers: &HeaderMap, listed: &[String]) -> Option<HeaderValue> {
    let origin = headers.get(ORIGIN)?;
    listed.iter().any(|known| known.as_bytes() == origin.as_bytes()).then(|| origin.clone())
}

fn is_preflight(request: &ServiceRequest) -> bool {
    *request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

fn allow_origin(headers: &mut HeaderMap, origin: &HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
}

fn allow_preflight(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(TAKEN));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(FRESH));

    let vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
    headers.insert(VARY, HeaderValue::from_static(vary));
}
