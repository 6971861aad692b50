//! Faults that count or last.

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

/// The next `count` requests are answered with `status`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailNext {
    /// How many.
    pub count: u64,
    /// With which status; a 3xx leads to another host.
    pub status: u16,
}

/// A time at which nothing works, from when it is set on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// How long it lasts.
    pub seconds: u64,
    /// From one outage to the next; it comes only once if this is not set.
    #[serde(default)]
    pub every: Option<u64>,
    /// The status that is answered meanwhile. Without it, connections are dropped.
    #[serde(default)]
    pub status: Option<u16>,
}

impl Outage {
    /// Whether it is on `seconds` after it was set.
    pub(crate) fn is_on(&self, seconds: u64) -> bool {
        let since = self.every.map_or(seconds, |every| seconds % every.max(1));
        since < self.seconds
    }
}

/// A window of requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// How many requests.
    pub requests: u64,
    /// In how many seconds.
    pub seconds: u64,
    /// In any so many seconds, instead of from the first request on.
    #[serde(default)]
    pub sliding: bool,
}

/// Reads one limit or a list of them. By way of a value, because numbers keep their digits.
pub(super) fn one_or_several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<RateLimit>, D::Error> {
    let limits = match Value::deserialize(deserializer)? {
        Value::Array(limits) => limits,
        limit => vec![limit],
    };
    limits.into_iter().map(|limit| serde_json::from_value(limit).map_err(de::Error::custom)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_comes_once_or_again_and_again() {
        let on = |every, at: &[u64]| -> Vec<bool> {
            let outage = Outage { seconds: 10, every, status: None };
            at.iter().map(|seconds| outage.is_on(*seconds)).collect()
        };
        assert_eq!(on(None, &[0, 9, 10, 60, 69]), [true, true, false, false, false]);
        assert_eq!(on(Some(60), &[0, 9, 10, 60, 69]), [true, true, false, true, true]);
    }
}
