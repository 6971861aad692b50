//! The circuit breaker, and what becomes of refused credentials.

use std::time::Duration;

use super::section::section;

section! {
    /// The circuit breaker, and what becomes of refused credentials.
    pub struct LimitSettings where waits_grow {
        breaker_failures: u32 = new(
            "limits.breaker_failures",
            "5",
            "failures of a partner one after another that open its breaker (1–1000)"
        ), number(1..=1_000);
        breaker_wait: Duration = new(
            "limits.breaker_wait_seconds",
            "15",
            "seconds between the opening of a breaker and its first probe; doubles with each probe that fails (1–3600)"
        ), duration(1..=3_600);
        breaker_longest_wait: Duration = new(
            "limits.breaker_longest_wait_seconds",
            "300",
            "what limits.breaker_wait_seconds doubles up to, and not less than that (1–86400)"
        ), duration(1..=86_400);
        credentials_test: Duration = new(
            "limits.credentials_test_seconds",
            "300",
            "seconds between the tests of credentials that a partner refused, each one request to /health (1–86400)"
        ), duration(1..=86_400);
    }
}

fn waits_grow(limits: &LimitSettings) -> Option<(&'static str, String)> {
    let must_be = format!("at least `limits.breaker_wait_seconds`, which is {}", limits.breaker_wait.as_secs());
    let is_shorter = limits.breaker_longest_wait < limits.breaker_wait;
    is_shorter.then_some(("limits.breaker_longest_wait_seconds", must_be))
}
