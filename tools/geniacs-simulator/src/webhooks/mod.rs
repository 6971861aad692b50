//! Webhooks about what the partner changes.

mod delivery;
mod events;

pub(crate) use delivery::{deliver, post};
pub(crate) use events::make_events;

use domain::EntityType;
use serde::{Deserialize, Serialize};

/// What `POST /admin/webhooks` asks for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookRun {
    /// Where the webhooks go.
    pub url: String,
    /// Signs them.
    pub secret: String,
    /// Which entity.
    pub entity: EntityType,
    /// How many events. Beyond the number of records, records are changed more than once.
    pub count: usize,
    /// How many are on their way at once; 16 unless told.
    #[serde(default = "default_concurrency")]
    pub concurrency: usize,
    /// What happens to the records; `updated` unless told.
    #[serde(default)]
    pub kind: EventAction,
    /// What `updated` shows of them; `whole` unless told.
    #[serde(default)]
    pub form: EventForm,
    /// The share of events that is sent twice.
    #[serde(default)]
    pub duplicate_rate: f64,
    /// Whether they are sent in another order than they happened.
    #[serde(default)]
    pub shuffle: bool,
    /// Chooses the records and the duplicates.
    #[serde(default)]
    pub seed: Option<u64>,
}

/// What happens to the records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventAction {
    /// New records.
    Created,
    /// One field of each changes.
    #[default]
    Updated,
    /// They are deleted.
    Deleted,
}

/// What an event shows of a changed record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventForm {
    /// All fields.
    #[default]
    Whole,
    /// The changed field, old and new.
    Changes,
    /// The same under the name of the provider's column, which the contract allows too.
    LocalChanges,
}

/// How a run of webhooks went.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// Events sent, duplicates included.
    pub sent: usize,
    /// Of these, answered 2xx in the end.
    pub accepted: usize,
    /// Of these, given up.
    pub failed: usize,
    /// Requests, repetitions included.
    pub attempts: usize,
    /// From the first request to the last answer.
    pub seconds: f64,
    /// The median time of an accepted request.
    pub p50_ms: f64,
    /// The time within which 99 of 100 accepted requests were answered.
    pub p99_ms: f64,
    /// The ids of the events, each once.
    pub events: Vec<String>,
    /// The Geniacs ids of their records, in the same order.
    pub records: Vec<String>,
}

const fn default_concurrency() -> usize {
    16
}

impl WebhookRun {
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if reqwest::Url::parse(&self.url).is_err() {
            return Err("url is not an address");
        }
        if !(0.0..=1.0).contains(&self.duplicate_rate) {
            return Err("duplicate_rate must be between 0 and 1");
        }
        if self.count > 1_000_000 {
            return Err("count must be at most 1,000,000");
        }
        Ok(())
    }
}
