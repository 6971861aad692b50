//! Which integration and entities are compared, and through which mappings.

use crate::provider::sides::Side;
use anyhow::{anyhow, bail};
use domain::EntityType;
use mapping::{Context, FieldMapping, Plan};
use std::slice;
use storage::Connection;
use storage::entities::{Descriptor, descriptor};
use storage::partners::integrations::{self, Filter, Integration};
use storage::partners::mappings;
use tokio_postgres::Client;

/// An integration's entity with the mappings that are active for it.
pub(in crate::commands) struct CheckTarget {
    pub(in crate::commands) integration_id: i64,
    pub(in crate::commands) plan: Plan,
    descriptor: &'static Descriptor,
}

impl CheckTarget {
    /// The targets of an integration, in the order of dependence: one entity, or all that have mappings.
    pub(in crate::commands) async fn find(
        connection: &mut Connection,
        integration: Option<i64>,
        entity: Option<EntityType>,
    ) -> anyhow::Result<Vec<Self>> {
        let integration = match integration {
            Some(id) => integrations::find(connection, id).await?.ok_or_else(|| unknown_integration(id))?,
            None => only_one(connection).await?,
        };

        let mut targets = Vec::new();
        for entity in entity.as_ref().map_or(EntityType::IN_ORDER.as_slice(), slice::from_ref) {
            let rows = mappings::active_for(connection, integration.id, *entity).await?;
            if !rows.is_empty() {
                targets.push(Self::new(&integration, *entity, rows)?);
            }
        }

        if targets.is_empty() {
            let what = entity.map_or(String::new(), |entity| format!(" of {entity}"));
            bail!("integration {} has no active mapping{what}, so nothing can be compared; add one", integration.id);
        }

        Ok(targets)
    }

    fn new(integration: &Integration, entity: EntityType, rows: Vec<mappings::Mapping>) -> anyhow::Result<Self> {
        let rows: Vec<FieldMapping> = rows.into_iter().map(FieldMapping::from).collect();
        let plan = Plan::compile(entity, &rows, &mapping_context(integration)).map_err(|problems| {
            let named: Vec<String> = problems.iter().map(|p| format!("{}: {}", p.field, p.message)).collect();
            anyhow!("the mappings of {entity} cannot be used ({}); correct them", named.join("; "))
        })?;
        Ok(Self { integration_id: integration.id, plan, descriptor: descriptor(entity) })
    }

    pub(in crate::commands) fn entity(&self) -> EntityType {
        self.descriptor.entity
    }

    /// Where its rows are read.
    pub(in crate::commands) fn side<'a>(&self, client: &'a Client) -> Side<'a> {
        Side { client, integration_id: self.integration_id, descriptor: self.descriptor }
    }

    #[cfg(test)]
    pub(super) fn of_defaults(entity: EntityType) -> Self {
        let plan = Plan::compile(entity, &mapping::default_mappings(entity), &Context::default()).unwrap();
        Self { integration_id: 1, plan, descriptor: descriptor(entity) }
    }
}

fn mapping_context(integration: &Integration) -> Context {
    let settings = integration.settings();
    Context {
        default_region: settings.default_region.and_then(|region| region.parse().ok()).unwrap_or_default(),
        default_time_zone: settings.default_time_zone.and_then(|zone| zone.parse().ok()),
    }
}

fn unknown_integration(id: i64) -> anyhow::Error {
    anyhow!("there is no integration {id}; GET /api/geniacs/integrations lists those that exist")
}

async fn only_one(connection: &mut Connection) -> anyhow::Result<Integration> {
    let mut found = integrations::page(connection, Filter { is_active: Some(true), ..Filter::default() }, 0, 2).await?;
    match (found.pop(), found.pop()) {
        (Some(integration), None) => Ok(integration),
        (None, _) => bail!("there is no active integration to compare; make one first"),
        _ => bail!("there are several active integrations; name one with --integration"),
    }
}
