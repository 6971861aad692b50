//! Records as a run of the integration would map them now.

use super::state::RecordStanding;
use super::view::RecordView;
use crate::error::ApiError;
use crate::routes::mappings::{active_mappings, compile_mappings, rule_context};
use domain::EntityType;
use mapping::{Plan, References};
use serde_json::{Map, Value};
use storage::Connection;
use storage::entities::{self, Descriptor};
use storage::partners::integrations;
use storage::records::references;
use storage::records::{self, Inspection, Seen};
use storage::runs::syncs::RunSettings;

/// The mappings of an integration's entity, compiled.
pub(super) struct Lens {
    entity: EntityType,
    descriptor: &'static Descriptor,
    integration_id: i64,
    plan: Plan,
}

impl Lens {
    pub(super) async fn of(
        connection: &mut Connection,
        integration_id: i64,
        entity: EntityType,
        defaults: RunSettings,
    ) -> Result<Self, ApiError> {
        let found = integrations::find(connection, integration_id).await?;
        let integration = found.ok_or(ApiError::NotFound("integration"))?;
        let context = rule_context(&integration.run_settings(entity, defaults, None));
        let mappings = active_mappings(connection, integration_id, entity).await?;
        let plan = compile_mappings(entity, mappings, context).await?;
        Ok(Self { entity, descriptor: entities::descriptor(entity), integration_id, plan })
    }

    /// Rows as they are, beside their links.
    pub(super) async fn look(
        &self,
        connection: &mut Connection,
        what: &Inspection,
    ) -> Result<Vec<RecordView>, ApiError> {
        let what = Inspection { integration_id: self.integration_id, ..what.clone() };
        let rows = records::inspect(connection, self.descriptor, self.plan.local_fields(), &what).await?;
        let rows = rows.into_iter().map(|row| Ok((local_fields(&row)?, row))).collect::<Result<Vec<_>, ApiError>>()?;
        let references = self.resolve(connection, &rows).await?;
        Ok(rows.into_iter().map(|(local, row)| self.view(local, row, &references)).collect())
    }

    async fn resolve(
        &self,
        connection: &mut Connection,
        rows: &[(Map<String, Value>, Seen)],
    ) -> Result<References, ApiError> {
        let wanted: Vec<(EntityType, i64)> =
            rows.iter().flat_map(|(local, _)| self.plan.local_references(local)).collect();
        let mut known = References::default();
        for link in references::find(connection, self.integration_id, &wanted, &[]).await? {
            known.insert(link.entity, link.local_id, &link.geniacs_id);
        }
        Ok(known)
    }

    fn view(&self, local: Map<String, Value>, row: Seen, references: &References) -> RecordView {
        let pushed = self.plan.push(&local, references);
        let state = RecordStanding::of(&row, self.descriptor.append_only, &self.plan, &pushed);
        // Nothing would be sent of a record that cannot be mapped.
        let mapped = pushed.errors.is_empty().then_some(pushed.fields);
        RecordView {
            state,
            entity_type: self.entity,
            id: row.id,
            deleted: row.deleted,
            updated_at: row.updated_at,
            record: local,
            geniacs_id: row.geniacs_id,
            last_synced_at: row.last_synced_at,
            conflict_id: row.conflict_id,
            unconfirmed: row.unconfirmed,
            mapped,
            agreed: row.agreed.and_then(|text| serde_json::from_str(&text).ok()),
        }
    }
}

fn local_fields(row: &Seen) -> Result<Map<String, Value>, ApiError> {
    domain::json::from_str(&row.fields).map_err(|_| ApiError::Internal("a record of the database cannot be read"))
}
