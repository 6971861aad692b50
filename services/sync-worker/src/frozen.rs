//! What a sync was accepted with, and what its run works by: the columns `data` and `plan` as types. Their JSON is shared
//! with workers of other versions, so that it only ever gets more fields.

use crate::failure::Failure;
use domain::run_mode::{Effect, FailedRecords, FailureFilter, Source};
use domain::sync::{Filters, SyncOptions};
use mapping::FieldMapping;
use serde::{Deserialize, Serialize};
use storage::records::Selection;
use storage::runs::syncs::{RunSettings, SyncHead};

/// What a sync works by, fixed when it starts, so that every worker does the same and an edit meanwhile changes nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "StoredPlan", into = "StoredPlan")]
pub(crate) struct FrozenPlan {
    pub(crate) mappings: Vec<FieldMapping>,
    pub(crate) settings: RunSettings,
    /// Where its records come from.
    pub(crate) source: Source,
    /// What becomes of them.
    pub(crate) effect: Effect,
    pub(crate) options: SyncOptions,
    /// What a push walks.
    pub(crate) selection: Option<Selection>,
    /// The change position that is done once an unfiltered push is.
    pub(crate) done_below: Option<i64>,
    /// Where a pull begins.
    pub(crate) updated_since: Option<chrono::DateTime<chrono::Utc>>,
}

impl FrozenPlan {
    /// The plan that a sync has; none before it was frozen.
    pub(crate) fn of(head: &SyncHead) -> Result<Option<Self>, Failure> {
        let unreadable = |e: serde_json::Error| Failure::fatal("plan_unreadable", e.to_string());
        head.plan.clone().map(|plan| serde_json::from_value(plan).map_err(unreadable)).transpose()
    }

    /// Whether what one side lacks is to be deleted on the other. Only a run over everything can prove it missing.
    pub(crate) fn deletes_missing(&self) -> bool {
        self.options.delete_missing && self.source.is_everything()
    }

    /// How many records a walk or a listing takes at most.
    pub(crate) fn limit(&self) -> Option<u64> {
        self.source.filters()?.limit
    }
}

/// A frozen plan as it is stored: the `plan` column. Workers of other versions read and write it, too.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredPlan {
    mappings: Vec<FieldMapping>,
    settings: RunSettings,
    filters: Filters,
    options: SyncOptions,
    selection: Option<Selection>,
    done_below: Option<i64>,
    updated_since: Option<chrono::DateTime<chrono::Utc>>,
    /// The sync whose failed records are taken.
    #[serde(default)]
    retry_of: Option<i64>,
    /// Which of them.
    #[serde(default)]
    retry_only: FailureFilter,
    /// The dry run whose plan is carried out.
    #[serde(default)]
    plan_of: Option<i64>,
    /// Whether it is a consistency check.
    #[serde(default)]
    check: bool,
}

impl From<StoredPlan> for FrozenPlan {
    fn from(stored: StoredPlan) -> Self {
        let source = match (stored.plan_of, stored.retry_of) {
            (Some(sync_id), _) => Source::Planned(sync_id),
            (None, Some(sync_id)) => Source::Failed(FailedRecords { sync_id, only: stored.retry_only }),
            (None, None) => Source::of_filters(stored.filters),
        };

        Self {
            mappings: stored.mappings,
            settings: stored.settings,
            source,
            effect: effect(&stored.options, stored.check),
            options: stored.options,
            selection: stored.selection,
            done_below: stored.done_below,
            updated_since: stored.updated_since,
        }
    }
}

impl From<FrozenPlan> for StoredPlan {
    fn from(plan: FrozenPlan) -> Self {
        let stored = Self {
            mappings: plan.mappings,
            settings: plan.settings,
            filters: Filters::default(),
            options: SyncOptions { dry_run: !plan.effect.writes(), ..plan.options },
            selection: plan.selection,
            done_below: plan.done_below,
            updated_since: plan.updated_since,
            retry_of: None,
            retry_only: FailureFilter::default(),
            plan_of: None,
            check: plan.effect == Effect::Check,
        };
        match plan.source {
            Source::Everything => stored,
            Source::Filtered(filters) => Self { filters, ..stored },
            Source::Failed(FailedRecords { sync_id, only }) => {
                Self { retry_of: Some(sync_id), retry_only: only, ..stored }
            }
            Source::Planned(sync_id) => Self { plan_of: Some(sync_id), ..stored },
        }
    }
}

