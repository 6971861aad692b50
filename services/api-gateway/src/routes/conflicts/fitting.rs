//! Whether a decision fits conflicts: their fields, and the mappings and links as they are now.

use super::WHAT;
use super::choice::Decision;
use crate::error::ApiError;
use crate::routes::mappings;
use crate::state::State;
use domain::EntityType;
use mapping::{Plan, References};
use reconcile::FieldConflict;
use serde_json::{Map, Value};
use storage::Connection;
use storage::partners::integrations;
use storage::records::conflicts::ConflictRow;

/// What decisions about conflicts of one integration and entity are checked against.
pub(crate) struct FittingCheck {
    plan: Plan,
    references: References,
}

impl FittingCheck {
    /// Reads what is needed for a decision about these conflicts, which are of one integration and entity.
    pub(crate) async fn read(
        connection: &mut Connection,
        state: &State,
        (integration_id, entity): (i64, EntityType),
        decision: &Decision,
        rows: &[ConflictRow],
    ) -> Result<Self, ApiError> {
        let integration = integrations::find(connection, integration_id).await?;
        let integration = integration.ok_or(ApiError::NotFound(WHAT))?;
        // As a run has them now, since a run carries the decision out.
        let settings = integration.run_settings(entity, state.run_defaults(), None);
        let mapped = mappings::active_mappings(connection, integration_id, entity).await?;
        let plan = mappings::compile_mappings(entity, mapped, mappings::rule_context(&settings)).await?;

        let mut values: Map<String, Value> = Map::new();
        for row in rows {
            values.extend(decision.values(&conflict_fields(row)?));
        }

        // Chosen values may name records of Geniacs: checking them takes the links of those.
        let ids: Vec<_> = plan.geniacs_references(&values).collect();
        let named: Vec<(EntityType, &str)> = ids.iter().map(|(entity, id)| (*entity, id.as_ref())).collect();
        let mut references = References::default();
        for link in storage::records::references::find(connection, integration_id, &[], &named).await? {
            references.insert(link.entity, link.local_id, &link.geniacs_id);
        }
        Ok(Self { plan, references })
    }

    /// Whether a decision fits one of them.
    pub(crate) fn check(&self, decision: &Decision, row: &ConflictRow) -> Result<(), ApiError> {
        decision.check(&conflict_fields(row)?, &self.plan, &self.references)
    }
}

fn conflict_fields(row: &ConflictRow) -> Result<Vec<FieldConflict>, ApiError> {
    serde_json::from_value(row.fields.clone()).map_err(|_| ApiError::Internal("a conflict's fields cannot be read"))
}
