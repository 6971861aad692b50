//! The tracer provider: ids always, export where there is a collector.

use std::time::Duration;

use opentelemetry_otlp::{ExporterBuildError, Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider};
use url::Url;

use crate::settings::TelemetrySettings;

/// Spans that wait for export; what comes on top is dropped.
const QUEUE: usize = 4_096;
const BATCH: usize = 512;
const EVERY: Duration = Duration::from_secs(2);
/// The time that one export may take. It lies below the deadline of the last flush.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) fn tracer_provider(
    service: &'static str,
    settings: &TelemetrySettings,
) -> Result<SdkTracerProvider, ExporterBuildError> {
    // The same without an exporter: whoever is called next may have one, and goes by this decision.
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.sample_ratio)));
    let resource = Resource::builder().with_service_name(service).build();
    let mut provider = SdkTracerProvider::builder().with_sampler(sampler).with_resource(resource);
    if let Some(endpoint) = &settings.otlp_endpoint {
        provider = provider.with_span_processor(span_processor(endpoint)?);
    }
    Ok(provider.build())
}

fn span_processor(endpoint: &Url) -> Result<BatchSpanProcessor, ExporterBuildError> {
    crate::install_tls_provider();

    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(traces_address(endpoint))
        .with_timeout(EXPORT_TIMEOUT)
        .build()?;

    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(EVERY)
        .build();

    Ok(BatchSpanProcessor::builder(exporter).with_batch_config(batches).build())
}

/// A collector's base address with the path for traces, which the exporter does not add by itself.
fn traces_address(endpoint: &Url) -> String {
    let base = endpoint.as_str().trim_end_matches('/');
    if base.ends_with("/v1/traces") { base.to_owned() } else { format!("{base}/v1/traces") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_for_traces_is_added_once() {
        for text in ["http://collector:4318", "http://collector:4318/", "http://collector:4318/v1/traces"] {
            assert_eq!(traces_address(&Url::parse(text).unwrap()), "http://collector:4318/v1/traces");
        }
    }
}
