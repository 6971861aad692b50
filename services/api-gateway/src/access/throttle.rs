//! Failed logins slow down: those of an account from one network, those of a network, and, with a higher limit, those of an
//! account from everywhere. In memory: each gateway counts for itself.
//!
//! A stranger cannot lock a person out. Wrong passwords from elsewhere count for the account alone, whose wait is short;
//! and a network from which the person has signed in lately does not wait for what others do.

use domain::EmailKey;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bounds what guessing with made-up accounts can make us remember.
const MAX_ENTRIES: usize = 10_000;
/// Failures older than this are forgotten.
const MEMORY: Duration = Duration::from_mins(15);
/// For so long a network is remembered from which an account signed in.
const KNOWN_FOR: Duration = Duration::from_hours(24 * 30);

/// A login that is tried: the account, and the network that it comes from.
#[derive(Debug, Clone)]
pub(crate) struct LoginAttempt {
    account: EmailKey,
    /// An IPv4 address, or the network of an IPv6 address.
    network: Option<IpAddr>,
}

impl LoginAttempt {
    pub(crate) fn new(account: EmailKey, address: Option<IpAddr>) -> Self {
        Self { account, network: address.map(service::http::network_of) }
    }

    /// The account's address, as it is looked up.
    pub(crate) fn account(&self) -> &EmailKey {
        &self.account
    }

    /// Where it comes from: an IPv4 address, or the network of an IPv6 address.
    pub(crate) fn network(&self) -> Option<IpAddr> {
        self.network
    }

