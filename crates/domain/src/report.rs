//! The content of a weekly report.

use crate::{Counts, EntityType};
use serde::{Deserialize, Serialize};

/// A week of all integrations.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// One part for each integration and entity that had anything to do with one another.
    pub entities: Vec<EntityReport>,
    /// Events of types that no entity knows, by integration.
    pub other_webhooks: Vec<OtherWebhooks>,
}

/// A week of one integration and entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntityReport {
    /// The integration's id.
    pub integration_id: i64,
    /// Its name at the time.
    pub integration: String,
    /// Which kind of record.
    pub entity_type: EntityType,
    /// Syncs that ended.
    pub syncs: Syncs,
    /// Their records by outcome.
    pub records: Counts,
    /// Successful syncs among all that ended, in percent with one decimal.
    pub success_rate: Option<serde_json::Number>,
    /// 95 of 100 syncs took no longer, in milliseconds.
    pub p95_duration_ms: Option<i64>,
    /// The commonest errors, the commonest first.
    pub errors: Vec<ErrorCount>,
    /// Events that came.
    pub webhooks: Webhooks,
    /// Fields that both sides had changed.
    pub conflicts: i64,
    /// How far both sides were apart when the report was made.
    pub drift: Drift,
}

/// Ended syncs by their status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Syncs {
    /// All.
    pub total: i64,
    /// Without a failed record.
    pub successful: i64,
    /// With failed records and others.
    pub partial: i64,
    /// Without a success.
    pub failed: i64,
    /// Ended by a person.
    pub cancelled: i64,
}

impl Syncs {
    /// Successful ones in percent, with one decimal; none where there are none.
    pub fn success_rate(&self) -> Option<serde_json::Number> {
        if self.total <= 0 {
            return None;
        }
        let tenths = (self.successful * 2_000 + self.total) / (self.total * 2);
        format!("{}.{}", tenths / 10, tenths % 10).parse().ok()
    }
}

/// How often a kind of error occurred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorCount {
    /// Its stable name.
    pub error_type: String,
    /// How often.
    pub count: i64,
}

/// Webhook events by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhooks {
    /// All that came.
    pub received: i64,
    /// Applied.
    pub processed: i64,
    /// Older than what was known.
    pub superseded: i64,
    /// Set aside for a person.
    pub set_aside: i64,
    /// Still to be applied.
    pub waiting: i64,
}

/// Events of types that no entity knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherWebhooks {
    /// The integration's id.
    pub integration_id: i64,
    /// What became of them.
    pub webhooks: Webhooks,
}

/// How far both sides are apart, as far as that can be told without asking the partner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// Records here without a link; none where nothing is linked.
    pub unlinked: Option<i64>,
    /// Links whose last request had no known outcome.
    pub unconfirmed: i64,
    /// Records changed since the last push; none before the first.
    pub unsent: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_success_rate_has_one_decimal_and_is_rounded() {
        let rate = |successful, total| Syncs { total, successful, ..Syncs::default() }.success_rate();
        for (successful, total, expected) in
            [(5, 7, "71.4"), (0, 3, "0.0"), (3, 3, "100.0"), (2, 3, "66.7"), (1, 8, "12.5")]
        {
            assert_eq!(rate(successful, total).unwrap().to_string(), expected);
        }
        assert_eq!(rate(0, 0), None);
    }
}
