//! A run: a sync's frozen plan, compiled, with a client for its partner.

use crate::account::{AccountError, Accounts};
use crate::failure::Failure;
use crate::fields_seen::FieldsSeen;
use crate::frozen::FrozenPlan;
use crate::incoming::Target;
use crate::masking;
use bytes::Bytes;
use domain::run_mode::{Effect, Source};
use domain::{EntityType, SyncDirection, SyncType};
use geniacs::Client;
use mapping::{Context, FieldMapping, Plan, References};
use reconcile::Merging;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use storage::Connection;
use storage::entities::{Descriptor, descriptor};
use storage::partners::accounts;
use storage::runs::syncs;
use storage::runs::syncs::RunSettings;

/// A running sync as its chunks need it.
pub(crate) struct Run {
    pub(crate) sync_id: i64,
    pub(crate) integration_id: i64,
    pub(crate) entity: EntityType,
    pub(crate) descriptor: &'static Descriptor,
    pub(crate) sync_type: SyncType,
    pub(crate) direction: SyncDirection,
    pub(crate) frozen: FrozenPlan,
    pub(crate) mapping: Plan,
    pub(crate) client: Client,
    /// The version of the integration that the client's credentials are of.
    pub(crate) integration_version: i32,
    /// Whether the integration has rate limits.
    pub(crate) limited: bool,
    loaded: Instant,
    /// Whether nothing shows its first mapped record yet.
    unmapped: AtomicBool,
    /// Whether nothing shows a call that succeeded yet.
    unsampled: AtomicBool,
    last_answer: Mutex<Bytes>,
    /// Which fields a pull has met.
    pub(crate) fields_seen: FieldsSeen,
    /// How many records are linked, once somebody had to know.
    linked: OnceLock<i64>,
}

impl Run {
    pub(crate) async fn load(connection: &mut Connection, opened: &Accounts, sync_id: i64) -> Result<Self, Failure> {
        let head = syncs::head(connection, sync_id).await?.ok_or(Failure::LeaseLost)?;
        let account = accounts::find(connection, head.integration_id).await?.ok_or(AccountError::Gone)?;

        let Some(plan) = head.plan.clone() else {
            return Err(Failure::fatal("plan_missing", "the sync has chunks but no plan; trigger it again"));
        };

        let frozen: FrozenPlan = serde_json::from_value(plan).map_err(|e| {
            Failure::fatal("plan_unreadable", format!("the sync's plan cannot be read ({e}); trigger it again"))
        })?;

        let shown = syncs::shown(connection, sync_id).await?;
        let timeout = Duration::from_secs(frozen.settings.timeout_seconds.into());

        Ok(Self {
            sync_id,
            integration_id: head.integration_id,
            entity: head.entity,
            descriptor: descriptor(head.entity),
            sync_type: head.sync_type,
            direction: head.direction,
            mapping: compile(head.entity, &frozen.mappings, &context(&frozen.settings))?,
            client: opened.client(&account, timeout)?,
            integration_version: account.version,
            limited: account.limited,
            frozen,
            loaded: Instant::now(),
            unmapped: AtomicBool::new(!shown.mapped),
            unsampled: AtomicBool::new(!shown.success),
            last_answer: Mutex::default(),
            fields_seen: FieldsSeen::default(),
            linked: OnceLock::new(),
        })
    }

    /// A mapped record to show, masked, if the run shows none yet.
    pub(crate) fn first_mapped(&self, map: impl FnOnce() -> Option<Map<String, Value>>) -> Option<Value> {
        if !self.unmapped.load(Ordering::Relaxed) {
            return None;
        }
        let fields = map()?;
        // Chunks of a run work side by side, and only one of them shows its record.
        self.unmapped.swap(false, Ordering::Relaxed).then(|| masking::record(&fields))
    }

    /// True once: for the first call of the run that succeeded.
    pub(crate) fn is_first_success(&self) -> bool {
        self.unsampled.swap(false, Ordering::Relaxed)
    }

    /// How many records are linked, if that was counted lately.
    pub(crate) fn linked(&self) -> Option<i64> {
        self.linked.get().copied()
    }

    /// Keeps how many records are linked.
    pub(crate) fn remember_linked(&self, linked: i64) -> i64 {
        *self.linked.get_or_init(|| linked)
    }

    /// Keeps what the partner answered last, for the sync's end.
    pub(crate) fn remember_answer(&self, answer: Bytes) {
        *self.last_answer.lock().unwrap_or_else(PoisonError::into_inner) = answer;
    }

    pub(crate) fn last_answer(&self) -> Option<Value> {
        let answer = self.last_answer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        masking::answer(&answer)
    }

