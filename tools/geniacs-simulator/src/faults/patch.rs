//! Changing some faults and leaving the others.

use super::Faults;
use serde_json::{Map, Value};

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
        let wrong = |rate: f64| !(0.0..=1.0).contains(&rate);
        let rates = self.rates().into_iter().chain(self.webhooks.rates());
        if let Some((name, _)) = rates.into_iter().find(|(_, rate)| wrong(*rate)) {
            return Err(InvalidFaults::Rate(name));
        }

        let statuses = [
            ("error_status", self.error_status),
            ("reject_status", self.reject_status),
            ("fail_next.status", self.fail_next.as_ref().map(|next| next.status)),
            ("outage.status", self.outage.as_ref().and_then(|outage| outage.status)),
        ];

        match statuses.into_iter().find(|(_, status)| status.is_some_and(|status| !(300..=599).contains(&status))) {
            Some((name, _)) => Err(InvalidFaults::Status(name)),
            None => Ok(()),
        }
    }

    const fn rates(&self) -> [(&'static str, f64); 13] {
        [
            ("error_rate", self.error_rate),
            ("late_error_rate", self.late_error_rate),
            ("throttle_rate", self.throttle_rate),
            ("reset_rate", self.reset_rate),
            ("lose_answer_rate", self.lose_answer_rate),
            ("hang_rate", self.hang_rate),
            ("cut_body_rate", self.cut_body_rate),
            ("half_json_rate", self.half_json_rate),
            ("html_rate", self.html_rate),
            ("drip_rate", self.drip_rate),
            ("reject_rate", self.reject_rate),
            ("stumble_rate", self.stumble_rate),
            ("dead_cursor_rate", self.dead_cursor_rate),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RateLimit;

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
    fn an_unknown_fault_or_an_impossible_one_is_refused() {
        for json in [
            r#"{"latncy_ms": 5}"#,
            r#"{"error_rate": 1.5}"#,
            r#"{"error_status": 200}"#,
            r#"{"reject": 1}"#,
            r#"{"webhooks": {"late_rate": -1}}"#,
            r#"{"outage": {"seconds": 1, "status": 200}}"#,
            r#"{"listings": ["hidden"]}"#,
            r#"{"rate_limit": 5}"#,
        ] {
            assert!(patch(&Faults::default(), json).is_err(), "{json}");
        }
    }

    #[test]
    fn rate_limits_are_one_or_several() {
        let limits = |json| patch(&Faults::default(), json).unwrap().rate_limit;
        let one = RateLimit { requests: 2, seconds: 10, sliding: false };
        assert_eq!(limits(r#"{"rate_limit": {"requests": 2, "seconds": 10}}"#), std::slice::from_ref(&one));
        let two =
            r#"{"rate_limit": [{"requests": 2, "seconds": 10}, {"requests": 9, "seconds": 60, "sliding": true}]}"#;
        assert_eq!(limits(two), [one, RateLimit { requests: 9, seconds: 60, sliding: true }]);
    }
}