/// What becomes of the records of a sync with these options, which may be a consistency check.
fn effect(options: &SyncOptions, is_check: bool) -> Effect {
    match (is_check, options.dry_run) {
        (true, _) => Effect::Check,
        (false, true) => Effect::Preview,
        (false, false) => Effect::Apply,
    }
}

/// What a sync was accepted with: the `data` column.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "StoredRequest")]
pub(crate) struct AcceptedData {
    pub(crate) filters: Filters,
    pub(crate) options: SyncOptions,
    pub(crate) settings: RunSettings,
    pub(crate) effect: Effect,
    pub(crate) origin: AcceptedOrigin,
}

/// What a sync is made from, as far as its plan depends on it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum AcceptedOrigin {
    /// Nothing but its own filters.
    Itself,
    /// The failures of an ended sync.
    RetryOf(FailedRecords),
    /// The plan of a dry run.
    PlanOf(i64),
    /// A sync that was interrupted.
    ResumeOf(i64),
}

/// The `data` column as it is stored.
#[derive(Debug, Deserialize)]
struct StoredRequest {
    filters: Filters,
    options: SyncOptions,
    settings: RunSettings,
    #[serde(default)]
    retry_of: Option<i64>,
    #[serde(default)]
    retry_only: FailureFilter,
    #[serde(default)]
    plan_of: Option<i64>,
    #[serde(default)]
    resume_of: Option<i64>,
    #[serde(default)]
    check: bool,
}

