//! A log line: one JSON object with the event's fields, those of the spans around it, and the ids of its trace.

use std::fmt;

use chrono::{SecondsFormat, Utc};
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{FormatEvent, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// Formats events as one JSON object per line.
pub(super) struct JsonLine {
    /// The name every line carries.
    pub(super) service: &'static str,
}

impl<S> FormatEvent<S, JsonFields> for JsonLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = span_fields(context);

        event.record(&mut Fields(&mut line));
        // These fields win over fields of events and spans that have the same name.
        let metadata = event.metadata();
        line.insert("timestamp".into(), Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true).into());
        line.insert("level".into(), metadata.level().as_str().into());
        line.insert("target".into(), metadata.target().into());
        line.insert("service".into(), self.service.into());

        // The ids lead from a line to its trace.
        insert_trace(&mut line);
        writeln!(writer, "{}", Value::Object(line))
    }
}

/// The fields of the spans around the event; an inner span's win. `otel.*` steers the tracer and tells a reader nothing.
fn span_fields<S>(context: &FmtContext<'_, S, JsonFields>) -> Map<String, Value>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let mut line = Map::new();
    for span in context.event_scope().into_iter().flat_map(tracing_subscriber::registry::Scope::from_root) {
        let extensions = span.extensions();
        let Some(formatted) = extensions.get::<FormattedFields<JsonFields>>() else { continue };
        let fields: Map<String, Value> = serde_json::from_str(&formatted.fields).unwrap_or_default();
        line.extend(fields.into_iter().filter(|(name, _)| !name.starts_with("otel.")));
    }
    line
}

fn insert_trace(line: &mut Map<String, Value>) {
    let context = Context::current();
    let span = context.span();
    let ids = span.span_context();
    if ids.is_valid() {
        line.insert("trace_id".into(), ids.trace_id().to_string().into());
        line.insert("span_id".into(), ids.span_id().to_string().into());
    }
}

struct Fields<'line>(&'line mut Map<String, Value>);

impl Fields<'_> {
    fn set(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(act: impl FnOnce()) -> Vec<Map<String, Value>> {
        let written = Written::default();
        let writer = written.clone();
        let logs = tracing_subscriber::fmt::layer()
            .fmt_fields(JsonFields::new())
            .event_format(JsonLine { service: "test" })
            .with_writer(move || writer.clone());

        let tracer = SdkTracerProvider::builder().build().tracer("test");
        let subscriber =
            tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(tracer)).with(logs);

        tracing::subscriber::with_default(subscriber, act);

        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_holds_the_fields_of_its_spans_and_the_ids_of_its_trace() {
        let lines = logged(|| {
            let sync = tracing::info_span!("sync", otel.kind = "consumer", sync_id = 7, entity = "customers");
            let _sync = sync.enter();
            let chunk = tracing::info_span!("chunk", chunk = 2, entity = "payments");
            chunk.in_scope(|| tracing::warn!(records = 100, text = "two\nlines", "chunk ended"));
        });

        let line = &lines[0];
        let get = |name: &str| line.get(name).cloned().unwrap_or_default();

        assert_eq!(get("message"), "chunk ended");
        assert_eq!((get("sync_id"), get("chunk"), get("records")), (7.into(), 2.into(), 100.into()));
        assert_eq!((get("entity"), get("text")), ("payments".into(), "two\nlines".into()));
        assert_eq!((get("level"), get("service")), ("WARN".into(), "test".into()));
        assert_eq!((get("trace_id").as_str().unwrap().len(), get("span_id").as_str().unwrap().len()), (32, 16));

        assert!(!line.contains_key("otel.kind"));
    }

    #[test]
    fn a_line_outside_a_span_has_no_ids() {
        let lines = logged(|| tracing::info!("started"));
        assert_eq!(lines.len(), 1);
        assert!(!lines[0].contains_key("trace_id"));
    }
}
