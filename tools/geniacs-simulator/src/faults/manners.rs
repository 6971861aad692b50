//! In what partners differ without being wrong.

use super::Faults;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The order of a listing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListBy {
    /// By the last change.
    #[default]
    Time,
    /// By the id.
    Id,
    /// By nothing that anybody could tell.
    Nothing,
}

/// How exactly times are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// To the microsecond.
    #[default]
    Micros,
    /// To the millisecond.
    Millis,
    /// To the second.
    Seconds,
}

impl Faults {
    /// A moment, in microseconds of Unix time, as this partner shows it: by its own clock, as exactly as it is.
    pub(crate) fn moment(&self, micros: i64) -> String {
        let form = match self.time_precision {
            Precision::Micros => SecondsFormat::Micros,
            Precision::Millis => SecondsFormat::Millis,
            Precision::Seconds => SecondsFormat::Secs,
        };
        DateTime::from_timestamp_micros(self.ahead(micros)).unwrap_or_default().to_rfc3339_opts(form, true)
    }

    /// What the partner's clock shows at a moment, both in microseconds.
    fn ahead(&self, micros: i64) -> i64 {
        micros.saturating_add(self.clock_ahead_seconds.saturating_mul(1_000_000))
    }

    /// The moment at which the partner's clock shows this.
    pub(crate) fn behind(&self, micros: i64) -> i64 {
        micros.saturating_sub(self.clock_ahead_seconds.saturating_mul(1_000_000))
    }

    /// The `Date` of an answer, where the clock is another.
    pub(crate) fn date(&self) -> Option<String> {
        let now = DateTime::from_timestamp_micros(self.ahead(Utc::now().timestamp_micros()))?;
        (self.clock_ahead_seconds != 0).then(|| now.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
    }

    /// Whether records are shown otherwise than they are stored.
    pub(crate) fn changes_records(&self) -> bool {
        self.hide_updated_at
            || self.empty_texts
            || self.clock_ahead_seconds != 0
            || self.time_precision != Precision::default()
    }

    /// Shows a record as this partner does.
    pub(crate) fn show(&self, record: &mut Value) {
        let Some(fields) = record.as_object_mut() else { return };

        if self.empty_texts {
            let empty = fields.iter_mut().filter(|(name, value)| *name != "external_id" && value.is_null());
            empty.for_each(|(_, value)| *value = Value::from(""));
        }

        let stored = fields.remove("updated_at").filter(|_| !self.hide_updated_at);
        let micros = stored.as_ref().and_then(Value::as_str).and_then(|text| DateTime::parse_from_rfc3339(text).ok());

        if let Some(micros) = micros.map(|moment| moment.timestamp_micros()) {
            fields.insert("updated_at".to_owned(), Value::from(self.moment(micros)));
        }
    }
}
