//! Which integration and entity are compared, and through which mappings.

use anyhow::{anyhow, bail};
use domain::EntityType;
use mapping::{Context, FieldMapping, Plan};
use storage::entities::Descriptor;
use storage::integrations::{self, Filter, Integration};
use storage::{Connection, mappings};

/// An integration's entity with the mappings that are active for it.
pub(in crate::commands) struct Target {
    pub(in crate::commands) integration_id: i64,
    pub(in crate::commands) entity: EntityType,
    pub(in crate::commands) descriptor: &'static Descriptor,
    pub(in crate::commands) plan: Plan,
}

impl Target {
    pub(in crate::commands) async fn find(
        connection: &mut Connection,
        integration: Option<i64>,
        entity: EntityType,
    ) -> anyhow::Result<Self> {
        let descriptor = storage::entities::descriptor(entity);
        let integration = match integration {
            Some(id) => integrations::find(connection, id).await?.ok_or_else(|| unknown(id))?,
            None => only_one(connection).await?,
        };
        let rows = mappings::active_for(connection, integration.id, entity).await?;
        if rows.is_empty() {
            bail!(
                "integration {} has no active mapping of {entity}, so nothing can be compared; add one",
                integration.id
            );
        }
        let configuration = integration.settings();
        let context = Context {
            default_region: configuration.default_region.and_then(|region| region.parse().ok()).unwrap_or_default(),
            default_time_zone: configuration.default_time_zone.and_then(|zone| zone.parse().ok()),
        };
        let rows: Vec<FieldMapping> = rows.into_iter().map(field_mapping).collect();
        let plan = Plan::compile(entity, &rows, &context).map_err(|problems| {
            let named: Vec<String> = problems.iter().map(|p| format!("{}: {}", p.field, p.message)).collect();
            anyhow!("the mappings of {entity} cannot be used ({}); correct them", named.join("; "))
        })?;
        Ok(Self { integration_id: integration.id, entity, descriptor, plan })
    }
}

fn unknown(id: i64) -> anyhow::Error {
    anyhow!("there is no integration {id}; GET /api/geniacs/integrations lists those that exist")
}

async fn only_one(connection: &mut Connection) -> anyhow::Result<Integration> {
    let mut found = integrations::page(connection, Filter { is_active: Some(true), sync_enabled: None }, 0, 2).await?;
    match (found.pop(), found.pop()) {
        (Some(integration), None) => Ok(integration),
        (None, _) => bail!("there is no active integration to compare; make one first"),
        _ => bail!("there are several active integrations; name one with --integration"),
    }
}

fn field_mapping(row: mappings::Mapping) -> FieldMapping {
    FieldMapping {
        local_field: row.local_field,
        geniacs_field: row.geniacs_field,
        field_type: row.field_type,
        is_required: row.is_required,
        default_value: row.default_value,
        transformation_rules: row.transformation_rules.unwrap_or_default(),
        validation_rules: row.validation_rules.unwrap_or_default(),
    }
}