    /// Whether records whose content Geniacs has confirmed already are left out. A run both ways has just seen what
    /// Geniacs holds; a plan looks at that.
    pub(crate) fn skips_confirmed(&self) -> bool {
        let looks_itself = match (self.frozen.effect, &self.frozen.source) {
            (Effect::Preview | Effect::Check, _) | (Effect::Apply, Source::Planned(_)) => true,
            (Effect::Apply, Source::Everything | Source::Filtered(_) | Source::Failed(_)) => false,
        };
        !looks_itself && (self.sync_type != SyncType::Full || self.direction == SyncDirection::Bidirectional)
    }

    /// The Geniacs field that holds the entity's natural key, if it is mapped.
    pub(crate) fn key_field(&self) -> Option<&str> {
        let key = self.descriptor.natural_key?;
        let mapping = self.frozen.mappings.iter().find(|mapping| mapping.local_field == key)?;
        Some(&mapping.geniacs_field)
    }

    /// How records that come from Geniacs are applied in this run.
    pub(crate) fn target(&self) -> Target<'_> {
        Target {
            integration_id: self.integration_id,
            entity: self.entity,
            descriptor: self.descriptor,
            mapping: &self.mapping,
            options: &self.frozen.options,
            effect: self.frozen.effect,
            merging: self.merging(),
            policy: self.frozen.settings.conflict_policy,
            schema_strict: self.frozen.settings.schema_strict,
            refused: false,
            sync_id: Some(self.sync_id),
            references: References::default(),
        }
    }

    /// The same for records that were asked for because of what a push has met.
    pub(crate) fn push_target(&self) -> Target<'_> {
        Target { merging: Merging::BothWays, schema_strict: false, ..self.target() }
    }

    /// What a difference means where nothing is kept.
    fn merging(&self) -> Merging {
        if self.direction == SyncDirection::Bidirectional { Merging::BothWays } else { Merging::OneWay }
    }
}

/// What the rules need to know about an integration.
pub(crate) fn context(settings: &RunSettings) -> Context {
    Context {
        default_region: settings.default_region.parse().unwrap_or_default(),
        default_time_zone: settings.default_time_zone.as_ref().and_then(|zone| zone.parse().ok()),
    }
}

/// Compiles mappings, or names what is wrong with them.
pub(crate) fn compile(entity: EntityType, mappings: &[FieldMapping], context: &Context) -> Result<Plan, Failure> {
    Plan::compile(entity, mappings, context).map_err(|problems| {
        let named: Vec<String> = problems.iter().map(|p| format!("{}: {}", p.field, p.message)).collect();
        Failure::fatal("invalid_mapping", format!("the field mappings cannot be used: {}", named.join("; ")))
    })
}

/// Runs read lately. An edit of their integration makes them be read again.
#[derive(Default)]
pub(crate) struct RunCache(Mutex<HashMap<i64, Arc<Run>>>);

const KEPT: Duration = Duration::from_secs(30);

impl RunCache {
    pub(crate) fn get(&self, sync_id: i64) -> Option<Arc<Run>> {
        let runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.get(&sync_id).filter(|run| run.loaded.elapsed() < KEPT).cloned()
    }

    /// A run however long ago it was read.
    pub(crate) fn peek(&self, sync_id: i64) -> Option<Arc<Run>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&sync_id).cloned()
    }

    /// Forgets a run whose integration was edited since.
    pub(crate) fn forget_older(&self, sync_id: i64, integration_version: i32) {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if runs.get(&sync_id).is_some_and(|run| run.integration_version < integration_version) {
            runs.remove(&sync_id);
        }
    }

    /// Drops a run, so that it is read anew.
    pub(crate) fn forget(&self, sync_id: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&sync_id);
    }

    /// Keeps a run that was just read, or returns the one that somebody else was quicker to read.
    pub(crate) fn keep(&self, run: Run) -> Arc<Run> {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.retain(|_, run| run.loaded.elapsed() < KEPT);
        runs.entry(run.sync_id).or_insert_with(|| Arc::new(run)).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frozen::tests::settings;

    #[test]
    fn an_integrations_region_and_time_zone_reach_its_mappings() {
        let settings = settings();
        let rules = serde_json::json!({"date_format": "datetime"});
        let seen = FieldMapping {
            transformation_rules: rules,
            ..FieldMapping::new("registration_date", "since", domain::FieldType::Date)
        };
        let phone = FieldMapping {
            transformation_rules: serde_json::json!({"format": "international"}),
            ..FieldMapping::new("phone", "phone", domain::FieldType::String)
        };

        let plan = compile(EntityType::Customers, &[seen, phone], &context(&settings)).unwrap();
        let local = serde_json::json!({"phone": "9123 4567", "registration_date": "2026-01-01T00:00:00Z"});
        let pushed = plan.push(local.as_object().unwrap(), &mapping::References::default()).fields;
        assert_eq!(pushed["phone"], "+6591234567");
        assert_eq!(pushed["since"], "2026-01-01 08:00:00");
    }
}
