//! What happens to webhooks on their way.

use serde::{Deserialize, Serialize};

/// How webhooks come: a partner delivers at least once and in any order. Rates are shares of the events of a run, from
/// 0 to 1.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookFaults {
    /// Events that are sent more than once, with the same `event_id` and body.
    pub duplicate_rate: f64,
    /// How many times more; once if it is 0.
    pub copies: usize,
    /// All are sent in another order than they happened.
    pub shuffle: bool,
    /// Each batch of so many is sent in another order than its events happened.
    pub shuffle_within: usize,
    /// Events that are sent later than their turn.
    pub late_rate: f64,
    /// How late at most.
    pub late_ms: u64,
    /// Events whose `timestamp` is older than what happened.
    pub old_rate: f64,
    /// How much older; a negative number makes it lie ahead.
    pub old_seconds: i64,
    /// Events without an `event_id`.
    pub no_id_rate: f64,
    /// Events without a `timestamp`.
    pub no_timestamp_rate: f64,
}

impl WebhookFaults {
    /// The rates by name.
    pub(crate) const fn rates(&self) -> [(&'static str, f64); 5] {
        [
            ("webhooks.duplicate_rate", self.duplicate_rate),
            ("webhooks.late_rate", self.late_rate),
            ("webhooks.old_rate", self.old_rate),
            ("webhooks.no_id_rate", self.no_id_rate),
            ("webhooks.no_timestamp_rate", self.no_timestamp_rate),
        ]
    }
}
