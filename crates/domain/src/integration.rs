//! The configuration of an integration.

use crate::{EntityType, Reason};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The share of the linked records that one run may delete without being told so, unless the configuration says it.
pub const DELETE_GUARD_PERCENT: u32 = 20;
/// The share of the linked records that may lose a value in one run without a person's word, unless the configuration says
/// it.
pub const CLEAR_GUARD_PERCENT: u32 = 50;
/// The share of the linked records that one run may change without a person's word, unless the configuration says it.
pub const CHANGE_GUARD_PERCENT: u32 = 100;

/// The contract's `configuration` of an integration. The service's settings hold for fields that are absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Configuration {
    /// Whether its schedules tick.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_sync: Option<bool>,
    /// Time between incrementals of an entity without a schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_interval: Option<SyncInterval>,
    /// Whether an ended run tries its failed records again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_failed: Option<bool>,
    /// Attempts of a chunk within a run, 0–20; weaker than the column `retry_attempts` where both are given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_retries: Option<u32>,
    /// Seconds that one partner request may take, 1–600.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// Paths that differ from the contract's.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub endpoints: BTreeMap<EntityType, String>,
    /// Entities whose local changes are pushed as they happen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub real_time: Vec<EntityType>,
    /// Who wins when both sides changed one field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict_policy: Option<ConflictPolicy>,
    /// Country whose phone numbers are written without a prefix, ISO 3166 in two letters; ID unless told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_region: Option<String>,
    /// IANA time zone of dates without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_time_zone: Option<String>,
    /// The share of records that one run may delete without being told so, 0–100; 20 unless told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_guard_percent: Option<u32>,
    /// The share of records that may lose a value in one run that was not told so, 0–100; 50 unless told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clear_guard_percent: Option<u32>,
    /// The share of records that one run may change without being told so, 0–100; 100 unless told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_guard_percent: Option<u32>,
    /// Whether a field that no mapping knows is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_strict: Option<bool>,
}

crate::named::named_enum! {
    /// Who wins when both sides changed one field.
    #[derive(Default)]
    ConflictPolicy as "conflict_policy" {
        /// The later change.
        #[default]
        Newest = "newest",
        /// The provider's value.
        Local = "local",
        /// The partner's value.
        Geniacs = "geniacs",
        /// Neither side, until a person decides.
        Manual = "manual",
    }
}

/// A length of time, written `300` (seconds), `"300"`, `"30s"`, `"5m"`, `"2h"` or `"1d"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncInterval {
    written: serde_json::Value,
    seconds: u32,
}

impl SyncInterval {
    /// Seconds between runs, at least 1.
    pub fn seconds(&self) -> u32 {
        self.seconds
    }

    fn parse(text: &str) -> Option<u32> {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let factor = match &text[digits.len()..] {
            "" | "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return None,
        };

        digits.parse::<u32>().ok()?.checked_mul(factor).filter(|s| *s > 0)
    }
}

impl Serialize for SyncInterval {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SyncInterval {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = serde_json::Value::deserialize(deserializer)?;

        let seconds = match &written {
            serde_json::Value::Number(n) => Self::parse(&n.to_string()),
            serde_json::Value::String(s) => Self::parse(s),
            _ => None,
        };

        let seconds = seconds
            .ok_or_else(|| serde::de::Error::custom("expected seconds, or a time like \"5m\", \"2h\" or \"1d\""))?;
        Ok(Self { written, seconds })
    }
}

/// The contract's `rate_limits`: requests that the partner allows in sliding windows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimits {
    /// In 60 seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<u32>,
    /// In 60 minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_hour: Option<u32>,
    /// In 24 hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_day: Option<u32>,
}

/// One thing that is wrong with a value somebody gave, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The field, as a path: `configuration.max_retries`.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// A stable name of that; see [`Reason`].
    pub code: &'static str,
    /// What the message says in numbers and names.
    pub params: Map<String, Value>,
}

impl Invalid {
    /// A problem at `field`.
    pub fn new(field: impl Into<String>, reason: impl Into<Reason>) -> Self {
        let Reason { code, params, message } = reason.into();
        Self { field: field.into(), message, code, params }
    }

    /// The same problem at a field within another one: `mappings[3]` and `local_field`.
    #[must_use]
    pub fn within(self, outer: &str) -> Self {
        Self { field: format!("{outer}{}", self.field), ..self }
    }
}

