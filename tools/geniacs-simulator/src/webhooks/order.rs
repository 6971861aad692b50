//! The order for a run of webhooks.

use crate::Config;
use crate::faults::WebhookFaults;
use domain::EntityType;
use serde::Deserialize;

/// What `POST /admin/webhooks` asks for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookRun {
    /// Where the webhooks go; the simulator's own `webhook_url` unless told.
    #[serde(default)]
    pub url: Option<String>,
    /// Signs them; the simulator's own `webhook_secret` unless told.
    #[serde(default)]
    pub secret: Option<String>,
    /// Which entity.
    pub entity: EntityType,
    /// How many events. Beyond the number of records, records are updated more than once.
    pub count: usize,
    /// How many are on their way at once; 16 unless told.
    #[serde(default = "default_concurrency")]
    pub concurrency: usize,
    /// What happens to the records; `updated` unless told.
    #[serde(default)]
    pub kind: EventAction,
    /// What the event shows of a changed record; `whole` unless told.
    #[serde(default)]
    pub form: EventForm,
    /// Chooses the records, and what happens to the events.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Stands for the same of [`WebhookFaults`], as do the following.
    #[serde(default)]
    pub duplicate_rate: Option<f64>,
    /// See [`WebhookFaults`].
    #[serde(default)]
    pub copies: Option<usize>,
    /// See [`WebhookFaults`].
    #[serde(default)]
    pub shuffle: Option<bool>,
    /// See [`WebhookFaults`].
    #[serde(default)]
    pub shuffle_within: Option<usize>,
    /// See [`WebhookFaults`].
    #[serde(default)]
    pub late_rate: Option<f64>,
    /// See [`WebhookFaults`].
    #[serde(default)]
    pub late_ms: Option<u64>,
    /// See [`WebhookFaults`].
    #[serde(default)]
    pub old_rate: Option<f64>,
    /// See [`WebhookFaults`].
    #[serde(default)]
    pub old_seconds: Option<i64>,
    /// See [`WebhookFaults`].
    #[serde(default)]
    pub no_id_rate: Option<f64>,
    /// See [`WebhookFaults`].
    #[serde(default)]
    pub no_timestamp_rate: Option<f64>,
}

/// What happens to the records, and the end of the event's type.
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
    /// Open payments succeed, and their invoices are paid: `payment.completed`.
    Completed,
    /// Subscriptions that are not active become so: `subscription.activated`.
    Activated,
}

impl EventAction {
    /// The end of the event's type.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
            Self::Completed => "completed",
            Self::Activated => "activated",
        }
    }
}

/// What an event shows of a changed record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventForm {
    /// All fields.
    #[default]
    Whole,
    /// The changed fields, old and new.
    Changes,
    /// The same under the names of the provider's columns, which the contract allows too.
    LocalChanges,
}

/// Where webhooks go, and what signs them.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) url: String,
    pub(crate) secret: String,
}

const fn default_concurrency() -> usize {
    16
}

impl WebhookRun {
    /// Where to, and what happens on the way; an error says what is wrong with the order.
    pub(crate) fn check(&self, config: &Config, usual: &WebhookFaults) -> Result<(Address, WebhookFaults), String> {
        let address = Address::of(self.url.clone(), self.secret.clone(), config)?;

        let faults = self.faults(usual);

        if let Some((name, _)) = faults.rates().into_iter().find(|(_, rate)| !(0.0..=1.0).contains(rate)) {
            return Err(format!("{} must be between 0 and 1", name.trim_start_matches("webhooks.")));
        }

        if self.count > 1_000_000 || faults.copies > 1_000 {
            return Err("count must be at most 1,000,000, and copies at most 1,000".to_owned());
        }

        match (self.kind, self.entity) {
            (EventAction::Completed, entity) if entity != EntityType::Payments => {
                Err("only payments are completed".to_owned())
            }
            (EventAction::Activated, entity) if entity != EntityType::Subscriptions => {
                Err("only subscriptions are activated".to_owned())
            }
            _ => Ok((address, faults)),
        }
    }

    fn faults(&self, usual: &WebhookFaults) -> WebhookFaults {
        WebhookFaults {
            duplicate_rate: self.duplicate_rate.unwrap_or(usual.duplicate_rate),
            copies: self.copies.unwrap_or(usual.copies),
            shuffle: self.shuffle.unwrap_or(usual.shuffle),
            shuffle_within: self.shuffle_within.unwrap_or(usual.shuffle_within),
            late_rate: self.late_rate.unwrap_or(usual.late_rate),
            late_ms: self.late_ms.unwrap_or(usual.late_ms),
            old_rate: self.old_rate.unwrap_or(usual.old_rate),
            old_seconds: self.old_seconds.unwrap_or(usual.old_seconds),
            no_id_rate: self.no_id_rate.unwrap_or(usual.no_id_rate),
            no_timestamp_rate: self.no_timestamp_rate.unwrap_or(usual.no_timestamp_rate),
        }
    }
}

impl Address {
    /// What was given, or the simulator's own.
    pub(crate) fn of(url: Option<String>, secret: Option<String>, config: &Config) -> Result<Self, String> {
        let url = url.or_else(|| config.webhook_url.clone()).ok_or("url is missing, and the simulator has none")?;
        let secret =
            secret.or_else(|| config.webhook_secret.clone()).ok_or("secret is missing, and the simulator has none")?;
        reqwest::Url::parse(&url).map_err(|_| "url is not an address")?;
        Ok(Self { url, secret })
    }
}
