//! Counters, gauges and histograms, shown as Prometheus text by `/metrics`.
//!
//! Names follow OpenTelemetry's conventions (`sync.records`, unit apart) and come out in Prometheus' form
//! (`sync_records_total`). Keep instruments in a `LazyLock` or a struct; making one is not free. Attributes must take few
//! values: an entity, a direction, a state; never an id, a name or anything of a customer's.

use std::sync::LazyLock;

pub use opentelemetry::KeyValue;
pub use opentelemetry::metrics::{Counter, Gauge, Histogram, UpDownCounter};
use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{Registry, TextEncoder};

/// From a millisecond to a minute: what a request, a statement or a chunk may take.
const SECONDS: [f64; 15] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

struct Metrics {
    registry: Registry,
    meter: Meter,
}

/// Made at the first use, so that an instrument works whether or not telemetry has been started.
static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let registry = Registry::new();
    let exporter = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .scope_info_enabled(false)
        .without_target_info()
        .build();
    let mut provider = SdkMeterProvider::builder();
    match exporter {
        Ok(exporter) => provider = provider.with_reader(exporter),
        // Nothing that runs depends on metrics: without them the service is only harder to see into.
        Err(error) => tracing::error!(%error, "metrics are off: the Prometheus exporter could not be built"),
    }
    let provider = provider.build();
    opentelemetry::global::set_meter_provider(provider.clone());
    Metrics { registry, meter: provider.meter("geniacs") }
});

/// Makes the exporter, so that the instruments of crates that ask OpenTelemetry's global meter are shown too.
pub(crate) fn start_metrics() {
    LazyLock::force(&METRICS);
}

/// Something that only grows. Prometheus sees the name with `_total` behind it.
pub fn counter(name: &'static str, description: &'static str) -> Counter<u64> {
    METRICS.meter.u64_counter(name).with_description(description).build()
}

/// A last known value, such as the age of the oldest message.
pub fn gauge(name: &'static str, description: &'static str) -> Gauge<f64> {
    METRICS.meter.f64_gauge(name).with_description(description).build()
}

/// A number of things at hand: add one when it comes, take one away when it goes.
pub fn up_down_counter(name: &'static str, description: &'static str) -> UpDownCounter<i64> {
    METRICS.meter.i64_up_down_counter(name).with_description(description).build()
}

/// A duration in seconds, from a millisecond to a minute. Prometheus sees the name with `_seconds` behind it.
pub fn duration(name: &'static str, description: &'static str) -> Histogram<f64> {
    let histogram = METRICS.meter.f64_histogram(name).with_description(description).with_unit("s");
    histogram.with_boundaries(SECONDS.to_vec()).build()
}

/// A size or a count per occasion, with the upper bounds of its buckets.
pub fn histogram(name: &'static str, description: &'static str, bounds: &[f64]) -> Histogram<f64> {
    METRICS.meter.f64_histogram(name).with_description(description).with_boundaries(bounds.to_vec()).build()
}

/// Everything measured so far as Prometheus text.
pub fn render_metrics() -> String {
    TextEncoder::new().encode_to_string(&METRICS.registry.gather()).unwrap_or_else(|error| {
        tracing::error!(%error, "metrics could not be written as text");
        String::new()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instruments_are_shown_in_prometheus_form() {
        counter("test.records", "Records of a test.").add(3, &[KeyValue::new("entity", "customers")]);
        duration("test.chunk.duration", "Duration of a test's chunk.").record(0.2, &[]);
        gauge("test.age", "Age of a test.").record(1.5, &[]);
        let text = render_metrics();
        assert!(text.contains("test_records_total{entity=\"customers\"} 3"), "{text}");
        assert!(text.contains("test_chunk_duration_seconds_bucket{le=\"0.25\"} 1"), "{text}");
        assert!(text.contains("test_age 1.5"), "{text}");
    }
}
