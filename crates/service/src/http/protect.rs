//! Headers that tell a browser what it must not do with an answer.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;

use super::client;

/// For data, which is no page: nothing may be loaded by it or run in it.
const DATA_POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// For pages: only what this service itself serves, and nothing written into the page. Styles may also carry a nonce.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'{nonce}; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";
/// A year, for this host alone.
const TRANSPORT: &str = "max-age=31536000";

const ALWAYS: [(HeaderName, &str); 7] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

/// The content security policy of a page. With a nonce, its scripts may add styles that carry it.
pub fn page_policy(nonce: Option<&str>) -> String {
    let nonce = nonce.map(|nonce| format!(" 'nonce-{nonce}'")).unwrap_or_default();
    PAGE_POLICY.replace("{nonce}", &nonce)
}

/// Puts the headers on every answer, those of failures too. An answer that says how it may be cached keeps its word.
pub(super) async fn protect_answer<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let is_https = client(request.request()).is_https;
    match next.call(request).await {
        Ok(mut response) => {
            mark_headers(response.headers_mut(), is_https);
            Ok(response)
        }
        // A failure has no answer yet, so its headers are set when it gets one.
        Err(mut error) => {
            error.add_response_mapper(move |mut response| {
                mark_headers(response.headers_mut(), is_https);
                response
            });
            Err(error)
        }
    }
}

fn mark_headers(headers: &mut HeaderMap, is_https: bool) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }

    // A page that needs a nonce has made its policy by `page_policy` itself.
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        let policy = if is_page(headers) { page_policy(None) } else { DATA_POLICY.to_owned() };
        if let Ok(policy) = HeaderValue::try_from(policy) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
    }

    // Browsers ignore this header over plain HTTP.
    if is_https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TRANSPORT));
    }

    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

fn is_page(headers: &HeaderMap) -> bool {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media.is_some_and(|media| media.to_ascii_lowercase().starts_with("text/html"))
}
