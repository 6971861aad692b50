//! What needs attention, as callers see it.

use crate::openapi::names;
use chrono::{DateTime, Utc};
use serde::Serialize;
use storage::console::attention::{Attention, Matter};
use storage::console::freshness::InStep;
use utoipa::ToSchema;

/// Items that are shown.
pub(super) const MOST_ITEMS: usize = 50;

/// What needs attention.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attention)]
pub(super) struct AttentionView {
    /// Conflicts that nobody has decided.
    open_conflicts: BoundedCount,
    /// Syncs that failed as a whole since `failed_syncs_since`.
    failed_syncs: BoundedCount,
    failed_syncs_since: DateTime<Utc>,
    /// Syncs in which some records failed since `failed_syncs_since`.
    partial_syncs: BoundedCount,
    /// Webhook events that were set aside.
    events_set_aside: BoundedCount,
    /// Messages that a queue gave up and that were neither stored nor sent again.
    dead_letters: BoundedCount,
    /// Active integrations whose work does not go on.
    paused_integrations: BoundedCount,
    /// Schedules whose tick was due more than five minutes ago and has not come.
    overdue_schedules: BoundedCount,
    /// The same thing by thing, worst first: of syncs, each entity and direction whose newest run failed, however long ago; of
    /// conflicts, events and dead letters one for each integration.
    items: Vec<MatterView>,
    /// Whether there are more items.
    more_items: bool,
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

/// Something that needs attention.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttentionItem)]
pub(super) struct MatterView {
    #[schema(value_type = names::AttentionKind)]
    kind: String,
    /// Null: of dead letters of which nobody knows whose they are.
    integration_id: Option<i64>,
    #[schema(example = "Geniacs")]
    integration_name: Option<String>,
    #[schema(value_type = Option<names::EntityType>)]
    entity_type: Option<String>,
    #[schema(value_type = Option<names::SyncDirection>)]
    sync_direction: Option<String>,
    /// The sync that failed.
    sync_id: Option<i64>,
    /// The schedule that is overdue, or that the sync is of.
    schedule_id: Option<i64>,
    /// How many conflicts, events, dead letters or failed records it is about.
    count: Option<i64>,
    /// Whether there are more than that.
    more: bool,
    /// Since when; of conflicts, events and dead letters, the oldest.
    since: Option<DateTime<Utc>>,
    /// Until when an integration is paused; null: until somebody does something.
    until: Option<DateTime<Utc>>,
    /// A stable name of why: what pauses an integration, or the `error_type` of a sync.
    #[schema(example = "credentials_refused")]
    reason: Option<String>,
    #[schema(value_type = names::Remedy)]
    remedy: &'static str,
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
    /// `matters` holds one more than are shown where there are more.
    pub(super) fn new(
        found: &Attention,
        mut matters: Vec<Matter>,
        most: i64,
        since: DateTime<Utc>,
        in_step: Vec<InStepView>,
    ) -> Self {
        let more_items = matters.len() > MOST_ITEMS;
        matters.truncate(MOST_ITEMS);

        let bounded = |count: i64| BoundedCount { count: count.min(most), more: count > most };
        Self {
            open_conflicts: bounded(found.open_conflicts),
            failed_syncs: bounded(found.failed_syncs),
            failed_syncs_since: since,
            partial_syncs: bounded(found.partial_syncs),
            events_set_aside: bounded(found.events_set_aside),
            dead_letters: bounded(found.dead_letters),
            paused_integrations: bounded(found.paused_integrations),
            overdue_schedules: bounded(found.overdue_schedules),
            items: matters.into_iter().map(|matter| MatterView::new(matter, most)).collect(),
            more_items,
            in_step,
        }
    }
}

impl MatterView {
    fn new(matter: Matter, most: i64) -> Self {
        Self {
            remedy: remedy_for_matter(&matter.kind, matter.reason.as_deref()),
            kind: matter.kind,
            integration_id: matter.integration_id,
            integration_name: matter.integration_name,
            entity_type: matter.entity_type,
            sync_direction: matter.sync_direction,
            sync_id: matter.sync_id,
            schedule_id: matter.schedule_id,
            count: matter.things.map(|things| things.min(most)),
            more: matter.things.is_some_and(|things| things > most),
            since: matter.since,
            until: matter.until,
            reason: matter.reason,
        }
    }
}

/// What a person can do about a matter of this kind.
fn remedy_for_matter(kind: &str, reason: Option<&str>) -> &'static str {
    match (kind, reason) {
        ("integration_paused", Some("credentials_refused")) => "replace_credentials",
        ("integration_paused", Some("breaker_open")) => "test_connection",
        ("schedule_overdue", _) => "run_schedule",
        ("sync_failed", _) => "retry_sync",
        ("sync_partial", _) => "retry_records",
        ("dead_letters", _) => "requeue_dead_letters",
        ("events_set_aside", _) => "replay_events",
        ("conflicts_waiting", _) => "resolve_conflicts",
        // The partner asked for a pause; work goes on by itself.
        _ => "wait",
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