impl From<StoredRequest> for AcceptedData {
    fn from(stored: StoredRequest) -> Self {
        let StoredRequest { retry_of, retry_only, plan_of, resume_of, .. } = stored;
        let origin = match (resume_of, plan_of, retry_of) {
            (Some(sync_id), ..) => AcceptedOrigin::ResumeOf(sync_id),
            (None, Some(sync_id), _) => AcceptedOrigin::PlanOf(sync_id),
            (None, None, Some(sync_id)) => AcceptedOrigin::RetryOf(FailedRecords { sync_id, only: retry_only }),
            (None, None, None) => AcceptedOrigin::Itself,
        };

        Self {
            effect: effect(&stored.options, stored.check),
            filters: stored.filters,
            options: stored.options,
            settings: stored.settings,
            origin,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use domain::sync::RecordKey;
    use serde_json::{Value, json};

    pub(crate) fn settings() -> RunSettings {
        serde_json::from_value(stored_settings()).unwrap()
    }

    fn stored_settings() -> Value {
        json!({"batch_size": 100, "timeout_seconds": 30, "max_attempts": 3, "retry_failed": true, "max_seconds": 60,
            "window_seconds": null, "default_region": "SG", "default_time_zone": "Asia/Singapore",
            "delete_guard_percent": 20, "clear_guard_percent": 20, "change_guard_percent": 50,
            "conflict_policy": "newest", "schema_strict": false})
    }

    /// The plan of a run over everything.
    pub(crate) fn frozen() -> FrozenPlan {
        FrozenPlan {
            mappings: Vec::new(),
            settings: settings(),
            source: Source::Everything,
            effect: Effect::Apply,
            options: SyncOptions::default(),
            selection: None,
            done_below: None,
            updated_since: None,
        }
    }

    fn options(dry_run: bool) -> Value {
        json!({"create_missing": true, "update_existing": true, "delete_missing": false, "dry_run": dry_run,
            "confirm_deletes": false, "if_running": "queue"})
    }

    /// A plan as version 0.1.0 and later ones store it, with what differs between the modes.
    fn stored_plan(dry_run: bool, of_mode: &Value) -> Value {
        let mut plan = json!({"mappings": [], "settings": stored_settings(), "filters": {}, "options": options(dry_run),
            "selection": null, "done_below": 42, "updated_since": null, "retry_of": null, "retry_only": {},
            "plan_of": null, "check": false});
        plan.as_object_mut().unwrap().extend(of_mode.as_object().unwrap().clone());
        plan
    }

    fn failed(sync_id: i64, error_type: Option<&str>) -> FailedRecords {
        let error_type = error_type.map(str::to_owned);
        FailedRecords { sync_id, only: FailureFilter { error_type, ..FailureFilter::default() } }
    }

    #[test]
    fn stored_plans_of_each_mode_can_be_read_and_are_written_as_before() {
        let named = Filters { ids: vec![RecordKey::Local(3)], limit: Some(5), ..Filters::default() };
        for (dry_run, of_mode, source, effect) in [
            (false, json!({}), Source::Everything, Effect::Apply),
            (true, json!({}), Source::Everything, Effect::Preview),
            (true, json!({"check": true}), Source::Everything, Effect::Check),
            (false, json!({"filters": {"ids": [3], "limit": 5}}), Source::Filtered(named), Effect::Apply),
            (false, json!({"retry_of": 7}), Source::Failed(failed(7, None)), Effect::Apply),
            (
                true,
                json!({"retry_of": 7, "retry_only": {"error_type": "timeout"}}),
                Source::Failed(failed(7, Some("timeout"))),
                Effect::Preview,
            ),
            (false, json!({"plan_of": 8}), Source::Planned(8), Effect::Apply),
        ] {
            let stored = stored_plan(dry_run, &of_mode);

            let plan: FrozenPlan = serde_json::from_value(stored.clone()).unwrap();
            assert_eq!((&plan.source, plan.effect), (&source, effect), "{stored}");
            assert_eq!(serde_json::to_value(&plan).unwrap(), stored);
        }
    }

    #[test]
    fn a_plan_from_before_there_were_retries_plans_and_checks_can_be_read() {
        let mut stored = stored_plan(false, &json!({}));
        for later in ["retry_of", "retry_only", "plan_of", "check"] {
            stored.as_object_mut().unwrap().remove(later);
        }
        let plan: FrozenPlan = serde_json::from_value(stored).unwrap();
        assert_eq!((plan.source, plan.effect), (Source::Everything, Effect::Apply));
    }

    #[test]
    fn a_retry_takes_its_records_whatever_filters_the_first_run_had() {
        let stored = stored_plan(false, &json!({"retry_of": 7, "filters": {"status": "active"}}));
        let plan: FrozenPlan = serde_json::from_value(stored).unwrap();
        assert_eq!(plan.source, Source::Failed(failed(7, None)));
    }

    #[test]
    fn what_a_sync_was_accepted_with_tells_what_it_is_made_from() {
        let accepted = |dry_run, more: Value| -> AcceptedData {
            let mut data = json!({"filters": {}, "options": options(dry_run), "settings": stored_settings(),
                "started_by": {"type": "user", "id": 1, "name": "ada"}});
            data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            serde_json::from_value(data).unwrap()
        };

        for (dry_run, more, origin, effect) in [
            (false, json!({}), AcceptedOrigin::Itself, Effect::Apply),
            (true, json!({}), AcceptedOrigin::Itself, Effect::Preview),
            (true, json!({"check": true}), AcceptedOrigin::Itself, Effect::Check),
            (false, json!({"plan_of": 8}), AcceptedOrigin::PlanOf(8), Effect::Apply),
            (false, json!({"resume_of": 9}), AcceptedOrigin::ResumeOf(9), Effect::Apply),
            (false, json!({"retry_of": 7}), AcceptedOrigin::RetryOf(failed(7, None)), Effect::Apply),
            (
                true,
                json!({"retry_of": 7, "retry_only": {"error_type": "timeout"}}),
                AcceptedOrigin::RetryOf(failed(7, Some("timeout"))),
                Effect::Preview,
            ),
        ] {
            let data = accepted(dry_run, more);

            assert_eq!((data.origin, data.effect), (origin, effect));
        }
    }
}
