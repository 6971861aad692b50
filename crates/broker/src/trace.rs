//! The trace context of a span, as two headers of a message: `traceparent` and `tracestate`.

use std::collections::BTreeMap;

use opentelemetry::global;
use opentelemetry::propagation::{Extractor, Injector};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

struct Headers<'a>(&'a mut BTreeMap<String, String>);

impl Injector for Headers<'_> {
    fn set(&mut self, key: &str, value: String) {
        // An empty `tracestate` says nothing.
        if !value.is_empty() {
            self.0.insert(key.to_owned(), value);
        }
    }
}

struct Received<'a>(&'a BTreeMap<String, String>);

impl Extractor for Received<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

/// The headers that let a reader continue the current span's trace; none where nothing is traced.
pub(crate) fn headers_of_current_span() -> BTreeMap<String, String> {
    let mut headers = BTreeMap::new();
    let context = Span::current().context();
    global::get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut Headers(&mut headers)));
    headers
}

/// Makes `span` a child of the span that the headers name.
pub(crate) fn continue_trace(span: &Span, headers: &BTreeMap<String, String>) {
    let parent = global::get_text_map_propagator(|propagator| propagator.extract(&Received(headers)));
    // It fails where no telemetry is set up, and then there is no trace to continue.
    let _ = span.set_parent(parent);
}
