//! Permits of one integration that this process has taken and not used yet.

use std::time::{Duration, Instant};
use storage::partners::limits::Permits;

/// A permit is used so soon after it was asked for, or not at all.
pub(super) const HOLD: Duration = Duration::from_secs(2);
/// By then its request has reached the partner, slow connections included: so long permits count as used later.
pub(super) const ARRIVED: Duration = Duration::from_secs(5);
/// The most permits taken at once.
const MOST: i32 = 16;
/// A refusal is believed for so long: somebody may give permits back.
const BELIEVED: Duration = Duration::from_secs(1);

/// The pot.
#[derive(Debug, Default)]
pub(super) struct Pot {
    left: i32,
    asked: Option<Instant>,
    counted: Vec<i64>,
    /// How many were used of those asked for last, and with that how many to ask for next.
    used: i32,
    refused: Option<(Instant, Duration)>,
}

/// What a pot says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A permit was in it.
    Taken,
    /// So many are to be taken from the windows.
    Empty { wanted: i32 },
    /// The windows have none for so long.
    Refused(Duration),
}

/// Permits to be given back, and where they count.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unused {
    pub(super) permits: i32,
    pub(super) counted: Vec<i64>,
}

impl Pot {
    /// Takes one permit out, if one is in it that may still be used.
    pub(super) fn take(&mut self, now: Instant) -> Answer {
        if let Some((at, wait)) = self.refused
            && now - at < BELIEVED.min(wait)
        {
            return Answer::Refused((at + wait).saturating_duration_since(now));
        }
        if self.left > 0 && self.asked.is_some_and(|asked| now - asked < HOLD) {
            self.left -= 1;
            self.used += 1;
            return Answer::Taken;
        }
        // As many as were needed lately, and twice as many if that was not enough.
        let wanted = if self.left == 0 { self.used * 2 } else { self.used };
        Answer::Empty { wanted: wanted.clamp(1, MOST) }
    }

    /// Puts what the windows gave into it, asked for at `asked`, and takes one out; or remembers that there is none.
    pub(super) fn fill(&mut self, permits: Permits, asked: Instant) -> Answer {
        if permits.granted < 1 {
            let wait = Duration::try_from_secs_f64(permits.wait_seconds.max(0.01)).unwrap_or(BELIEVED);
            self.refused = Some((asked, wait));
            return Answer::Refused(wait);
        }
        *self =
            Self { left: permits.granted - 1, asked: Some(asked), counted: permits.counted, used: 1, refused: None };
        Answer::Taken
    }

    /// Takes everything out that may not be used any more, to be given back.
    pub(super) fn leftovers(&mut self, now: Instant) -> Option<Unused> {
        if self.left == 0 || self.asked.is_some_and(|asked| now - asked < HOLD) {
            return None;
        }
        let permits = std::mem::take(&mut self.left);
        // What was enough once is enough again; but the next one asks for no more than that.
        self.used = self.used.min(MOST / 2);
        Some(Unused { permits, counted: self.counted.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(granted: i32, wait_seconds: f64) -> Permits {
        Permits { granted, wait_seconds, counted: vec![1, 2, 3] }
    }

    #[test]
    fn more_are_asked_for_the_faster_they_go() {
        let (mut pot, now) = (Pot::default(), Instant::now());

        for wanted in [1, 2, 4, 8, 16, 16] {
            assert_eq!(pot.take(now), Answer::Empty { wanted });
            assert_eq!(pot.fill(permits(wanted, 0.0), now), Answer::Taken);
            for _ in 1..wanted {
                assert_eq!(pot.take(now), Answer::Taken);
            }
        }

        assert_eq!(pot.leftovers(now + HOLD), None);
    }

    #[test]
    fn what_is_too_old_is_given_back_and_never_used() {
        let (mut pot, now) = (Pot::default(), Instant::now());
        pot.fill(permits(5, 0.0), now);
        assert_eq!(pot.take(now + HOLD / 2), Answer::Taken);
        assert_eq!(pot.leftovers(now + HOLD / 2), None);
        assert_eq!(pot.take(now + HOLD), Answer::Empty { wanted: 2 });
        assert_eq!(pot.leftovers(now + HOLD), Some(Unused { permits: 3, counted: vec![1, 2, 3] }));
        assert_eq!(pot.leftovers(now + HOLD), None);
    }

    #[test]
    fn a_refusal_is_believed_for_a_second_at_most() {
        let (mut pot, now) = (Pot::default(), Instant::now());
        assert_eq!(pot.fill(permits(0, 30.0), now), Answer::Refused(Duration::from_secs(30)));
        assert_eq!(pot.take(now + BELIEVED / 2), Answer::Refused(Duration::from_millis(29_500)));
        assert_eq!(pot.take(now + BELIEVED), Answer::Empty { wanted: 1 });
    }
}
