//! Reading the records that a preview is about.

use super::asked::{Source, Way};
use super::plans::Plans;
use crate::error::ApiError;
use domain::EntityType;
use mapping::References;
use serde_json::{Map, Value};
use std::sync::Arc;
use storage::records::Outgoing;
use storage::records::references;
use storage::{Connection, entities, records};

/// Records on their way, with what they refer to.
pub(super) struct FoundRecords {
    /// Each with its local id, unless it was given.
    pub(super) records: Vec<(Option<i64>, Map<String, Value>)>,
    pub(super) references: References,
}

impl FoundRecords {
    pub(super) async fn read(
        connection: &mut Connection,
        integration_id: i64,
        plans: Arc<Plans>,
        source: Source,
    ) -> Result<Self, ApiError> {
        let plans = &*plans;
        let records = match source {
            Source::Given(record) => vec![(None, record)],
            Source::Records(ids) => {
                let found = read_records(connection, integration_id, plans, &ids).await?;
                // Of several, those that are not there are told by their absence; one that was asked for is missed.
                if found.is_empty() {
                    return Err(ApiError::NotFound("record"));
                }
                found
            }
            Source::Newest(number) => {
                let descriptor = entities::descriptor(plans.entity);
                let linked = (plans.way == Way::FromGeniacs).then_some(integration_id);
                let ids = records::newest(connection, descriptor, linked, number.into()).await?;
                read_records(connection, integration_id, plans, &ids).await?
            }
        };
        let references = resolve_references(connection, integration_id, plans, &records).await?;
        Ok(Self { records, references })
    }
}

/// The records with these ids, in the order of the ids. On the way here that is what Geniacs said last of each, as far as
/// its fields were mapped then.
async fn read_records(
    connection: &mut Connection,
    integration_id: i64,
    plans: &Plans,
    ids: &[i64],
) -> Result<Vec<(Option<i64>, Map<String, Value>)>, ApiError> {
    let descriptor = entities::descriptor(plans.entity);
    let columns = plans.columns();
    let found = records::read_named(connection, descriptor, columns.into_iter(), integration_id, ids).await?;

    let mut records = Vec::with_capacity(found.len());
    for Outgoing { id, fields, agreed, .. } in found {
        let text = if plans.way == Way::ToGeniacs { Some(fields) } else { agreed };
        let Some(text) = text else { continue };
        let record =
            domain::json::from_str(&text).map_err(|_| ApiError::Internal("a record of the database cannot be read"))?;
        records.push((Some(id), record));
    }
    records.sort_by_key(|(id, _)| ids.iter().position(|wanted| Some(*wanted) == *id));
    Ok(records)
}

async fn resolve_references(
    connection: &mut Connection,
    integration_id: i64,
    plans: &Plans,
    records: &[(Option<i64>, Map<String, Value>)],
) -> Result<References, ApiError> {
    let mut local: Vec<(EntityType, i64)> = Vec::new();
    let mut geniacs: Vec<(EntityType, String)> = Vec::new();
    for (_, record) in records {
        match plans.way {
            Way::ToGeniacs => local.extend(plans.local_references(record)),
            Way::FromGeniacs => geniacs.extend(plans.geniacs_references(record)),
        }
    }

    let named: Vec<(EntityType, &str)> = geniacs.iter().map(|(entity, id)| (*entity, id.as_str())).collect();
    let mut known = References::default();
    for link in references::find(connection, integration_id, &local, &named).await? {
        known.insert(link.entity, link.local_id, &link.geniacs_id);
    }
    Ok(known)
}
