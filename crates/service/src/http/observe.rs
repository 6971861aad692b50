//! One server span and one measurement per request. Routes are patterns and never paths: a path may hold an id, a query may
//! hold anything.

use std::sync::LazyLock;
use std::time::Instant;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use opentelemetry::propagation::Extractor;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::health;
use crate::metrics::{self, Histogram, KeyValue};

static DURATION: LazyLock<Histogram<f64>> =
    LazyLock::new(|| metrics::duration("http.server.request.duration", "Duration of HTTP server requests."));

/// Stands for a path that no route matches, which a stranger could make up without end.
const NO_ROUTE: &str = "unmatched";

pub(super) async fn observe_request<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    // Probes come every few seconds and would hide the requests that count.
    if health::PATHS.contains(&request.path()) {
        return next.call(request).await;
    }

    let started = Instant::now();
    let method = method_name(request.method());
    let span = server_span(method, request.headers());
    let result = next.call(request).instrument(span.clone()).await;

    let (route, status) = match &result {
        Ok(response) => (response.request().match_pattern(), response.status()),
        Err(error) => (None, error.as_response_error().status_code()),
    };
    // The pattern of the route, never the path: paths hold ids, and strangers can make up any number of them.
    let route = route.unwrap_or_else(|| NO_ROUTE.to_owned());

    record_in_span(&span, method, &route, status);
    let attributes = [
        KeyValue::new("http.request.method", method),
        KeyValue::new("http.route", route),
        KeyValue::new("http.response.status_code", i64::from(status.as_u16())),
    ];
    DURATION.record(started.elapsed().as_secs_f64(), &attributes);
    result
}

fn server_span(method: &'static str, headers: &HeaderMap) -> Span {
    let span = tracing::info_span!(
        "http request",
        otel.name = Empty,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = Empty,
        http.response.status_code = Empty,
    );

    let parent = opentelemetry::global::get_text_map_propagator(|propagator| propagator.extract(&Headers(headers)));
    // Without telemetry, as in a test, there is no span to have a parent.
    let _ = span.set_parent(parent);

    span
}

fn record_in_span(span: &Span, method: &str, route: &str, status: StatusCode) {
    span.record("otel.name", format!("{method} {route}"));
    span.record("http.route", route);
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

/// The method, or one name for all that a stranger might make up.
fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        // A made-up method must not become a label of its own in the metrics.
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "_OTHER",
    }
}

struct Headers<'request>(&'request HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(actix_web::http::header::HeaderName::as_str).collect()
    }
}
