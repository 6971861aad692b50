//! Logs and traces.

use url::Url;

use super::values::Values;
use super::{Setting, SettingsError};

const LOG_LEVEL: Setting = Setting::new(
    "log_level",
    "info",
    "least severe level that is logged: trace, debug, info, warning, error, critical",
);
const OTLP_ENDPOINT: Setting = Setting {
    secret: true,
    ..Setting::optional(
        "telemetry.otlp_endpoint",
        "OTLP collector for traces over HTTP: http://host:4318; none unless set",
    )
}
.or(&["OTEL_EXPORTER_OTLP_ENDPOINT"]);
const SAMPLE_RATIO: Setting =
    Setting::new("telemetry.sample_ratio", "1", "share of the traces begun here that is exported (0–1)");

pub(super) const SETTINGS: &[Setting] = &[LOG_LEVEL, OTLP_ENDPOINT, SAMPLE_RATIO];

/// The specification's levels, from the least severe on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// Everything; the sync logs know no finer level than debug.
    Trace,
    /// For a developer.
    Debug,
    /// What happened.
    Info,
    /// What went wrong and was dealt with.
    Warning,
    /// What went wrong and was not.
    Error,
    /// What somebody should look at now.
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

/// Logs and traces.
#[derive(Debug, Clone)]
pub struct TelemetrySettings {
    /// Least severe level that goes to standard output and to the sync logs: info.
    pub log_level: LogLevel,
    /// The collector's base address, without `/v1/traces`; no traces leave the process without it.
    pub otlp_endpoint: Option<Url>,
    /// Share of the traces begun here that is exported: all. A caller's decision is kept.
    pub sample_ratio: f64,
}

impl TelemetrySettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        let levels = "one of trace, debug, info, warning, error, critical";
        let endpoint = "an address that begins with http:// or https://";
        let web = |url: &Url| matches!(url.scheme(), "http" | "https");
        Ok(Self {
            log_level: values.value(&LOG_LEVEL, levels, LogLevel::parse)?,
            otlp_endpoint: values.optional(&OTLP_ENDPOINT, endpoint, |text| Url::parse(text).ok().filter(web))?,
            sample_ratio: values.number(&SAMPLE_RATIO, 0.0..=1.0)?,
        })
    }
}
