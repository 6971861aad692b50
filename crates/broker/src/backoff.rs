//! How long to wait before the next attempt to connect.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);

/// Doubles from 100 ms to a ceiling. Half of each wait is random, so that many processes do not come back at once.
#[derive(Debug)]
pub(crate) struct Backoff {
    attempts: u32,
    ceiling: Duration,
}

impl Backoff {
    pub(crate) fn new(ceiling: Duration) -> Self {
        Self { attempts: 0, ceiling }
    }

    /// The next attempt starts from the beginning.
    pub(crate) fn reset(&mut self) {
        self.attempts = 0;
    }

    pub(crate) fn next(&mut self) -> Duration {
        let full = FIRST.saturating_mul(1 << self.attempts.min(16)).min(self.ceiling);
        self.attempts = self.attempts.saturating_add(1);
        full.mul_f64(rand::random_range(0.5..=1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_ceiling_and_start_again_after_a_success() {
        let mut backoff = Backoff::new(Duration::from_secs(5));
        let waits: Vec<_> = (0..50).map(|_| backoff.next()).collect();
        assert!(waits[0] >= FIRST / 2 && waits[0] <= FIRST);
        assert!(waits[10..].iter().all(|wait| (2500..=5000).contains(&wait.as_millis())));
        backoff.reset();
        assert!(backoff.next() <= FIRST);
    }
}
