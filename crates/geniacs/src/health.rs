//! The partner's health, as it reports it.

use crate::answer::{Answer, parse_answer};
use crate::error::shorten_text;
use crate::{Client, PartnerError, pause};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// The answer of `/health`. A partner may leave out any of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// The version of its API.
    pub version: Option<String>,
    /// The rest of its limits.
    pub rate_limits: Option<RateLimits>,
    /// The entity paths that it has.
    pub endpoints: Vec<String>,
}

/// The rest of the partner's limits.
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
            let fields: Map<String, Value> = parse_answer(&answer.body)?;
            if let Some(failure) = answer.failure(&fields) {
                return Err(failure);
            }
            Ok(Health::of(&fields, answer.asked.at))
        };
        self.get_json(self.endpoints().url("/health"), "/health", read).await
    }
}

impl Health {
    pub(crate) fn of(fields: &Map<String, Value>, asked_at: DateTime<Utc>) -> Self {
        let text = |value: &Value| value.as_str().map(|text| shorten_text(text, 255));
        let endpoints = fields.get("endpoints").and_then(Value::as_array);
        let limits = fields.get("rate_limits").and_then(Value::as_object);
        Self {
            version: fields.get("version").and_then(text),
            rate_limits: limits.map(|limits| RateLimits::of(limits, asked_at)),
            endpoints: endpoints.map(|paths| paths.iter().filter_map(text).take(100).collect()).unwrap_or_default(),
        }
    }
}

impl RateLimits {
    fn of(fields: &Map<String, Value>, asked_at: DateTime<Utc>) -> Self {
        let reset = match fields.get("reset_time") {
            Some(Value::String(text)) => pause::window_end(text.trim(), asked_at),
            Some(Value::Number(number)) => pause::window_end(&number.to_string(), asked_at),
            _ => None,
        };

        Self {
            remaining_requests: fields.get("remaining_requests").and_then(Value::as_i64),
            // A time beyond the calendar cannot be shown.
            reset_time: reset.filter(|time| *time < DateTime::<Utc>::MAX_UTC),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_and_strange_fields_are_left_out() {
        let asked_at = "2026-01-01T00:00:00Z".parse().unwrap();
        let health = |json: &str| Health::of(&serde_json::from_str(json).unwrap(), asked_at);

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

    #[test]
    fn a_reset_time_comes_in_many_forms() {
        let asked_at: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        for reset in ["1767225690", "1767225690000", "90", "\"1767225690\"", "\"2026-01-01T00:01:30Z\""] {
            let fields = serde_json::from_str(&format!(r#"{{"rate_limits": {{"reset_time": {reset}}}}}"#)).unwrap();
            let told = Health::of(&fields, asked_at).rate_limits.and_then(|limits| limits.reset_time);
            assert_eq!(told, Some(asked_at + chrono::TimeDelta::seconds(90)), "{reset}");
        }
        let far = serde_json::from_str(r#"{"rate_limits": {"reset_time": 99999999999999999999}}"#).unwrap();
        assert_eq!(Health::of(&far, asked_at).rate_limits.and_then(|limits| limits.reset_time), None);
    }
}
