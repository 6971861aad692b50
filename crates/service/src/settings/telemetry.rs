//! Logs and traces.

use url::Url;

use super::section::section;

/// The specification's levels, from the least severe on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// Everything; the sync logs know no finer level than debug.
    Trace,
    /// For a developer.
    Debug,
    /// What happened.
    Info,
    /// A failure that was dealt with.
    Warning,
    /// A failure that was not dealt with.
    Error,
    /// A failure that a person should look at now.
    Critical,
}

impl LogLevel {
    fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "trace" => Some(Self::Trace),
            "debug" => Some(Self::Debug),
            "info" => Some(Self::Info),
            "warning" | "warn" => Some(Self::Warning),
            "error" => Some(Self::Error),
            "critical" => Some(Self::Critical),
            _ => None,
        }
    }

    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace | Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

section! {
    /// Logs and traces.
    pub struct TelemetrySettings {
        /// On standard output and in the sync logs.
        log_level: LogLevel = new(
            "log_level",
            "info",
            "least severe level that is logged: trace, debug, info, warning, error, critical"
        ), value("one of trace, debug, info, warning, error, critical", LogLevel::parse);
        /// The base address, without `/v1/traces`; it may hold a password.
        otlp_endpoint: Option<Url> = secret(
            "telemetry.otlp_endpoint",
            "OTLP collector for traces over HTTP: http://host:4318; none unless set"
        ).or(&["OTEL_EXPORTER_OTLP_ENDPOINT"]), optional("an address that begins with http:// or https://", web_url);
        /// A caller's decision is kept.
        sample_ratio: f64 =
            new("telemetry.sample_ratio", "1", "share of the traces begun here that is exported (0–1)"), number(0.0..=1.0);
    }
}

fn web_url(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}
