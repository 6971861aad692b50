//! The partner's clock beside ours. Every answer tells the partner's time by its `Date`; ours is the database's, which
//! all processes share.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Answers that are kept to judge by. More than half of them must speak against what is known.
const MOST_HEARD: usize = 9;
/// A single answer may be wrong.
const LEAST_AGREEING: usize = 2;
/// `Date` tells whole seconds, and may have been written down a moment before it was sent.
const SLACK: i64 = SECOND;
const SECOND: i64 = 1_000_000;

/// How far a partner's clock runs ahead of ours. The first answer tells it. What is known holds until several answers agree on
/// something else, so that times do not shift with every answer.
#[derive(Debug)]
pub struct PartnerClock(Mutex<ClockState>);

#[derive(Debug)]
struct ClockState {
    /// The time of our clock at an instant.
    ours: (Instant, DateTime<Utc>),
    /// Since when `ahead` is known.
    since: Instant,
    /// Microseconds.
    ahead: i64,
    /// Whether any answer has told `ahead`, here or elsewhere.
    is_known: bool,
    heard: VecDeque<Bounds>,
    /// News that was learned and not fetched yet.
    news: Option<News>,
}

/// What a partner's answers have told about its clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    /// By how many microseconds it is ahead.
    pub ahead: i64,
    /// Whether nothing was known before.
    pub is_first: bool,
}

/// Between which numbers of microseconds the partner is ahead, by one answer.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    least: i64,
    most: i64,
}

impl Bounds {
    fn hold(self, ahead: i64) -> bool {
        (self.least..=self.most).contains(&ahead)
    }

    /// The middle, in whole seconds: a shift by them leaves the precision of a time alone.
    fn middle(self) -> i64 {
        let middle = self.least.midpoint(self.most);
        (middle + SECOND / 2).div_euclid(SECOND) * SECOND
    }
}

impl PartnerClock {
    /// A partner of whose clock nothing is known, while ours shows this time.
    pub fn new(ours: DateTime<Utc>) -> Self {
        let now = Instant::now();
        let (heard, news) = (VecDeque::new(), None);
        Self(Mutex::new(ClockState { ours: (now, ours), since: now, ahead: 0, is_known: false, heard, news }))
    }

    /// Takes over what our clock showed, and by how much the partner was known to be ahead, if it was, when the database was
    /// asked at `asked`.
    pub fn set(&self, ours: DateTime<Utc>, ahead: Option<i64>, asked: Instant) {
        let mut state = self.lock();
        // The database read its clock somewhere between the question and now.
        state.ours = (asked + asked.elapsed() / 2, ours);
        // What was learned here meanwhile is newer.
        if state.since < asked {
            state.is_known = ahead.is_some();
            state.adopt(ahead.unwrap_or_default());
        }
    }

    /// The time of our clock now.
    pub fn now(&self) -> DateTime<Utc> {
        self.at(Instant::now())
    }

    /// The time of our clock at an instant.
    pub fn at(&self, instant: Instant) -> DateTime<Utc> {
        self.lock().at(instant)
    }

    /// By how many microseconds the partner is ahead; 0 while nobody knows.
    pub fn ahead(&self) -> i64 {
        self.lock().ahead
    }

    /// Hears the `Date` of an answer to a request that was sent and answered at these instants.
    pub fn hear(&self, date: DateTime<Utc>, sent: Instant, answered: Instant) {
        let mut state = self.lock();
        let ahead_of = |instant| (date.timestamp_micros()).saturating_sub(state.at(instant).timestamp_micros());
        // The partner wrote its date after our request was sent and before its answer was here.
        let bounds = Bounds {
            least: ahead_of(answered).saturating_sub(SLACK),
            most: ahead_of(sent).saturating_add(SECOND + SLACK),
        };

        // Old answers must not outvote new ones for ever.
        if state.heard.len() == MOST_HEARD {
            state.heard.pop_front();
        }

        state.heard.push_back(bounds);
        state.learn();
    }

    /// The news since this was last asked.
    pub fn news(&self) -> Option<News> {
        self.lock().news.take()
    }

    fn lock(&self) -> MutexGuard<'_, ClockState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for PartnerClock {
    fn default() -> Self {
        Self::new(Utc::now())
    }
}

impl ClockState {
    fn at(&self, instant: Instant) -> DateTime<Utc> {
        let (since, ours) = self.ours;
        let length = |duration| TimeDelta::from_std(duration).unwrap_or_default();
        match instant.checked_duration_since(since) {
            Some(later) => ours + length(later),
            None => ours - length(since - instant),
        }
    }

    /// Believes the first answer, and later what most of the answers agree on.
    fn learn(&mut self) {
        let is_first = !self.is_known;
        // Times of the first page are read with the first answer already, so it is believed at once.
        let learned = if is_first { self.told_first() } else { self.agreed_on() };
        let Some(ahead) = learned else { return };
        self.adopt(ahead);
        self.is_known = true;
        self.since = Instant::now();
        self.news = Some(News { ahead, is_first });
    }

