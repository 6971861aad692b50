//! Partners with a character: faults that go together, by name.

use crate::faults::{Faults, InvalidFaults};
use serde_json::{Map, Value};

/// A partner with a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scenario {
    /// What it is called.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub description: &'static str,
    /// Its faults as `POST /admin/faults` takes them.
    faults: &'static str,
}

/// Why a scenario is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum UnknownScenario {
    /// No scenario has that name.
    #[error("there is no scenario {0:?}; there are: {known}", known = scenario_names())]
    Name(String),
    /// Scenarios do not go together.
    #[error(transparent)]
    Faults(#[from] InvalidFaults),
}

impl Scenario {
    /// All of them.
    pub const ALL: &[Self] = TABLE;

    /// The faults of one scenario or, with commas between their names, of several: where they differ, the later one
    /// counts.
    pub fn faults_of(names: &str) -> Result<Faults, UnknownScenario> {
        let mut faults = Faults::default();
        for name in names.split(',').map(str::trim) {
            let scenario = TABLE.iter().find(|scenario| scenario.name == name);
            let scenario = scenario.ok_or_else(|| UnknownScenario::Name(name.to_owned()))?;
            faults = faults.patched(scenario.patch()?)?;
        }
        Ok(faults)
    }

    /// Its faults as `POST /admin/faults` takes them.
    pub fn patch(&self) -> Result<Map<String, Value>, InvalidFaults> {
        Ok(serde_json::from_str(self.faults)?)
    }
}

fn scenario_names() -> String {
    TABLE.iter().map(|scenario| scenario.name).collect::<Vec<_>>().join(", ")
}

const fn scenario(name: &'static str, description: &'static str, faults: &'static str) -> Scenario {
    Scenario { name, description, faults }
}

