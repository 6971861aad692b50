//! The configuration of the runs of a schedule.

use crate::Reason;
use crate::sync::{Filters, SyncOptions};
use crate::{SyncDirection, integration::Invalid};
use chrono::Duration;
use serde::{Deserialize, Serialize};

/// The contract's `configuration` of a schedule. The integration and the settings hold for fields that are absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleConfiguration {
    /// How far back a run reaches at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_window: Option<SyncWindow>,
    /// Records per chunk and page, 1–5,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_size: Option<u32>,
    /// Active seconds of one run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_execution_time: Option<u32>,
    /// Whether an ended run tries its failed records again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_failed: Option<bool>,
    /// Which way; to Geniacs unless told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_direction: Option<SyncDirection>,
    /// Limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filters: Option<Filters>,
    /// Permissions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<SyncOptions>,
}

impl ScheduleConfiguration {
    /// Everything in it that is out of range.
    pub fn problems(&self) -> Vec<Invalid> {
        let range = |most: u32, message: &str| Reason::new("range", message).between(1, most);
        let mut found = Vec::new();

        if self.batch_size.is_some_and(|n| !(1..=5_000).contains(&n)) {
            found.push(Invalid::new("configuration.batch_size", range(5_000, "must be from 1 to 5000")));
        }

        if self.max_execution_time.is_some_and(|n| !(1..=86_400).contains(&n)) {
            found.push(Invalid::new(
                "configuration.max_execution_time",
                range(86_400, "must be from 1 to 86400 seconds"),
            ));
        }

        found
    }
}

/// A stretch of time before now: `last_hour`, `last_30_minutes`, `last_2_hours`, `last_7_days`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncWindow {
    written: String,
    seconds: i64,
}

impl SyncWindow {
    /// Its length.
    pub fn duration(&self) -> Duration {
        Duration::seconds(self.seconds)
    }

    /// Reads `last_<unit>` or `last_<n>_<unit>s` with minutes, hours or days.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("last_")?;
        let (count, unit) = rest.split_once('_').map_or(Some((1, rest)), |(n, u)| Some((n.parse::<i64>().ok()?, u)))?;

        let seconds = match unit.strip_suffix('s').unwrap_or(unit) {
            "minute" => 60,
            "hour" => 3_600,
            "day" => 86_400,
            _ => return None,
        };

        // A span of more than a year is a mistake rather than a filter.
        let seconds = count.checked_mul(seconds).filter(|s| (1..=366 * 86_400).contains(s))?;

        Some(Self { written: text.to_owned(), seconds })
    }
}

impl Serialize for SyncWindow {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written)
    }
}

impl<'de> Deserialize<'de> for SyncWindow {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("expected a window like last_hour, last_30_minutes or last_7_days"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_name_minutes_hours_and_days() {
        for (text, seconds) in
            [("last_hour", 3_600), ("last_30_minutes", 1_800), ("last_2_hours", 7_200), ("last_7_days", 604_800)]
        {
            assert_eq!(SyncWindow::parse(text).unwrap().duration().num_seconds(), seconds);
        }
        for text in ["", "hour", "last_", "last_0_hours", "last_x_hours", "last_2_years"] {
            assert!(SyncWindow::parse(text).is_none(), "{text}");
        }
    }
}
