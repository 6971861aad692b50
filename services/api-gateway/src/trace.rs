//! The trace of the current request, for what will be done because of it.

use opentelemetry::global;
use std::collections::HashMap;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The W3C `traceparent` of the current span; none where nothing is traced.
pub(crate) fn current_traceparent() -> Option<String> {
    let mut headers = HashMap::new();
    let context = Span::current().context();
    global::get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut headers));
    headers.remove("traceparent").filter(|value: &String| !value.is_empty())
}
