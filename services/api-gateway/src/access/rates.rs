//! How many requests a caller may make: a valid token for itself, everybody else by address. In memory: each gateway
//! counts for itself.

use crate::error::ApiError;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use service::metrics::{self, Counter, KeyValue};
use service::settings::{Rate, RateSettings};
use std::collections::HashSet;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// Callers that are told apart; beyond them all begin anew, which makes an attack of many addresses cost no memory.
const MAX_CALLERS: usize = 100_000;
/// Valid tokens that are remembered.
const MAX_TOKENS: usize = 20_000;
/// Requests between two sweeps of what is no longer worth remembering.
const SWEEP: u32 = 1_024;

static LIMITED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    metrics::counter("http.requests.limited", "Requests refused for their number, by what was counted.")
});

/// SHA-256 of a token.
type TokenHash = [u8; 32];

/// The counters of all callers.
pub(crate) struct RequestRates {
    addresses: Option<Limiter<IpAddr>>,
    tokens: Option<Limiter<TokenHash>>,
    /// Tokens that were valid when they were last looked up. A made-up one counts for its address.
    known: Mutex<HashSet<TokenHash>>,
}

impl RequestRates {
    pub(crate) fn new(settings: &RateSettings) -> Self {
        Self {
            addresses: Limiter::new(settings.address),
            tokens: Limiter::new(settings.token),
            known: Mutex::default(),
        }
    }

    /// Counts a request before anything is done for it.
    pub(crate) fn admit(&self, token: Option<&TokenHash>, address: Option<IpAddr>) -> Result<(), ApiError> {
        if let Some(token) = token.filter(|token| self.known().contains(*token)) {
            return check_rate(self.tokens.as_ref(), token, "token");
        }

        let network = address.map(service::http::network_of);
        network.map_or(Ok(()), |network| check_rate(self.addresses.as_ref(), &network, "address"))
    }

    /// Notes that a token is valid.
    pub(crate) fn note_valid(&self, token: TokenHash) {
        let mut known = self.known();
        if known.len() >= MAX_TOKENS {
            // Each token that is forgotten counts once for its address, until it is looked up again.
            known.clear();
        }
        known.insert(token);
    }

    /// Notes that a token is not valid, or no longer.
    pub(crate) fn note_invalid(&self, token: &TokenHash) {
        self.known().remove(token);
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashSet<TokenHash>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check_rate<K: Hash + Eq + Clone>(limiter: Option<&Limiter<K>>, key: &K, by: &'static str) -> Result<(), ApiError> {
    let Some(wait) = limiter.and_then(|limiter| limiter.wait(key)) else { return Ok(()) };
    LIMITED.add(1, &[KeyValue::new("by", by)]);
    Err(ApiError::TooManyRequests(wait))
}

/// A counter for each caller, in bounded memory.
struct Limiter<K: Hash + Eq + Clone> {
    quota: Quota,
    callers: RwLock<DefaultKeyedRateLimiter<K>>,
    requests: AtomicU32,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    /// No limiter where the settings allow any number of requests.
    fn new(rate: Rate) -> Option<Self> {
        let quota = Quota::per_second(NonZeroU32::new(rate.per_second)?).allow_burst(NonZeroU32::new(rate.burst)?);
        Some(Self { quota, callers: RwLock::new(RateLimiter::keyed(quota)), requests: AtomicU32::new(0) })
    }

    /// How long a caller must wait for its next request; none if it may be made now.
    fn wait(&self, key: &K) -> Option<Duration> {
        if self.requests.fetch_add(1, Ordering::Relaxed).is_multiple_of(SWEEP) {
            self.sweep();
        }

        let callers = self.callers.read().unwrap_or_else(PoisonError::into_inner);
        let refused = callers.check_key(key).err()?;
        Some(refused.wait_time_from(DefaultClock::default().now()))
    }

    fn sweep(&self) {
        let callers = self.callers.read().unwrap_or_else(PoisonError::into_inner);
        callers.retain_recent();
        callers.shrink_to_fit();

        let full = callers.len() > MAX_CALLERS;
        // Given up before the lock for writing is taken, which would wait for it.
        drop(callers);

        if full {
            *self.callers.write().unwrap_or_else(PoisonError::into_inner) = RateLimiter::keyed(self.quota);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(per_second: u32, burst: u32) -> RequestRates {
        let rate = Rate { per_second, burst };
        RequestRates::new(&RateSettings { token: rate, address: rate })
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_made_up_token_counts_for_its_address_and_a_valid_one_for_itself() {
        let (rates, here) = (rates(1, 3), Some(address("192.0.2.1")));
        for number in 0..3 {
            rates.admit(Some(&[number; 32]), here).unwrap();
        }

        let refused = rates.admit(Some(&[9; 32]), here).unwrap_err();
        assert!(matches!(refused, ApiError::TooManyRequests(wait) if wait <= Duration::from_secs(1)), "{refused:?}");
        rates.admit(None, Some(address("192.0.2.2"))).unwrap();

        rates.note_valid([7; 32]);
        for _ in 0..3 {
            rates.admit(Some(&[7; 32]), here).unwrap();
        }
        rates.admit(Some(&[7; 32]), Some(address("192.0.2.3"))).unwrap_err();

        rates.note_invalid(&[7; 32]);
        rates.admit(Some(&[7; 32]), Some(address("192.0.2.3"))).unwrap();
    }

    #[test]
    fn all_addresses_of_an_ipv6_network_are_counted_together() {
        let rates = rates(1, 2);
        rates.admit(None, Some(address("2001:db8::1"))).unwrap();
        rates.admit(None, Some(address("2001:db8::2"))).unwrap();
        rates.admit(None, Some(address("2001:db8::3"))).unwrap_err();
        rates.admit(None, Some(address("2001:db8:0:1::3"))).unwrap();
    }

    #[test]
    fn zero_lets_everybody_through() {
        let rates = rates(0, 1);
        for _ in 0..100 {
            rates.admit(None, Some(address("192.0.2.1"))).unwrap();
        }
    }

    #[test]
    fn an_attack_of_many_addresses_costs_bounded_memory() {
        let limiter = Limiter::new(Rate { per_second: 1, burst: 1_000 }).unwrap();
        let most = u32::try_from(MAX_CALLERS).unwrap() + 10 * SWEEP;
        for number in 0..most {
            for _ in 0..2 {
                assert_eq!(limiter.wait(&IpAddr::V4(number.into())), None);
            }
        }

        limiter.sweep();
        assert!(limiter.callers.read().unwrap().len() <= MAX_CALLERS);
    }
}
