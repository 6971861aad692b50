use broker::{Decision, Queue};
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::sync::mpsc;
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;

use crate::stand::{Stand, numbered, quick};

fn trace_id() -> String {
    tracing::Span::current().context().span().span_context().trace_id().to_string()
}

#[tokio::test]
async fn a_handler_continues_the_trace_of_the_publisher() {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let provider = SdkTracerProvider::builder().build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));

    let stand = Stand::new();
    let broker = stand.start().await;
    let (sender, mut traces) = mpsc::unbounded_channel();
    let _consumer = broker.consume(Queue::Work, quick("traced"), move |_| {
        let sender = sender.clone();
        async move {
            let _ = sender.send(trace_id());
            Decision::Done
        }
    });

    let request = async {
        broker.publish(Queue::Work, &numbered(1)).await.expect("it is confirmed");
        trace_id()
    };
    let published = request.instrument(tracing::info_span!("request")).await;

    let handled = tokio::time::timeout(std::time::Duration::from_secs(30), traces.recv()).await.expect("it is handled");
    assert_eq!(handled, Some(published.clone()));
    assert!(published.chars().any(|digit| digit != '0'), "{published}");
}
