//! The circuit breaker, and what becomes of refused credentials.

use std::time::Duration;

use super::values::Values;
use super::{Setting, SettingsError};

const FAILURES: Setting = Setting::new(
    "limits.breaker_failures",
    "5",
    "failures of a partner one after another that open its breaker (1–1000)",
);
const WAIT: Setting = Setting::new(
    "limits.breaker_wait_seconds",
    "15",
    "seconds between the opening of a breaker and its first probe; doubles with each probe that fails (1–3600)",
);
const LONGEST_WAIT: Setting = Setting::new(
    "limits.breaker_longest_wait_seconds",
    "300",
    "what limits.breaker_wait_seconds doubles up to, and not less than that (1–86400)",
);
const CREDENTIALS_TEST: Setting = Setting::new(
    "limits.credentials_test_seconds",
    "300",
    "seconds between the tests of credentials that a partner refused, each one request to /health (1–86400)",
);

pub(super) const SETTINGS: &[Setting] = &[FAILURES, WAIT, LONGEST_WAIT, CREDENTIALS_TEST];

/// The circuit breaker, and what becomes of refused credentials.
#[derive(Debug, Clone)]
pub struct LimitSettings {
    /// Failures one after another that open a breaker: 5.
    pub breaker_failures: u32,
    /// From its opening to the first probe: 15 s.
    pub breaker_wait: Duration,
    /// What the wait doubles up to: 5 minutes.
    pub breaker_longest_wait: Duration,
    /// Between tests of refused credentials: 5 minutes.
    pub credentials_test: Duration,
}

impl LimitSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        let breaker_wait = values.duration(&WAIT, 1..=3_600)?;
        let breaker_longest_wait = values.duration(&LONGEST_WAIT, 1..=86_400)?;

        if breaker_longest_wait < breaker_wait {
            let must_be = format!("at least `limits.breaker_wait_seconds`, which is {}", breaker_wait.as_secs());
            return Err(values.impossible(&LONGEST_WAIT, must_be));
        }

        Ok(Self {
            breaker_failures: values.number(&FAILURES, 1..=1_000)?,
            breaker_wait,
            breaker_longest_wait,
            credentials_test: values.duration(&CREDENTIALS_TEST, 1..=86_400)?,
        })
    }
}
