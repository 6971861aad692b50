//! A rule as callers see it.

use crate::openapi::names;
use chrono::{DateTime, Utc};
use serde::Serialize;
use storage::notifications::rules::Rule;
use utoipa::ToSchema;

/// A rule as callers see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationRule)]
pub(super) struct RuleView {
    id: i64,
    #[schema(example = "On call")]
    name: String,
    /// The one integration that it is about; null: all of them.
    integration_id: Option<i64>,
    #[schema(value_type = Vec<names::NotificationCause>)]
    causes: Vec<String>,
    #[schema(value_type = names::NotificationChannel)]
    channel: String,
    /// Where a webhook goes.
    #[schema(example = "https://hooks.example.com/geniacs")]
    url: Option<String>,
    /// Whom mail goes to.
    #[schema(example = json!(["noc@example.com"]))]
    addresses: Vec<String>,
    #[schema(value_type = names::NotificationLanguage)]
    language: String,
    /// How long nothing may have been in step before that is told.
    not_in_step_seconds: i32,
    /// Whether it is told, too, that something is over.
    tells_end: bool,
    is_active: bool,
    version: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// What signs a webhook: only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "whsec_4b0f6d")]
    signing_secret: Option<String>,
}

impl RuleView {
    /// Its version, for the ETag.
    pub(super) fn version(&self) -> i32 {
        self.version
    }

    /// With the secret that was just made.
    pub(super) fn showing(self, signing_secret: Option<String>) -> Self {
        Self { signing_secret, ..self }
    }
}

impl From<Rule> for RuleView {
    fn from(row: Rule) -> Self {
        Self {
            id: row.id,
            name: row.name,
            integration_id: row.integration_id,
            causes: row.causes,
            channel: row.channel,
            url: row.url,
            addresses: row.addresses,
            language: row.language,
            not_in_step_seconds: row.not_in_step_seconds,
            tells_end: row.tells_end,
            is_active: row.is_active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            signing_secret: None,
        }
    }
}
