//! Bodies, as documents describe them; `new` reads them.
#![expect(dead_code, reason = "bodies are read field by field; these types say what they may hold")]

use crate::openapi::names;
use utoipa::ToSchema;

/// A new rule.
#[derive(ToSchema)]
#[schema(as = NewNotificationRule)]
pub(super) struct RuleBody {
    /// No other rule has it.
    #[schema(min_length = 1, max_length = 100, example = "On call")]
    name: String,
    /// The one integration that it is about; all of them unless told.
    integration_id: Option<i64>,
    #[schema(value_type = Vec<names::NotificationCause>, min_items = 1, max_items = 5)]
    causes: Vec<String>,
    #[schema(value_type = names::NotificationChannel)]
    channel: String,
    /// Where a webhook goes, over https.
    #[schema(max_length = 500, example = "https://hooks.example.com/geniacs")]
    url: Option<String>,
    /// Signs a webhook; made, and shown in this answer alone, unless told.
    #[schema(min_length = 1, max_length = 255)]
    signing_secret: Option<String>,
    /// Whom mail goes to.
    #[schema(min_items = 1, max_items = 20)]
    addresses: Option<Vec<String>>,
    /// `id` unless told.
    #[schema(value_type = Option<names::NotificationLanguage>)]
    language: Option<String>,
    /// How long nothing may have been in step before that is told; a day unless told.
    #[schema(minimum = 300, maximum = 2_592_000)]
    not_in_step_seconds: Option<i32>,
    /// Whether it is told, too, that something is over; true unless told.
    tells_end: Option<bool>,
    /// Whether anything is told; true unless told.
    is_active: Option<bool>,
}

/// What of a rule is to be changed.
#[derive(ToSchema)]
#[schema(as = NotificationRuleChange)]
pub(super) struct RuleChange {
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// Null: all integrations.
    integration_id: Option<i64>,
    #[schema(value_type = Option<Vec<names::NotificationCause>>, min_items = 1, max_items = 5)]
    causes: Option<Vec<String>>,
    /// Only as it is.
    #[schema(value_type = Option<names::NotificationChannel>)]
    channel: Option<String>,
    #[schema(max_length = 500)]
    url: Option<String>,
    #[schema(min_length = 1, max_length = 255)]
    signing_secret: Option<String>,
    #[schema(min_items = 1, max_items = 20)]
    addresses: Option<Vec<String>>,
    #[schema(value_type = Option<names::NotificationLanguage>)]
    language: Option<String>,
    #[schema(minimum = 300, maximum = 2_592_000)]
    not_in_step_seconds: Option<i32>,
    tells_end: Option<bool>,
    is_active: Option<bool>,
}