    /// The counters that its failure raises.
    fn keys(&self) -> impl Iterator<Item = ThrottleKey> {
        let pair = ThrottleKey::Pair(self.account.clone(), self.network);
        [pair, ThrottleKey::Account(self.account.clone())].into_iter().chain(self.network.map(ThrottleKey::Network))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum ThrottleKey {
    /// An account from one network.
    Pair(EmailKey, Option<IpAddr>),
    /// An account from everywhere.
    Account(EmailKey),
    /// All accounts, from one network.
    Network(IpAddr),
}

impl ThrottleKey {
    /// Failures that cost nothing, and the longest wait after more.
    fn limits(&self) -> (u32, Duration) {
        match self {
            // People mistype.
            Self::Pair(..) => (5, Duration::from_mins(5)),
            // Many guess at it, or one with many addresses. They are slowed down to some thousand guesses a day, and the
            // person who comes from a new place waits for half a minute.
            Self::Account(_) => (50, Duration::from_secs(30)),
            // Many people may share one.
            Self::Network(_) => (30, Duration::from_mins(5)),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct LoginFailures {
    count: u32,
    last: Instant,
}

impl LoginFailures {
    /// Doubles with each failure beyond the free ones.
    fn wait(self, (free, longest): (u32, Duration)) -> Duration {
        match self.count.checked_sub(free) {
            None => Duration::ZERO,
            Some(beyond) => Duration::from_secs(1 << beyond.min(16)).min(longest),
        }
    }
}

/// Remembers failed logins.
#[derive(Debug, Default)]
pub(crate) struct LoginThrottle(Mutex<LoginMemory>);

#[derive(Debug, Default)]
struct LoginMemory {
    failures: HashMap<ThrottleKey, LoginFailures>,
    /// Where accounts have signed in from, and when last.
    known: HashMap<(EmailKey, IpAddr), Instant>,
}

impl LoginThrottle {
    /// How long an attempt must still wait; none if it may be made now.
    pub(crate) fn wait(&self, attempt: &LoginAttempt, now: Instant) -> Option<Duration> {
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = memory.is_known(attempt, now);

        // Where an account signed in lately, it does not wait for what others guess elsewhere.
        let counted = attempt.keys().filter(|key| !(is_known && matches!(key, ThrottleKey::Account(_))));
        let left = counted.filter_map(|key| {
            let failures = memory.failures.get(&key)?;
            (failures.last + failures.wait(key.limits())).checked_duration_since(now).filter(|left| !left.is_zero())
        });
        left.max()
    }

    /// Notes a failure.
    pub(crate) fn note_failure(&self, attempt: &LoginAttempt, now: Instant) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in attempt.keys() {
            make_room(&mut memory.failures, now);
            let failures = memory.failures.entry(key).or_insert(LoginFailures { count: 0, last: now });
            let is_forgotten = now.duration_since(failures.last) > MEMORY;
            failures.count = if is_forgotten { 1 } else { failures.count.saturating_add(1) };
            failures.last = now;
        }
    }

    /// Forgets the failures of an account from one network, and remembers that network. Those of the network stay, or an
    /// attacker could wipe them with an own account; those of the account too, since others go on guessing.
    pub(crate) fn note_success(&self, attempt: &LoginAttempt, now: Instant) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.failures.remove(&ThrottleKey::Pair(attempt.account.clone(), attempt.network));

        let Some(network) = attempt.network else { return };
        if memory.known.len() >= MAX_ENTRIES {
            let longest_ago = memory.known.iter().min_by_key(|(_, at)| **at).map(|(key, _)| key.clone());
            longest_ago.map(|key| memory.known.remove(&key));
        }
        memory.known.insert((attempt.account.clone(), network), now);
    }
}

impl LoginMemory {
    fn is_known(&self, attempt: &LoginAttempt, now: Instant) -> bool {
        let Some(network) = attempt.network else { return false };
        let seen = self.known.get(&(attempt.account.clone(), network));
        seen.is_some_and(|at| now.duration_since(*at) <= KNOWN_FOR)
    }
}

fn make_room(entries: &mut HashMap<ThrottleKey, LoginFailures>, now: Instant) {
    if entries.len() < MAX_ENTRIES {
        return;
    }

    entries.retain(|_, failures| now.duration_since(failures.last) <= MEMORY);
    if entries.len() >= MAX_ENTRIES {
        // The least failures go first: an attacker who guesses many accounts once each must not wipe the count of an
        // account under attack.
        let least = entries.iter().min_by_key(|(_, f)| (f.count, f.last)).map(|(key, _)| key.clone());
        least.map(|key| entries.remove(&key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: [u8; 4] = [192, 0, 2, 1];

    fn from(account: &str, address: impl Into<IpAddr>) -> LoginAttempt {
        LoginAttempt::new(EmailKey::of(account), Some(address.into()))
    }

    fn attempt(account: &str) -> LoginAttempt {
        from(account, HERE)
    }

    fn fail(throttle: &LoginThrottle, attempt: &LoginAttempt, times: u32, now: Instant) {
        for _ in 0..times {
            throttle.note_failure(attempt, now);
        }
    }

    #[test]
    fn an_account_waits_longer_with_each_failure_from_one_network_beyond_the_free_ones() {
        let (throttle, now) = (LoginThrottle::default(), Instant::now());
        for _ in 0..5 {
            assert_eq!(throttle.wait(&attempt("a"), now), None);
            throttle.note_failure(&attempt("a"), now);
        }

        assert_eq!(throttle.wait(&attempt("a"), now), Some(Duration::from_secs(1)));
        throttle.note_failure(&attempt("a"), now);
        assert_eq!(throttle.wait(&attempt("a"), now), Some(Duration::from_secs(2)));
        assert_eq!(throttle.wait(&attempt("a"), now + Duration::from_secs(2)), None);
        assert_eq!(throttle.wait(&attempt("b"), now), None);
    }

    #[test]
    fn a_stranger_does_not_keep_the_owner_out() {
        let (throttle, now) = (LoginThrottle::default(), Instant::now());
        fail(&throttle, &from("a", [198, 51, 100, 7]), 40, now);
        assert!(throttle.wait(&from("a", [198, 51, 100, 7]), now).is_some());
        assert_eq!(throttle.wait(&attempt("a"), now), None);
    }

    #[test]
    fn all_addresses_of_an_ipv6_network_count_together() {
        let (throttle, now) = (LoginThrottle::default(), Instant::now());
        let at = |text: &str| from("a", text.parse::<IpAddr>().unwrap());
        fail(&throttle, &at("2001:db8::1"), 5, now);
        assert!(throttle.wait(&at("2001:db8::2"), now).is_some());
        assert_eq!(throttle.wait(&at("2001:db8:0:1::2"), now), None);
    }

    #[test]
    fn a_guess_from_many_addresses_is_slowed_down_and_the_owner_s_usual_network_is_not() {
        let (throttle, now) = (LoginThrottle::default(), Instant::now());
        throttle.note_success(&attempt("a"), now);
        for host in 0..=200 {
            throttle.note_failure(&from("a", [198, 51, 100, host]), now);
        }
        assert_eq!(throttle.wait(&from("a", [203, 0, 113, 1]), now), Some(Duration::from_secs(30)));
        assert_eq!(throttle.wait(&attempt("a"), now), None);
        assert_eq!(throttle.wait(&from("b", [203, 0, 113, 1]), now), None);
    }

    #[test]
    fn an_address_that_tries_many_accounts_waits_for_all_of_them() {
        let (throttle, now) = (LoginThrottle::default(), Instant::now());
        for number in 0..30 {
            throttle.note_failure(&attempt(&number.to_string()), now);
        }
        assert!(throttle.wait(&attempt("another"), now).is_some());
    }

    #[test]
    fn a_success_and_time_both_forget() {
        let (throttle, now) = (LoginThrottle::default(), Instant::now());
        fail(&throttle, &attempt("a"), 20, now);
        assert_eq!(throttle.wait(&attempt("a"), now + MEMORY), None);
        throttle.note_success(&attempt("a"), now);
        assert_eq!(throttle.wait(&attempt("a"), now), None);
    }

    #[test]
    fn made_up_accounts_do_not_fill_the_memory() {
        let (throttle, now) = (LoginThrottle::default(), Instant::now());
        for number in 0..MAX_ENTRIES + 100 {
            let attempt = LoginAttempt::new(EmailKey::of(&number.to_string()), None);
            throttle.note_failure(&attempt, now);
            throttle.note_success(&from(&number.to_string(), HERE), now);
        }
        let memory = throttle.0.lock().unwrap();
        assert!(memory.failures.len() <= MAX_ENTRIES && memory.known.len() <= MAX_ENTRIES);
    }
}
