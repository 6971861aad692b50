//! Filters for log lines and for spans.

use tracing::Metadata;
use tracing_subscriber::filter::{FilterFn, LevelFilter, Targets, filter_fn};

use crate::settings::LogLevel;

/// Crates whose news is only of interest when it is bad. Names are prefixes: `opentelemetry` covers its exporter too.
const NOISY: [&str; 14] = [
    "actix_http",
    "actix_server",
    "actix_web",
    "amq_protocol",
    "h2",
    "hyper",
    "lapin",
    "mio",
    "opentelemetry",
    "reqwest",
    "rustls",
    "tokio_cron_scheduler",
    "tokio_postgres",
    "tower",
];

/// Events from `level` on, of noisy crates from `warning` on. Spans always pass: their fields belong to the events in them.
pub(super) fn log_filter(level: LogLevel) -> FilterFn<impl Fn(&Metadata<'_>) -> bool> {
    let level = match level {
        LogLevel::Trace => LevelFilter::TRACE,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Warning => LevelFilter::WARN,
        LogLevel::Error | LogLevel::Critical => LevelFilter::ERROR,
    };

    let events = with_noisy_at(level, level.min(LevelFilter::WARN));
    let spans = span_filter();

    filter_fn(move |metadata| {
        let targets = if metadata.is_span() { &spans } else { &events };
        targets.would_enable(metadata.target(), metadata.level())
    })
    .with_max_level_hint(level.max(LevelFilter::INFO))
}

/// Spans from `info` on, and none of what the exporter itself runs on, or it would feed itself.
pub(super) fn span_filter() -> Targets {
    with_noisy_at(LevelFilter::INFO, LevelFilter::OFF)
}

fn with_noisy_at(level: LevelFilter, noisy: LevelFilter) -> Targets {
    let targets = Targets::new().with_default(level).with_targets(NOISY.map(|target| (target, noisy)));
    // A stranger could fill the log with malformed requests; `http::connection` counts them and sums them up.
    let targets = targets.with_target("actix_http::h1", LevelFilter::OFF);
    // It logs the body of a message that came back; whoever published it says that it did.
    targets.with_target("lapin::returned_messages", LevelFilter::OFF)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn libraries_that_the_exporter_runs_on_make_no_spans() {
        for target in ["hyper::client", "hyper_util::client", "h2::proto", "reqwest::connect", "opentelemetry_otlp"] {
            assert!(!span_filter().would_enable(target, &Level::ERROR), "{target}");
        }
        assert!(span_filter().would_enable("sync_worker::chunk", &Level::INFO));
        assert!(!span_filter().would_enable("sync_worker::chunk", &Level::DEBUG));
    }

    #[test]
    fn noisy_crates_are_heard_from_warnings_on() {
        let events = with_noisy_at(LevelFilter::DEBUG, LevelFilter::WARN);
        assert!(events.would_enable("lapin::channel", &Level::WARN));
        assert!(!events.would_enable("lapin::returned_messages", &Level::ERROR), "bodies are never logged");
        assert!(!events.would_enable("lapin::channel", &Level::INFO));
        assert!(!events.would_enable("actix_http::h1::dispatcher", &Level::ERROR), "each malformed request is one");
        assert!(events.would_enable("scheduler", &Level::DEBUG));
    }
}
