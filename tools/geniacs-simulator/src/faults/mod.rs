//! The faults that the partner API shows on demand.

mod dice;

pub(crate) use dice::{Decision, Fate, FaultBox};

use domain::EntityType;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What goes wrong, as `POST /admin/faults` sets it. Rates are shares of all requests to the partner API, from 0 to 1.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fault of its own")]
pub struct Faults {
    /// How long every answer takes.
    pub latency_ms: u64,
    /// How much longer, at random, it may take.
    pub latency_jitter_ms: u64,
    /// Answers with `error_status`, before anything is applied.
    pub error_rate: f64,
    /// The status of `error_rate`; 500 if it is not set.
    pub error_status: Option<u16>,
    /// Answers 429 with `retry_after`.
    pub throttle_rate: f64,
    /// The `Retry-After` of a 429 or a 503: a number of seconds or any text; none if it is not set.
    pub retry_after: Option<Value>,
    /// Drops the connection before anything is applied.
    pub reset_rate: f64,
    /// Applies the request, then drops the connection.
    pub lose_answer_rate: f64,
    /// Applies the request, then sends half of the answer and drops the connection.
    pub cut_body_rate: f64,
    /// Applies the request, then answers 200 with an HTML page.
    pub html_rate: f64,
    /// Records that are refused.
    pub reject: Vec<RejectRule>,
    /// Refuses the whole request with this status (400 or 422) and names the records, instead of failing them alone.
    pub reject_status: Option<u16>,
    /// The next requests that get a status of their own.
    pub fail_next: Option<FailNext>,
    /// Entities that this partner does not have (404).
    pub missing: Vec<EntityType>,
    /// More records in one request than this are too large (413).
    pub max_records: Option<usize>,
    /// Requests per window; beyond it 429. Shown in `X-RateLimit-Remaining` and `X-RateLimit-Reset`.
    pub rate_limit: Option<RateLimit>,
    /// What happens to a pushed version that is older than the stored one.
    pub versions: Versions,
    /// Idempotency keys mean nothing.
    pub ignore_idempotency: bool,
    /// The `external_id` parameter means nothing.
    pub ignore_external_id_filter: bool,
    /// Answers to pushes carry counts only.
    pub omit_results: bool,
    /// Results come last record first.
    pub reverse_results: bool,
    /// Deleted records are not listed.
    pub hide_deleted: bool,
    /// A listing begins with an empty page, and each page repeats a record and holds one more than asked for.
    pub odd_pages: bool,
    /// Starts the random numbers anew.
    pub seed: Option<u64>,
}

/// A record is refused if `field` equals or contains what is given, or, with neither, if it has that field at all.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RejectRule {
    /// Which entity; every one if it is not set.
    #[serde(default)]
    pub entity: Option<EntityType>,
    /// A Geniacs field, or `external_id`.
    pub field: String,
    /// The whole value.
    #[serde(default)]
    pub equals: Option<Value>,
    /// Part of a text.
    #[serde(default)]
    pub contains: Option<String>,
    /// The type of the failure; `validation_error` if it is not set.
    #[serde(default, rename = "type")]
    pub error_type: Option<String>,
}

/// The next `count` requests are answered with `status`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailNext {
    /// How many.
    pub count: u64,
    /// With which status; a 3xx leads to another host.
    pub status: u16,
}

/// A fixed window of requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// How many requests.
    pub requests: u64,
    /// In how many seconds.
    pub seconds: u64,
}

/// What happens to a pushed version that is older than the stored one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Versions {
    /// It is applied all the same.
    #[default]
    Ignore,
    /// That record fails with the type `conflict`.
    FailRecord,
    /// The whole request is refused with 409, naming the records.
    Refuse,
}

/// Why faults cannot be set as asked.
#[derive(Debug, thiserror::Error)]
pub enum InvalidFaults {
    /// A field is unknown or of the wrong type.
    #[error("{0}")]
    Form(#[from] serde_json::Error),
    /// A rate is no share.
    #[error("{0} must be between 0 and 1")]
    Rate(&'static str),
    /// A status is none that the fault can have.
    #[error("{0} must be an HTTP status from 300 to 599")]
    Status(&'static str),
}

impl Faults {
    /// These faults with the given ones over them; `null` takes one back.
    pub fn patched(&self, changes: Map<String, Value>) -> Result<Self, InvalidFaults> {
        let mut all = serde_json::to_value(self)?;
        if let Value::Object(all) = &mut all {
            for (name, value) in changes {
                if value.is_null() {
                    all.remove(&name)
                } else {
                    all.insert(name, value)
                };
            }
        }
        let patched: Self = serde_json::from_value(all)?;
        patched.check()?;
        Ok(patched)
    }

    fn check(&self) -> Result<(), InvalidFaults> {
        let rates = [
            ("error_rate", self.error_rate),
            ("throttle_rate", self.throttle_rate),
            ("reset_rate", self.reset_rate),
            ("lose_answer_rate", self.lose_answer_rate),
            ("cut_body_rate", self.cut_body_rate),
            ("html_rate", self.html_rate),
        ];
        if let Some((name, _)) = rates.into_iter().find(|(_, rate)| !(0.0..=1.0).contains(rate)) {
            return Err(InvalidFaults::Rate(name));
        }
        let statuses = [
            ("error_status", self.error_status),
            ("reject_status", self.reject_status),
            ("fail_next.status", self.fail_next.as_ref().map(|next| next.status)),
        ];
        match statuses.into_iter().find(|(_, status)| status.is_some_and(|status| !(300..=599).contains(&status))) {
            Some((name, _)) => Err(InvalidFaults::Status(name)),
            None => Ok(()),
        }
    }

    /// Why a record is refused, if it is: the field and the type of the failure.
    pub(crate) fn rejects(
        &self,
        entity: EntityType,
        external_id: Option<&str>,
        fields: &Map<String, Value>,
    ) -> Option<(&str, &str)> {
        let rule = self.reject.iter().filter(|rule| rule.entity.is_none_or(|named| named == entity)).find(|rule| {
            if rule.field == "external_id" {
                return external_id.is_some_and(|id| rule.matches(&Value::from(id)));
            }
            fields.get(&rule.field).is_some_and(|value| rule.matches(value))
        })?;
        Some((&rule.field, rule.error_type.as_deref().unwrap_or("validation_error")))
    }
}

impl RejectRule {
    fn matches(&self, value: &Value) -> bool {
        let contains = |part: &String| value.as_str().is_some_and(|text| text.contains(part.as_str()));
        self.equals.as_ref().is_none_or(|whole| whole == value) && self.contains.as_ref().is_none_or(contains)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(faults: &Faults, json: &str) -> Result<Faults, InvalidFaults> {
        faults.patched(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn a_patch_leaves_the_other_faults_alone() {
        let faults = patch(&Faults::default(), r#"{"error_rate": 0.2, "error_status": 503}"#).unwrap();
        let faults = patch(&faults, r#"{"latency_ms": 5, "error_status": null}"#).unwrap();
        assert_eq!(faults, Faults { error_rate: 0.2, latency_ms: 5, ..Faults::default() });
    }

    #[test]
    fn an_unknown_fault_or_an_impossible_rate_is_refused() {
        for json in [r#"{"latncy_ms": 5}"#, r#"{"error_rate": 1.5}"#, r#"{"error_status": 200}"#, r#"{"reject": 1}"#] {
            assert!(patch(&Faults::default(), json).is_err(), "{json}");
        }
    }
}
