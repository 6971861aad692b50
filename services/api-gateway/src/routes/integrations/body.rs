//! Parts of bodies, as documents describe them; `new` describes the rest where it reads it.
#![expect(dead_code, reason = "they are read as other types; these say what they may hold")]

use crate::openapi::names;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How an integration works. What is absent falls back to the service's settings.
#[derive(ToSchema)]
pub(super) struct Configuration {
    /// Whether its schedules tick.
    #[schema(nullable = false)]
    auto_sync: Option<bool>,
    /// Time between incremental syncs of an entity without a schedule.
    #[schema(nullable = false)]
    sync_interval: Option<Interval>,
    /// Whether an ended sync tries its failed records again.
    #[schema(nullable = false)]
    retry_failed: Option<bool>,
    /// Attempts of a part of a sync; weaker than `retry_attempts`.
    #[schema(minimum = 0, maximum = 20, nullable = false)]
    max_retries: Option<u32>,
    /// Weaker than the integration's own `timeout_seconds`.
    #[schema(minimum = 1, maximum = 600, nullable = false)]
    timeout_seconds: Option<u32>,
    /// Paths at Geniacs that differ from its contract, by entity.
    #[schema(nullable = false, value_type = Option<BTreeMap<String, String>>, example = json!({"nas_servers": "/devices"}))]
    endpoints: Option<BTreeMap<String, String>>,
    /// Entities whose local changes are pushed as they happen.
    #[schema(nullable = false)]
    real_time: Option<Vec<names::EntityType>>,
    #[schema(nullable = false)]
    conflict_policy: Option<names::ConflictPolicy>,
    /// The country whose phone numbers are written without a prefix, in two capital letters.
    #[schema(pattern = "^[A-Z]{2}$", example = "ID", nullable = false)]
    default_region: Option<String>,
    /// The IANA time zone of dates without one.
    #[schema(example = "Asia/Jakarta", nullable = false)]
    default_time_zone: Option<String>,
    /// The share of the linked records that one sync may delete without being told so.
    #[schema(minimum = 0, maximum = 100, nullable = false)]
    delete_guard_percent: Option<u32>,
    /// The share of the linked records that may lose a value in one sync that was not told so.
    #[schema(minimum = 0, maximum = 100, nullable = false)]
    clear_guard_percent: Option<u32>,
    /// The share of the linked records that one sync may change without being told so.
    #[schema(minimum = 0, maximum = 100, nullable = false)]
    change_guard_percent: Option<u32>,
    /// Whether a field that no mapping knows is an error.
    #[schema(nullable = false)]
    schema_strict: Option<bool>,
}

/// Seconds, or a number with its unit.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(example = "5m")]
enum Interval {
    Seconds(u32),
    Text(String),
}

/// Requests that Geniacs allows in sliding windows; a window that is absent has no limit.
#[derive(ToSchema)]
#[expect(clippy::struct_field_names, reason = "the contract's names")]
pub(super) struct RateLimits {
    #[schema(minimum = 1, example = 60, nullable = false)]
    requests_per_minute: Option<u32>,
    #[schema(minimum = 1, nullable = false)]
    requests_per_hour: Option<u32>,
    #[schema(minimum = 1, nullable = false)]
    requests_per_day: Option<u32>,
}

/// What takes the place of the credentials in use: the key, the secret, or both.
#[derive(ToSchema)]
#[schema(as = NewCredentials)]
pub(super) struct CredentialsBody {
    #[schema(min_length = 1, max_length = 4_096, example = "gk_live_91ab")]
    api_key: Option<String>,
    #[schema(min_length = 1, max_length = 4_096, example = "gs_live_c04f")]
    api_secret: Option<String>,
    /// Whether Geniacs is asked first; what it refuses replaces nothing.
    #[schema(default = true)]
    test: Option<bool>,
}

/// What was replaced; never the secrets themselves.
#[derive(ToSchema)]
pub(super) struct CredentialsRotated {
    id: i64,
    version: i32,
    #[schema(example = json!(["api_key", "api_secret"]))]
    replaced_secrets: Vec<String>,
}
