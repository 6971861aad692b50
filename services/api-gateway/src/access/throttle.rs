//! Failed logins slow down, per account and per address. In memory: each gateway counts for itself.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures of one account that cost nothing: people mistype.
const FREE_FOR_ACCOUNT: u32 = 5;
/// Failures of one address that cost nothing: many people may share one.
const FREE_FOR_ADDRESS: u32 = 30;
const LONGEST_WAIT: Duration = Duration::from_mins(5);
/// Failures older than this are forgotten.
const MEMORY: Duration = Duration::from_mins(15);
/// Bounds what guessing with made-up accounts can make us remember.
const MAX_ENTRIES: usize = 10_000;

/// What is being tried, and from where.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// The account's name in one form.
    pub(crate) account: String,
    /// Where from; of an IPv6 address its network counts.
    pub(crate) address: Option<IpAddr>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Account(String),
    Address(IpAddr),
}

impl Key {
    fn free(&self) -> u32 {
        match self {
            Self::Account(_) => FREE_FOR_ACCOUNT,
            Self::Address(_) => FREE_FOR_ADDRESS,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

impl Failures {
    /// Doubles with each failure beyond the free ones.
    fn wait(self, free: u32) -> Duration {
        match self.count.checked_sub(free) {
            None => Duration::ZERO,
            Some(beyond) => Duration::from_secs(1 << beyond.min(16)).min(LONGEST_WAIT),
        }
    }
}

/// Remembers failed logins.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<HashMap<Key, Failures>>);

impl Throttle {
    /// How long an attempt must still wait; none if it may be made now.
    pub(crate) fn wait(&self, attempt: &Attempt, now: Instant) -> Option<Duration> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = keys(attempt).filter_map(|key| {
            let failures = entries.get(&key)?;
            (failures.last + failures.wait(key.free())).checked_duration_since(now).filter(|left| !left.is_zero())
        });
        left.max()
    }

    /// Notes a failure.
    pub(crate) fn failed(&self, attempt: &Attempt, now: Instant) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys(attempt) {
            make_room(&mut entries, now);
            let failures = entries.entry(key).or_insert(Failures { count: 0, last: now });
            let forgotten = now.duration_since(failures.last) > MEMORY;
            failures.count = if forgotten { 1 } else { failures.count.saturating_add(1) };
            failures.last = now;
        }
    }

    /// Forgets an account's failures. Those of the address stay, or an attacker could wipe them with an own account.
    pub(crate) fn succeeded(&self, attempt: &Attempt) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.remove(&Key::Account(attempt.account.clone()));
    }
}

fn keys(attempt: &Attempt) -> impl Iterator<Item = Key> {
    let account = Key::Account(attempt.account.clone());
    std::iter::once(account).chain(attempt.address.map(service::http::network_of).map(Key::Address))
}

fn make_room(entries: &mut HashMap<Key, Failures>, now: Instant) {
    if entries.len() < MAX_ENTRIES {
        return;
    }
    entries.retain(|_, failures| now.duration_since(failures.last) <= MEMORY);
    if entries.len() >= MAX_ENTRIES {
        // The least failures first: whoever guesses many accounts once each must not wipe what an account has suffered.
        let least = entries.iter().min_by_key(|(_, f)| (f.count, f.last)).map(|(key, _)| key.clone());
        least.map(|key| entries.remove(&key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(account: &str) -> Attempt {
        Attempt { account: account.to_owned(), address: Some(IpAddr::from([127, 0, 0, 1])) }
    }

    #[test]
    fn an_account_waits_longer_with_each_failure_beyond_the_free_ones() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..FREE_FOR_ACCOUNT {
            assert_eq!(throttle.wait(&attempt("a"), now), None);
            throttle.failed(&attempt("a"), now);
        }
        assert_eq!(throttle.wait(&attempt("a"), now), Some(Duration::from_secs(1)));
        throttle.failed(&attempt("a"), now);
        assert_eq!(throttle.wait(&attempt("a"), now), Some(Duration::from_secs(2)));
        assert_eq!(throttle.wait(&attempt("a"), now + Duration::from_secs(2)), None);
        assert_eq!(throttle.wait(&attempt("b"), now), None);
    }

    #[test]
    fn an_address_that_tries_many_accounts_waits_for_all_of_them() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for number in 0..FREE_FOR_ADDRESS {
            throttle.failed(&attempt(&number.to_string()), now);
        }
        assert!(throttle.wait(&attempt("another"), now).is_some());
    }

    #[test]
    fn a_success_and_time_both_forget() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..20 {
            throttle.failed(&attempt("a"), now);
        }
        assert_eq!(throttle.wait(&attempt("a"), now + MEMORY), None);
        throttle.succeeded(&attempt("a"));
        assert_eq!(throttle.wait(&attempt("a"), now), None);
    }

    #[test]
    fn made_up_accounts_do_not_fill_the_memory() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for number in 0..MAX_ENTRIES + 100 {
            throttle.failed(&Attempt { account: number.to_string(), address: None }, now);
        }
        assert!(throttle.0.lock().unwrap().len() <= MAX_ENTRIES);
    }
}
