//! What this process knows of one integration's limits.

use super::pot::Pot;
use geniacs::PartnerClock;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use storage::partners::limits::Standing;

/// A standing that was read so long ago is read again before the next request.
const FRESH: Duration = Duration::from_secs(1);
/// After this time somebody looks whether refused credentials were changed.
const REFUSED: Duration = Duration::from_mins(1);

/// One integration.
pub(super) struct Known {
    pub(super) integration_id: i64,
    view: Mutex<View>,
    pub(super) pot: tokio::sync::Mutex<Pot>,
    /// The partner's clock beside the database's.
    pub(super) clock: Arc<PartnerClock>,
    /// When it was last asked for the time alone. Whoever asks holds it.
    pub(super) asked_for_time: tokio::sync::Mutex<Option<Instant>>,
    /// The leave to wait for a permit.
    pub(super) waiting: tokio::sync::Semaphore,
}

#[derive(Debug)]
struct View {
    seen: Option<Instant>,
    failing: bool,
    held: Option<Held>,
}

/// Why and until when nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) until: Instant,
    pub(super) reason: Reason,
}

/// What may hold an integration back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Credentials,
    Paused,
    Breaker,
    Permits,
}

impl Reason {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Credentials => "credentials_refused",
            Self::Paused => "paused",
            Self::Breaker => "breaker_open",
            Self::Permits => "rate_limited",
        }
    }

    pub(super) const fn sentence(self) -> &'static str {
        match self {
            Self::Credentials => "Geniacs refused the credentials of this integration",
            Self::Paused => "Geniacs asked to be left alone",
            Self::Breaker => "Geniacs failed several times in a row, so that only one request probes it now and then",
            Self::Permits => "the requests that the rate limits of this integration allow are used up",
        }
    }
}

impl Known {
    pub(super) fn new(integration_id: i64) -> Self {
        let view = View { seen: None, failing: false, held: None };
        Self {
            integration_id,
            view: Mutex::new(view),
            pot: tokio::sync::Mutex::default(),
            clock: Arc::default(),
            asked_for_time: tokio::sync::Mutex::default(),
            waiting: tokio::sync::Semaphore::new(1),
        }
    }

    /// A chunk was claimed, `since` or later: nothing held the integration back, unless the claim is a probe.
    pub(super) fn claimed(&self, since: Instant, failing: bool) {
        let mut view = self.lock();
        // What was read after the claim was asked for is newer.
        if view.seen.is_none_or(|seen| seen < since) {
            *view = View { seen: Some(since), failing, held: None };
        }
    }

    /// What the row says.
    pub(super) fn read(&self, standing: &Standing) {
        let now = Instant::now();
        *self.lock() = View { seen: Some(now), failing: standing.failing, held: held(standing, now) };
    }

    /// The partner answered, and the row says so.
    pub(super) fn recovered(&self) {
        let mut view = self.lock();
        view.failing = false;
        view.held = view.held.take().filter(|held| held.reason != Reason::Breaker);
    }

    pub(super) fn hold(&self, reason: Reason, length: Duration) {
        let mut view = self.lock();
        let until = Instant::now() + length;
        // A shorter pause never replaces a longer one.
        if view.held.as_ref().is_none_or(|held| held.until < until) {
            view.held = Some(Held { until, reason });
        }
    }

    pub(super) fn refuse(&self) {
        self.hold(Reason::Credentials, REFUSED);
    }

    pub(super) fn is_stale(&self) -> bool {
        self.lock().seen.is_none_or(|seen| seen.elapsed() >= FRESH)
    }

    /// Whether it was asked for the time alone so lately. While somebody asks, it was not.
    pub(super) fn was_asked_for_time(&self, lately: Duration) -> bool {
        self.asked_for_time.try_lock().is_ok_and(|asked| asked.is_some_and(|at| at.elapsed() < lately))
    }

    pub(super) fn is_failing(&self) -> bool {
        self.lock().failing
    }

    /// Whether it is held back for now. An open breaker holds until it is closed, whenever its next probe is.
    pub(super) fn is_held(&self) -> bool {
        self.held().is_some()
    }

    pub(super) fn held(&self) -> Option<Held> {
        let held = self.lock().held.clone()?;
        (held.until > Instant::now() || held.reason == Reason::Breaker).then_some(held)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What holds an integration back the most. Rate windows do not: who wants a permit asks for it.
fn held(standing: &Standing, now: Instant) -> Option<Held> {
    if standing.refused {
        return Some(Held { until: now + REFUSED, reason: Reason::Credentials });
    }
    let after = |seconds: f64| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default();
    if let Some(seconds) = standing.paused_for.filter(|seconds| *seconds > 0.0) {
        return Some(Held { until: now + after(seconds), reason: Reason::Paused });
    }
    standing.open_for.map(|seconds| Held { until: now + after(seconds), reason: Reason::Breaker })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breaker_holds_until_it_is_closed_and_a_pause_until_it_is_over() {
        let known = Known::new(1);
        assert!(known.is_stale() && !known.is_held());
        known.read(&Standing { failing: true, open_for: Some(-5.0), ..Standing::default() });
        assert!(known.is_held() && known.is_failing(), "the next probe is due, and not everybody's");

        known.recovered();
        assert!(!known.is_held() && !known.is_failing());
        known.read(&Standing { paused_for: Some(-0.1), ..Standing::default() });
        assert!(!known.is_held() && !known.is_stale());

        known.hold(Reason::Paused, Duration::from_mins(1));
        known.hold(Reason::Paused, Duration::from_secs(1));
        assert!(known.held().is_some_and(|held| held.until > Instant::now() + Duration::from_secs(50)));
    }

    #[test]
    fn what_was_heard_after_a_claim_was_asked_for_is_newer_than_the_claim() {
        let known = Known::new(1);
        let asked = Instant::now();
        known.read(&Standing { open_for: Some(15.0), ..Standing::default() });
        known.claimed(asked, false);
        assert!(known.is_held());
        known.claimed(Instant::now(), false);
        assert!(!known.is_held());
    }
}
