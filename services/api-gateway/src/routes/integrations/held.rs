//! What holds an integration's work back, in words.

use chrono::{DateTime, Utc};
use storage::partners::limits::Health;

/// The strongest of the reasons that hold it back now.
pub(super) struct Held {
    pub(super) since: Option<DateTime<Utc>>,
    /// None: until somebody does something.
    pub(super) until: Option<DateTime<Utc>>,
    /// A stable name.
    pub(super) reason: String,
    /// What happened and what to do.
    pub(super) message: String,
}

/// What a partner's pause is told as.
const PAUSED: &str = "Geniacs asked to be left alone; work goes on by itself.";
const BREAKER: &str = "Geniacs failed several times in a row. One request probes it from time to time; work goes on by \
                       itself as soon as Geniacs answers.";
const LIMITED: &str = "The requests that rate_limits allow are used up; work goes on by itself. If Geniacs allows more, \
                       raise rate_limits.";
const REFUSED: &str = "Geniacs refused the credentials. Syncs wait until the API key, the API secret or the endpoint_url is \
                       changed, or until a connection test passes: after a mistake at Geniacs was mended, test the \
                       connection (POST …/test-connection). One is also made by itself every few minutes.";

/// What holds it back, if anything does.
pub(super) fn held(health: &Health) -> Option<Held> {
    if health.credentials_refused_at.is_some() {
        return Some(held_since(health.credentials_refused_at, None, "credentials_refused", REFUSED));
    }
    if health.paused_until.is_some() {
        let reason = health.pause_reason.as_deref().unwrap_or("paused");
        return Some(held_since(health.paused_since, health.paused_until, reason, PAUSED));
    }
    if health.opened_at.is_some() {
        return Some(held_since(health.opened_at, health.next_probe_at, "breaker_open", BREAKER));
    }
    health.permits_from.map(|from| held_since(None, Some(from), "rate_limited", LIMITED))
}

fn held_since(since: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>, reason: &str, message: &str) -> Held {
    Held { since, until, reason: reason.to_owned(), message: message.to_owned() }
}
