//! What needs attention, as callers see it.

use crate::openapi::names;
use chrono::{DateTime, Utc};
use serde::Serialize;
use storage::attention::Attention;
use storage::freshness::InStep;
use utoipa::ToSchema;

/// What needs attention.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attention)]
pub(super) struct AttentionView {
    /// Conflicts that nobody has decided.
    open_conflicts: BoundedCount,
    /// Syncs that failed as a whole since `failed_syncs_since`.
    failed_syncs: BoundedCount,
    failed_syncs_since: DateTime<Utc>,
    /// Webhook events that were set aside.
    events_set_aside: BoundedCount,
    /// Messages that a queue gave up and that were neither stored nor sent again.
    dead_letters: BoundedCount,
    /// Active integrations whose work does not go on.
    paused_integrations: BoundedCount,
    in_step: Vec<InStepView>,
}

/// A count that ends somewhere.
#[derive(Debug, Serialize, ToSchema)]
struct BoundedCount {
    #[schema(minimum = 0)]
    count: i64,
    /// Whether there are more than that.
    more: bool,
}

/// As of when one entity of an integration is in step in one direction.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = InStep)]
pub(in crate::routes) struct InStepView {
    integration_id: i64,
    #[schema(value_type = names::EntityType)]
    entity_type: String,
    /// `to_geniacs` or `from_geniacs`; a run both ways counts for both.
    #[schema(value_type = names::SyncDirection)]
    sync_direction: String,
    /// When the newest run began that took everything and in which nothing failed; null: there was none yet.
    in_step_as_of: Option<DateTime<Utc>>,
}

impl AttentionView {
    pub(super) fn new(found: &Attention, most: i64, since: DateTime<Utc>, in_step: Vec<InStepView>) -> Self {
        let bounded = |count: i64| BoundedCount { count: count.min(most), more: count > most };
        Self {
            open_conflicts: bounded(found.open_conflicts),
            failed_syncs: bounded(found.failed_syncs),
            failed_syncs_since: since,
            events_set_aside: bounded(found.events_set_aside),
            dead_letters: bounded(found.dead_letters),
            paused_integrations: bounded(found.paused_integrations),
            in_step,
        }
    }
}

impl From<InStep> for InStepView {
    fn from(found: InStep) -> Self {
        Self {
            integration_id: found.integration_id,
            entity_type: found.entity_type,
            sync_direction: found.sync_direction,
            in_step_as_of: found.in_step_as_of,
        }
    }
}