const TABLE: &[Scenario] = &[
    scenario("healthy", "Nothing goes wrong.", "{}"),
    scenario("slow", "Every answer takes 0.3 to 1.5 s.", r#"{"latency_ms": 300, "latency_jitter_ms": 1200}"#),
    scenario(
        "flaky",
        "One request in five ends badly: errors, dropped connections, lost answers, half bodies, HTML.",
        r#"{"error_rate": 0.1, "error_status": 503, "reset_rate": 0.03, "lose_answer_rate": 0.03, "cut_body_rate": 0.02,
            "half_json_rate": 0.01, "html_rate": 0.01, "latency_jitter_ms": 200}"#,
    ),
    scenario(
        "outage",
        "For the first minute of every five it answers 503, beginning now.",
        r#"{"outage": {"seconds": 60, "every": 300, "status": 503}}"#,
    ),
    scenario(
        "unreachable",
        "For the first minute of every five it drops every connection, beginning now.",
        r#"{"outage": {"seconds": 60, "every": 300}}"#,
    ),
    scenario(
        "hanging",
        "One request in ten is applied and never answered; one in ten gets its answer drop by drop.",
        r#"{"hang_rate": 0.1, "drip_rate": 0.1, "drip_ms": 1000}"#,
    ),
    scenario(
        "throttled",
        "10 requests a second, 300 a minute, 5,000 an hour, in any such stretch of time; 429 with Retry-After beyond.",
        r#"{"rate_limit": [{"requests": 10, "seconds": 1, "sliding": true}, {"requests": 300, "seconds": 60,
            "sliding": true}, {"requests": 5000, "seconds": 3600, "sliding": true}]}"#,
    ),
    scenario(
        "curt",
        "30 requests a minute; beyond that a 429 that does not say how long to wait, and no header tells beforehand.",
        r#"{"rate_limit": {"requests": 30, "seconds": 60}, "hide_retry_after": true, "hide_rate_headers": true}"#,
    ),
    scenario(
        "strict",
        "Refuses whole requests: 422 with the names of wrong records (2 in 100), 409 for an older version, 413 beyond \
         500 records or 1 MiB; and no record may refer to one that is not there.",
        r#"{"reject_rate": 0.02, "reject_status": 422, "versions": "refuse", "check_references": true,
            "max_records": 500, "max_bytes": 1048576}"#,
    ),
    scenario(
        "picky",
        "Fails records alone: 2 in 100 for good, 5 in 100 for the moment, and those of an older version.",
        r#"{"reject_rate": 0.02, "stumble_rate": 0.05, "versions": "fail_record"}"#,
    ),
    scenario(
        "terse",
        "Answers with counts alone, and refuses a whole request (400) without saying which record is wrong.",
        r#"{"omit_results": true, "reject_rate": 0.01, "reject_status": 400, "reject_unnamed": true}"#,
    ),
    scenario(
        "forgetful",
        "Ignores signatures, idempotency keys, and the parameters external_id and updated_since; loses one answer in \
         twenty.",
        r#"{"ignore_signature": true, "ignore_idempotency": true, "ignore_external_id_filter": true,
            "ignore_updated_since": true, "lose_answer_rate": 0.05}"#,
    ),
    scenario(
        "shuffled",
        "Webhooks come repeated, in another order, up to 5 s late, with old times; some without a time.",
        r#"{"webhooks": {"duplicate_rate": 0.3, "copies": 2, "shuffle": true, "late_rate": 0.2, "late_ms": 5000,
            "old_rate": 0.1, "old_seconds": 86400, "no_timestamp_rate": 0.02}}"#,
    ),
    scenario(
        "lying-listing",
        "Listings are by turns right, endless, shrunk to half, empty, cut after a page, and going in a circle.",
        r#"{"listings": ["honest", "repeated_cursor", "shrunk", "empty", "ends_early", "looping_cursor"]}"#,
    ),
    scenario(
        "odd-pages",
        "Listings are right, but begin with an empty page, repeat records, hold one more than asked for, and leave \
         deleted ones out.",
        r#"{"odd_pages": true, "hide_deleted": true, "reverse_results": true}"#,
    ),
    scenario(
        "partial",
        "It has no monitoring data and no NAS servers (404).",
        r#"{"missing": ["monitoring_data", "nas_servers"]}"#,
    ),
    scenario("locked-out", "The key is refused (401).", r#"{"error_rate": 1, "error_status": 401}"#),
    scenario("moved", "Everything is redirected to another host.", r#"{"error_rate": 1, "error_status": 308}"#),
    scenario("login-page", "Every answer is 200 with an HTML page.", r#"{"html_rate": 1}"#),
    scenario(
        "worst",
        "Flaky, picky, forgetful, throttled and shuffled at once.",
        r#"{"error_rate": 0.1, "error_status": 502, "reset_rate": 0.03, "lose_answer_rate": 0.05, "cut_body_rate": 0.02,
            "half_json_rate": 0.01, "html_rate": 0.01, "reject_rate": 0.01, "stumble_rate": 0.02,
            "versions": "fail_record", "ignore_idempotency": true, "ignore_external_id_filter": true,
            "ignore_updated_since": true, "odd_pages": true, "reverse_results": true,
            "rate_limit": {"requests": 20, "seconds": 1, "sliding": true},
            "webhooks": {"duplicate_rate": 0.3, "shuffle": true, "late_rate": 0.2, "late_ms": 2000, "old_rate": 0.05,
            "old_seconds": 3600}}"#,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_scenario_has_a_name_of_its_own_a_sentence_and_faults_that_can_be_set() {
        let names: HashSet<_> = TABLE.iter().map(|scenario| scenario.name).collect();
        assert_eq!(names.len(), TABLE.len());
        for scenario in TABLE {
            let faults = Scenario::faults_of(scenario.name).unwrap();
            assert_eq!(faults == Faults::default(), scenario.name == "healthy", "{}", scenario.name);
            assert!(scenario.description.ends_with('.'), "{}", scenario.name);
        }
    }

    #[test]
    fn several_scenarios_go_together_and_an_unknown_one_is_named() {
        let faults = Scenario::faults_of("slow, shuffled").unwrap();
        assert!(faults.latency_ms > 0 && faults.webhooks.shuffle);
        let error = Scenario::faults_of("slow,flakey").unwrap_err().to_string();
        assert!(error.contains("\"flakey\"") && error.contains("flaky, outage"), "{error}");
    }
}
