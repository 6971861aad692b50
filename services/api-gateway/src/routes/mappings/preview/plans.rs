//! The mappings that are tried, beside those that are saved.

use super::asked::Way;
use super::{active_mappings, rule_context};
use crate::error::ApiError;
use domain::EntityType;
use mapping::{Context, FieldMapping, Mapped, Plan, References};
use serde_json::{Map, Value};
use storage::Connection;
use storage::partners::integrations;
use storage::runs::syncs::RunSettings;

/// What a preview needs of its integration.
pub(super) struct KnownMappings {
    tried: Vec<FieldMapping>,
    /// Those that runs use now.
    saved: Vec<FieldMapping>,
    context: Context,
}

/// Both sets of mappings, compiled.
pub(super) struct Plans {
    pub(super) entity: EntityType,
    pub(super) way: Way,
    pub(super) mappings: Vec<FieldMapping>,
    pub(super) tried: Plan,
    /// None where they do not go together any more: then a run would fail.
    saved: Option<Plan>,
}

impl KnownMappings {
    pub(super) async fn read(
        connection: &mut Connection,
        integration_id: i64,
        entity: EntityType,
        tried: Option<Vec<FieldMapping>>,
        defaults: RunSettings,
    ) -> Result<Self, ApiError> {
        let integration =
            integrations::find(connection, integration_id).await?.ok_or(ApiError::NotFound("integration"))?;
        let context = rule_context(&integration.run_settings(entity, defaults, None));
        let saved = active_mappings(connection, integration_id, entity).await?;
        Ok(Self { tried: tried.unwrap_or_else(|| saved.clone()), saved, context })
    }

    /// Takes a processor's time.
    pub(super) fn compile(self, entity: EntityType, way: Way) -> Result<Plans, ApiError> {
        let tried = Plan::compile(entity, &self.tried, &self.context).map_err(ApiError::Invalid)?;
        let saved = Plan::compile(entity, &self.saved, &self.context).ok();
        Ok(Plans { entity, way, mappings: self.tried, tried, saved })
    }
}

impl Plans {
    /// The columns that either of them reads or writes.
    pub(super) fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = self.plans().flat_map(Plan::local_fields).collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// What a record becomes by the mappings that are tried.
    pub(super) fn tried(&self, record: &Map<String, Value>, references: &References) -> Mapped {
        self.way.apply(&self.tried, record, references)
    }

    /// What it becomes by those that are saved; none where they fail as a whole.
    pub(super) fn saved(&self, record: &Map<String, Value>, references: &References) -> Option<Mapped> {
        self.saved.as_ref().map(|plan| self.way.apply(plan, record, references))
    }

    /// The local records that a record names.
    pub(super) fn local_references(&self, record: &Map<String, Value>) -> Vec<(EntityType, i64)> {
        self.plans().flat_map(|plan| plan.local_references(record)).collect()
    }

    /// Geniacs' records that a record names.
    pub(super) fn geniacs_references(&self, record: &Map<String, Value>) -> Vec<(EntityType, String)> {
        let named = self.plans().flat_map(|plan| plan.geniacs_references(record));
        named.map(|(entity, id)| (entity, id.into_owned())).collect()
    }

    fn plans(&self) -> impl Iterator<Item = &Plan> {
        [Some(&self.tried), self.saved.as_ref()].into_iter().flatten()
    }
}

impl Way {
    fn apply(self, plan: &Plan, record: &Map<String, Value>, references: &References) -> Mapped {
        match self {
            Self::ToGeniacs => plan.push(record, references),
            Self::FromGeniacs => plan.pull(record, references),
        }
    }
}
