//! Logs, traces and where they go.
//!
//! - **Logs**: one JSON object per line on standard output, with `trace_id` and `span_id` of the span they happen in.
//! - **Traces**: every span has ids, and the W3C `traceparent` goes in and out through the global propagator, so that traces
//!   connect and logs can be joined even where nothing is exported. With an OTLP endpoint, a thread of its own exports
//!   batches from a bounded queue: a slow or absent collector costs spans, never a request.
//! - **Metrics** are in [`crate::metrics`].

mod filter;
mod json;
mod traces;

use std::sync::Mutex;
use std::time::Duration;

use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, registry};

use crate::settings::TelemetrySettings;

/// How long the spans at hand may hold up a stop.
pub const FLUSH_DEADLINE: Duration = Duration::from_secs(3);

/// The first one started in this process; later ones are handles to it.
static STARTED: Mutex<Option<Telemetry>> = Mutex::new(None);

/// Why telemetry could not be started.
#[derive(Debug, thiserror::Error)]
#[error("traces cannot be exported ({0}): correct GENIACS_TELEMETRY__OTLP_ENDPOINT or remove it")]
pub struct TelemetryError(#[from] opentelemetry_otlp::ExporterBuildError);

/// A handle to this process's telemetry.
#[derive(Debug, Clone)]
pub struct Telemetry {
    provider: SdkTracerProvider,
}

/// Starts logs and traces for this process under the service's name. The first call decides; later ones return a handle to
/// what it started.
pub fn init_telemetry(service: &'static str, settings: &TelemetrySettings) -> Result<Telemetry, TelemetryError> {
    let mut started = STARTED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(telemetry) = started.as_ref() {
        return Ok(telemetry.clone());
    }

    crate::metrics::start_metrics();
    let provider = traces::tracer_provider(service, settings)?;
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    opentelemetry::global::set_tracer_provider(provider.clone());

    let logs = tracing_subscriber::fmt::layer()
        .fmt_fields(JsonFields::new())
        .event_format(json::JsonLine { service })
        .with_filter(filter::log_filter(settings.log_level));
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("geniacs"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_filter(filter::span_filter());

    // An error says that this process has a subscriber already, as a test may; then that one is kept.
    let _ = registry().with(spans).with(logs).try_init();

    let telemetry = Telemetry { provider };
    *started = Some(telemetry.clone());
    Ok(telemetry)
}

impl Telemetry {
    /// Exports the spans at hand and ends the export, within [`FLUSH_DEADLINE`]. The last thing a process does.
    pub fn flush(&self) {
        match self.provider.shutdown_with_timeout(FLUSH_DEADLINE) {
            Ok(()) | Err(OTelSdkError::AlreadyShutdown) => {}
            Err(error) => tracing::warn!(%error, "the last spans were not exported"),
        }
    }
}

/// The trace that the current span belongs to, in hex; `None` outside any span. Good as a request id.
pub fn current_trace_id() -> Option<String> {
    let context = tracing::Span::current().context();
    let span = context.span().span_context().clone();
    span.is_valid().then(|| span.trace_id().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    #[test]
    fn telemetry_starts_once_and_can_be_asked_for_again() {
        let settings = Settings::from_map([("GENIACS_LOG_LEVEL", "critical")]).unwrap().telemetry;
        let starts: Vec<_> = (0..4)
            .map(|_| {
                let settings = settings.clone();
                std::thread::spawn(move || init_telemetry("test", &settings).unwrap())
            })
            .collect();

        for start in starts {
            start.join().unwrap();
        }

        let span = tracing::info_span!("a span without an exporter");
        let trace_id = span.in_scope(current_trace_id).unwrap();
        assert!(trace_id.len() == 32 && trace_id.bytes().any(|byte| byte != b'0'));
    }

    #[test]
    fn there_is_no_trace_outside_a_span() {
        assert_eq!(current_trace_id(), None);
    }
}
