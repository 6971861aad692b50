//! The partner's own rate limit.

use crate::faults::RateLimit;
use chrono::Utc;

/// A fixed window of requests.
#[derive(Debug, Default)]
pub(crate) struct Window {
    ends_at: i64,
    used: u64,
}

/// How a request stands with the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) allowed: bool,
    pub(crate) remaining: u64,
    /// Unix seconds.
    pub(crate) reset_at: i64,
    /// Seconds until then, at least one.
    pub(crate) wait: i64,
}

impl Window {
    pub(crate) fn take(&mut self, limit: &RateLimit) -> Standing {
        self.take_at(limit, Utc::now().timestamp())
    }

    /// What is left of the window, and when it ends in Unix seconds, without taking anything.
    pub(crate) fn standing(&self, limit: &RateLimit) -> (u64, i64) {
        (limit.requests.saturating_sub(self.used), self.ends_at)
    }

    fn take_at(&mut self, limit: &RateLimit, now: i64) -> Standing {
        if now >= self.ends_at {
            let length = i64::try_from(limit.seconds.max(1)).unwrap_or(i64::MAX);
            *self = Self { ends_at: now.saturating_add(length), used: 0 };
        }
        let allowed = self.used < limit.requests;
        self.used += u64::from(allowed);
        let remaining = limit.requests.saturating_sub(self.used);
        Standing { allowed, remaining, reset_at: self.ends_at, wait: (self.ends_at - now).max(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_lets_its_number_through_and_then_starts_anew() {
        let limit = RateLimit { requests: 2, seconds: 10 };
        let mut window = Window::default();
        let taken: Vec<_> = [100, 101, 109, 110].map(|now| window.take_at(&limit, now)).into();
        assert_eq!(taken.iter().map(|t| t.allowed).collect::<Vec<_>>(), [true, true, false, true]);
        assert_eq!((taken[1].remaining, taken[1].reset_at, taken[2].wait), (0, 110, 1));
    }
}
