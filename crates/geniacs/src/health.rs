//! What the partner says about itself.

use crate::answer::{Answer, parse};
use crate::error::shortened;
use crate::{Client, PartnerError};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// The answer of `/health`. A partner may leave out any of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// The version of its API.
    pub version: Option<String>,
    /// What is left of its limits.
    pub rate_limits: Option<RateLimits>,
    /// The entity paths that it has.
    pub endpoints: Vec<String>,
}

/// What is left of the partner's limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RateLimits {
    /// How many requests may still be sent.
    pub remaining_requests: Option<i64>,
    /// When the count starts anew.
    pub reset_time: Option<DateTime<Utc>>,
}

impl Client {
    /// Asks how the partner is; a refused key shows as [`PartnerError::Credentials`].
    pub async fn health(&self) -> Result<Health, PartnerError> {
        let read = |answer: &Answer| {
            let fields: Map<String, Value> = parse(&answer.body)?;
            Ok(Health::of(&fields))
        };
        self.get_json(self.endpoints().url("/health"), "/health", read).await
    }
}

impl Health {
    fn of(fields: &Map<String, Value>) -> Self {
        let text = |value: &Value| value.as_str().map(|text| shortened(text, 255));
        let endpoints = fields.get("endpoints").and_then(Value::as_array);
        Self {
            version: fields.get("version").and_then(text),
            rate_limits: fields.get("rate_limits").and_then(Value::as_object).map(RateLimits::of),
            endpoints: endpoints.map(|paths| paths.iter().filter_map(text).take(100).collect()).unwrap_or_default(),
        }
    }
}

impl RateLimits {
    fn of(fields: &Map<String, Value>) -> Self {
        let reset = fields.get("reset_time").and_then(Value::as_str);
        Self {
            remaining_requests: fields.get("remaining_requests").and_then(Value::as_i64),
            reset_time: reset.and_then(|time| DateTime::parse_from_rfc3339(time).ok()).map(|time| time.to_utc()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_and_strange_fields_are_left_out() {
        let health = |json: &str| Health::of(&serde_json::from_str(json).unwrap());
        assert_eq!(health("{}"), Health::default());
        assert_eq!(health(r#"{"version": 1, "rate_limits": [], "endpoints": "x"}"#), Health::default());
        let full = health(
            r#"{"version": "v1.2.3", "rate_limits": {"remaining_requests": 95, "reset_time": "2026-01-01T00:00:00Z"},
                "endpoints": ["/customers", 3]}"#,
        );
        assert_eq!(full.version.as_deref(), Some("v1.2.3"));
        assert_eq!(full.rate_limits.and_then(|limits| limits.remaining_requests), Some(95));
        assert_eq!(full.endpoints, ["/customers"]);
    }
}
