//! What a report holds, as documents describe it: [`domain::report::Content`].
#![expect(dead_code, reason = "reports are answered as they are stored; these types say what they hold")]

use crate::openapi::names;
use utoipa::ToSchema;

/// A week of all integrations.
#[derive(ToSchema)]
#[schema(as = ReportContent)]
pub(super) struct Content {
    /// One part for each integration and entity that had anything to do with one another.
    entities: Vec<EntityReport>,
    /// Events of types that no entity knows.
    other_webhooks: Vec<OtherWebhooks>,
}

/// A week of one integration and entity.
#[derive(ToSchema)]
struct EntityReport {
    integration_id: i64,
    /// Its name at the time.
    #[schema(example = "Geniacs")]
    integration: String,
    #[schema(value_type = names::EntityType)]
    entity_type: String,
    syncs: ReportedSyncs,
    records: ReportedRecords,
    /// Successful syncs among all that ended, in percent with one decimal.
    #[schema(example = 71.4)]
    success_rate: Option<f64>,
    /// 95 of 100 syncs took no longer.
    p95_duration_ms: Option<i64>,
    /// The commonest first.
    errors: Vec<ErrorCount>,
    webhooks: ReportedWebhooks,
    /// Fields that both sides had changed.
    conflicts: i64,
    drift: Drift,
}

/// Ended syncs by their status.
#[derive(ToSchema)]
struct ReportedSyncs {
    total: i64,
    successful: i64,
    partial: i64,
    failed: i64,
    cancelled: i64,
}

/// Records by outcome.
#[derive(ToSchema)]
struct ReportedRecords {
    read: i64,
    created: i64,
    updated: i64,
    unchanged: i64,
    skipped: i64,
    deleted: i64,
    conflicts: i64,
    failed: i64,
}

/// How often a kind of error occurred.
#[derive(ToSchema)]
struct ErrorCount {
    #[schema(example = "validation_error")]
    error_type: String,
    count: i64,
}

/// Webhook events by what became of them.
#[derive(ToSchema)]
struct ReportedWebhooks {
    received: i64,
    processed: i64,
    superseded: i64,
    set_aside: i64,
    waiting: i64,
}

/// Events of types that no entity knows.
#[derive(ToSchema)]
struct OtherWebhooks {
    integration_id: i64,
    webhooks: ReportedWebhooks,
}

/// How far both sides are apart, as far as that can be told without asking Geniacs.
#[derive(ToSchema)]
struct Drift {
    /// Records here without a link; null where nothing is linked.
    unlinked: Option<i64>,
    /// Links whose last request had no known outcome.
    unconfirmed: i64,
    /// Records changed since the last push; null before the first.
    unsent: Option<i64>,
}
