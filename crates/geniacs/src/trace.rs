//! The trace that a request carries on to the partner.

use opentelemetry::global;
use opentelemetry::propagation::Injector;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use ring::rand::{SecureRandom, SystemRandom};
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: &str = "traceparent";

struct Headers<'a>(&'a mut HeaderMap);

impl Injector for Headers<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

/// Adds the current span's context. Where no trace is recorded a fresh one that says so is made up, since the contract
/// promises the header on every request.
pub(crate) fn inject_trace(headers: &mut HeaderMap) {
    let context = tracing::Span::current().context();
    global::get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut Headers(headers)));
    if !headers.contains_key(TRACEPARENT)
        && let Some(value) = unsampled_trace()
    {
        headers.insert(TRACEPARENT, value);
    }
}

fn unsampled_trace() -> Option<HeaderValue> {
    let mut ids = [0_u8; 24];
    SystemRandom::new().fill(&mut ids).ok()?;
    // All zeros is the one value that a trace id and a span id must not have.
    ids[0] |= 1;
    ids[16] |= 1;
    HeaderValue::try_from(format!("00-{}-{}-00", hex::encode(&ids[..16]), hex::encode(&ids[16..]))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::{TraceContextExt, TracerProvider};
    use opentelemetry_sdk::propagation::TraceContextPropagator;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing_subscriber::layer::SubscriberExt;

    #[test]
    fn a_request_without_a_trace_still_carries_a_valid_header() {
        let mut headers = HeaderMap::new();
        inject_trace(&mut headers);
        let value = headers[TRACEPARENT].to_str().unwrap();
        let lengths: Vec<usize> = value.split('-').map(str::len).collect();
        assert_eq!(lengths, [2, 32, 16, 2], "{value}");
    }

    #[test]
    fn a_request_carries_the_trace_of_its_span() {
        global::set_text_map_propagator(TraceContextPropagator::new());
        let provider = SdkTracerProvider::builder().build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));

        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let span = tracing::info_span!("request");
            let _entered = span.enter();

            let mut headers = HeaderMap::new();
            inject_trace(&mut headers);

            let trace = span.context().span().span_context().trace_id().to_string();
            assert_eq!(headers[TRACEPARENT].to_str().unwrap().split('-').nth(1), Some(trace.as_str()));
        });
    }
}