impl Configuration {
    /// Everything in it that is out of range.
    pub fn problems(&self) -> Vec<Invalid> {
        let mut found = Vec::new();
        let mut range = |field: &str, value: Option<u32>, low: u32, high: u32| {
            if value.is_some_and(|v| v < low || v > high) {
                let reason = Reason::new("range", format!("must be from {low} to {high}")).between(low, high);
                found.push(Invalid::new(format!("configuration.{field}"), reason));
            }
        };

        range("max_retries", self.max_retries, 0, 20);
        range("timeout_seconds", self.timeout_seconds, 1, 600);
        range("delete_guard_percent", self.delete_guard_percent, 0, 100);
        range("clear_guard_percent", self.clear_guard_percent, 0, 100);
        range("change_guard_percent", self.change_guard_percent, 0, 100);

        for (entity, path) in &self.endpoints {
            // Also what the parser of an address takes for a dot, or leaves out of it.
            let has_odd_character = path.contains(|c: char| matches!(c, '?' | '#' | '\\') || c.is_control());
            let has_folder_above = path.to_ascii_lowercase().replace("%2e", ".").contains("..");
            let is_plain = !path.starts_with("//") && !has_odd_character && !has_folder_above;
            if !path.starts_with('/') || !is_plain || path.len() > 200 {
                found.push(Invalid::new(
                    format!("configuration.endpoints.{entity}"),
                    Reason::new("not_a_path", "must be a path that starts with one `/`, without a query"),
                ));
            }
        }

        if self.default_region.as_ref().is_some_and(|r| r.len() != 2 || !r.bytes().all(|b| b.is_ascii_uppercase())) {
            found.push(Invalid::new(
                "configuration.default_region",
                Reason::new("not_a_country", "must be a country in two capital letters, like ID"),
            ));
        }

        if self.default_time_zone.as_ref().is_some_and(|z| z.parse::<chrono_tz::Tz>().is_err()) {
            let reason = Reason::new("time_zone", "must be an IANA time zone, like Asia/Jakarta");
            found.push(Invalid::new("configuration.default_time_zone", reason));
        }

        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_seconds_or_a_number_with_its_unit() {
        for (text, seconds) in [("300", 300), ("\"300\"", 300), ("\"5m\"", 300), ("\"2h\"", 7_200), ("\"1d\"", 86_400)]
        {
            let interval: SyncInterval = serde_json::from_str(text).unwrap();
            assert_eq!(interval.seconds(), seconds, "{text}");
            assert_eq!(serde_json::to_string(&interval).unwrap(), text, "it is shown as it was written");
        }

        for text in ["0", "\"\"", "\"5x\"", "-1", "1.5", "true", "\"99999999999d\""] {
            assert!(serde_json::from_str::<SyncInterval>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_path_of_an_entity_cannot_lead_to_another_host_or_folder() {
        let problems = |path: &str| {
            let endpoints = [(EntityType::NasServers, path.to_owned())].into();
            Configuration { endpoints, ..Configuration::default() }.problems().len()
        };
        for path in ["/devices", "/api/devices", "/v2.1/devices"] {
            assert_eq!(problems(path), 0, "{path}");
        }

        for path in [
            "//evil.example/x",
            "/\t/evil.example",
            "https://evil.example/x",
            "@evil.example",
            "/../other",
            "/%2e%2E/other",
            "/.%2e/other",
            "/\\evil.example",
            "/a?b=1",
            "/a#b",
        ] {
            assert_eq!(problems(path), 1, "{path}");
        }
    }

    #[test]
    fn every_value_out_of_range_is_named() {
        let configuration = Configuration {
            max_retries: Some(21),
            timeout_seconds: Some(0),
            endpoints: [(EntityType::NasServers, "devices".to_owned())].into(),
            default_region: Some("indonesia".to_owned()),
            default_time_zone: Some("Mars/Olympus".to_owned()),
            ..Configuration::default()
        };
        let fields: Vec<_> = configuration.problems().into_iter().map(|p| p.field).collect();
        assert_eq!(
            fields,
            [
                "configuration.max_retries",
                "configuration.timeout_seconds",
                "configuration.endpoints.nas_servers",
                "configuration.default_region",
                "configuration.default_time_zone"
            ]
        );
    }
}
