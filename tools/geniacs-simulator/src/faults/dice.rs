//! Which fault meets which request.

use super::Faults;
use crate::random::Random;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::watch;

/// The fate of one request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fate {
    Normal,
    /// Answered like this, without being applied.
    Status(u16),
    /// Dropped without being applied.
    Reset,
    /// Applied, then answered like this.
    LateStatus(u16),
    /// Applied, then dropped.
    LoseAnswer,
    /// Applied, half answered, then dropped.
    CutBody,
    /// Applied, answered with half a JSON.
    HalfJson,
    /// Applied, answered with HTML.
    Html,
    /// Applied, answered byte by byte.
    Drip,
    /// Applied, never answered.
    Hang,
}

/// The faults in force, and the dice.
#[derive(Debug)]
pub(crate) struct FaultBox {
    inner: Mutex<Inner>,
    at_start: Faults,
    seed: u64,
    /// Whether answers are held at the moment.
    holding: watch::Sender<bool>,
}

#[derive(Debug)]
struct Inner {
    faults: Arc<Faults>,
    random: Random,
    fail_next: u64,
    /// How many requests came since `hold_after` was set.
    since_hold: u64,
    /// When the outages began to count.
    outage_since: Instant,
}

/// The decision for one request.
#[derive(Debug, Clone)]
pub(crate) struct RequestDecision {
    pub(crate) faults: Arc<Faults>,
    pub(crate) latency_ms: u64,
    pub(crate) fate: Fate,
    /// Whether a cursor has died, if the request has one.
    pub(crate) dead_cursor: bool,
    /// Whether the answer waits until answers are no longer held.
    pub(crate) held: bool,
}

impl FaultBox {
    pub(crate) fn new(seed: u64, at_start: Faults) -> Self {
        let holding = watch::Sender::new(at_start.hold_after.is_some());
        Self { inner: Mutex::new(Inner::new(seed, &at_start)), at_start, seed, holding }
    }

    /// The faults in force; of `fail_next`, what is left.
    pub(crate) fn current(&self) -> Faults {
        let inner = self.lock();
        let mut faults = (*inner.faults).clone();
        faults.fail_next = faults.fail_next.filter(|_| inner.fail_next > 0);
        if let Some(next) = &mut faults.fail_next {
            next.count = inner.fail_next;
        }
        faults
    }

    pub(crate) fn set(&self, mut faults: Faults) {
        let mut inner = self.lock();
        // A seed is an act, not a state: it must not start the numbers anew with the next change of something else.
        if let Some(seed) = faults.seed.take() {
            inner.random = Random::new(seed);
        }

        if faults.outage != inner.faults.outage {
            // An outage begins when it is set, and changes of other faults do not prolong it.
            inner.outage_since = Instant::now();
        }

        if faults.hold_after != inner.faults.hold_after {
            inner.since_hold = 0;
        }

        inner.fail_next = faults.fail_next.as_ref().map_or(0, |next| next.count);
        self.holding.send_replace(faults.hold_after.is_some());

        inner.faults = Arc::new(faults);
    }

    /// Takes all faults back.
    pub(crate) fn clear(&self) {
        self.begin_with(&Faults::default());
    }

    /// Goes back to the faults of the start.
    pub(crate) fn reset(&self) {
        self.begin_with(&self.at_start);
    }

    fn begin_with(&self, faults: &Faults) {
        let mut inner = self.lock();
        self.holding.send_replace(faults.hold_after.is_some());
        *inner = Inner::new(self.seed, faults);
    }

    /// Comes back once answers are no longer held.
    pub(crate) async fn released(&self) {
        // An error would mean that the sender is gone, and it lives as long as this.
        let _ = self.holding.subscribe().wait_for(|holding| !holding).await;
    }

    /// Rolls the dice for one request.
    pub(crate) fn decide(&self) -> RequestDecision {
        let mut inner = self.lock();
        let faults = Arc::clone(&inner.faults);
        let jitter = usize::try_from(faults.latency_jitter_ms).unwrap_or(usize::MAX);
        let jitter = if jitter == 0 { 0 } else { inner.random.below(jitter.saturating_add(1)) };
        let latency_ms = faults.latency_ms.saturating_add(jitter as u64);
        let fate = inner.fate();
        // No dice are thrown for nothing, so that the same seed still brings the same faults.
        let dead_cursor = faults.dead_cursor_rate > 0.0 && inner.random.chance(faults.dead_cursor_rate);
        inner.since_hold = inner.since_hold.saturating_add(1);
        let held = faults.hold_after.is_some_and(|answered| inner.since_hold > answered);
        RequestDecision { faults, latency_ms, fate, dead_cursor, held }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn new(seed: u64, faults: &Faults) -> Self {
        Self {
            random: Random::new(seed),
            fail_next: faults.fail_next.as_ref().map_or(0, |next| next.count),
            faults: Arc::new(faults.clone()),
            since_hold: 0,
            outage_since: Instant::now(),
        }
    }

    fn fate(&mut self) -> Fate {
        let faults = Arc::clone(&self.faults);
        // The named faults come before the rolled ones, so that a test that asks for a failure gets it.
        if let Some(next) = &faults.fail_next
            && self.fail_next > 0
        {
            self.fail_next -= 1;
            return Fate::Status(next.status);
        }

        if let Some(outage) = &faults.outage
            && outage.is_on(self.outage_since.elapsed().as_secs())
        {
            return outage.status.map_or(Fate::Reset, Fate::Status);
        }

        let fates = [
            (faults.throttle_rate, Fate::Status(429)),
            (faults.error_rate, Fate::Status(faults.error_status.unwrap_or(500))),
            (faults.late_error_rate, Fate::LateStatus(faults.error_status.unwrap_or(500))),
            (faults.reset_rate, Fate::Reset),
            (faults.lose_answer_rate, Fate::LoseAnswer),
            (faults.cut_body_rate, Fate::CutBody),
            (faults.html_rate, Fate::Html),
            (faults.half_json_rate, Fate::HalfJson),
            (faults.drip_rate, Fate::Drip),
            (faults.hang_rate, Fate::Hang),
        ];

        fates.into_iter().find(|(rate, _)| self.random.chance(*rate)).map_or(Fate::Normal, |(_, fate)| fate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(json: &str) -> Faults {
        Faults::default().patched(serde_json::from_str(json).unwrap()).unwrap()
    }

    #[test]
    fn the_next_requests_fail_and_then_no_more() {
        let dice = FaultBox::new(1, Faults::default());
        dice.set(faults(r#"{"fail_next": {"count": 2, "status": 503}}"#));
        let fates: Vec<_> = (0..3).map(|_| dice.decide().fate).collect();
        assert_eq!(fates, [Fate::Status(503), Fate::Status(503), Fate::Normal]);
        dice.set(dice.current().patched(serde_json::from_str(r#"{"latency_ms": 1}"#).unwrap()).unwrap());
        assert_eq!(dice.decide().fate, Fate::Normal, "changing another fault does not start them again");
    }

    #[test]
    fn a_seed_repeats_the_faults() {
        let dice = FaultBox::new(1, Faults::default());
        let run = || {
            dice.set(faults(r#"{"error_rate": 0.2, "reset_rate": 0.1, "seed": 3}"#));
            (0..50).map(|_| dice.decide().fate).collect::<Vec<_>>()
        };
        assert_eq!(run(), run());
    }
}