    /// What the first answer tells: as good as no difference, or a shift.
    fn told_first(&self) -> Option<i64> {
        let bounds = self.heard.back()?;
        // Most clocks go like ours, and a slow request must not look like a difference.
        Some(if bounds.hold(0) { 0 } else { bounds.middle() })
    }

    fn adopt(&mut self, ahead: i64) {
        if self.ahead != ahead {
            self.ahead = ahead;
            self.heard.clear();
        }
    }

    /// The difference on which most answers agree, if it is not the known one.
    fn agreed_on(&self) -> Option<i64> {
        let agreeing = |ahead: i64| self.heard.iter().filter(|bounds| bounds.hold(ahead)).count();
        let against = self.heard.iter().filter(|bounds| !bounds.hold(self.ahead));
        let (votes, ahead) = against.map(|bounds| (agreeing(bounds.middle()), bounds.middle())).max()?;
        (votes >= LEAST_AGREEING && votes * 2 > self.heard.len()).then_some(ahead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const HOUR: i64 = 3_600 * SECOND;

    /// A clock, and what it hears at one instant.
    struct Stand {
        clock: PartnerClock,
        at: Instant,
    }

    impl Stand {
        fn new() -> Self {
            let clock = PartnerClock::new("2026-01-01T10:00:00.4Z".parse().unwrap());
            let at = clock.lock().ours.0;
            Self { clock, at }
        }

        /// A partner that is known to be ahead by so much.
        fn knowing(ahead: i64) -> Self {
            let stand = Self::new();
            let mut state = stand.clock.lock();
            (state.ahead, state.is_known) = (ahead, true);
            drop(state);
            stand
        }

        fn hear(&self, date: &str) -> Option<i64> {
            self.clock.hear(date.parse().unwrap(), self.at, self.at + Duration::from_millis(200));
            self.clock.news().map(|news| news.ahead)
        }
    }

    #[test]
    fn the_first_answer_tells_how_far_the_partner_is_ahead() {
        let stand = Stand::new();
        stand.clock.hear("2026-01-01T17:00:00Z".parse().unwrap(), stand.at, stand.at + Duration::from_millis(200));
        assert_eq!(stand.clock.ahead(), 7 * HOUR, "its own times are read with it already");
        assert_eq!(stand.clock.news(), Some(News { ahead: 7 * HOUR, is_first: true }));
        assert_eq!(stand.hear("2026-01-01T17:00:01Z"), None, "it is known by now");

        let like_ours = Stand::new();
        assert_eq!(like_ours.hear("2026-01-01T10:00:01Z"), Some(0), "that it goes like ours is news, too");
    }

    #[test]
    fn a_single_wrong_date_changes_nothing_that_is_known() {
        let stand = Stand::knowing(0);
        for date in ["2026-01-01T10:00:00Z", "2099-01-01T00:00:00Z", "2026-01-01T10:00:01Z", "1970-01-01T00:00:00Z"] {
            assert_eq!(stand.hear(date), None, "{date}");
        }
        let first_is_wrong = Stand::new();
        first_is_wrong.hear("1970-01-01T00:00:00Z");
        let dates = ["2026-01-01T03:00:00Z", "2026-01-01T03:00:00Z"];
        assert_eq!(dates.map(|date| first_is_wrong.hear(date)), [None, Some(-7 * HOUR)], "two others correct it");
    }

    #[test]
    fn a_partner_whose_clock_goes_like_ours_is_not_ahead_by_the_time_of_a_request() {
        let stand = Stand::new();
        for _ in 0..MOST_HEARD {
            let date = "2026-01-01T10:00:09Z".parse().unwrap();
            stand.clock.hear(date, stand.at, stand.at + Duration::from_secs(10));
            assert_eq!(stand.clock.ahead(), 0);
        }
    }

    #[test]
    fn a_clock_that_is_put_right_is_noticed_and_the_precision_of_times_is_kept() {
        let stand = Stand::new();
        let heard: Vec<_> = (0..6).filter_map(|_| stand.hear("2026-01-01T10:02:00Z")).collect();
        assert_eq!(heard, [120 * SECOND], "by the first of them");
        let heard: Vec<_> = (0..9).filter_map(|_| stand.hear("2026-01-01T10:00:00Z")).collect();
        assert_eq!(heard, [0]);
    }

    #[test]
    fn a_stored_difference_does_not_undo_a_newer_one() {
        let stand = Stand::new();
        let asked = Instant::now();
        stand.hear("2026-01-01T17:00:00Z");
        stand.clock.set(Utc::now(), None, asked);
        assert_eq!(stand.clock.ahead(), 7 * HOUR);
        stand.clock.set(Utc::now(), Some(0), Instant::now());
        assert_eq!(stand.clock.ahead(), 0);
    }
}
