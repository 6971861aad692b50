//! Links of the records that the records at hand refer to.

use crate::failure::Failure;
use domain::EntityType;
use domain::sync::RecordKey;
use mapping::{Plan, References};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::HashSet;
use storage::Connection;
use storage::records::references;
use storage::records::waiting::Wait;

/// The error type of a record that refers to one which has no link yet. It waits, and goes by itself later.
pub(crate) const UNRESOLVED: &str = "unresolved_reference";

/// Finds what local records and records of Geniacs refer to, in one statement, and adds it to `known`.
pub(crate) async fn find<'a>(
    connection: &mut Connection,
    integration_id: i64,
    mapping: &'a Plan,
    local: impl Iterator<Item = &'a Map<String, Value>>,
    geniacs: impl Iterator<Item = &'a Map<String, Value>>,
    known: &mut References,
) -> Result<(), Failure> {
    if !mapping.has_references() {
        return Ok(());
    }

    let local: HashSet<(EntityType, i64)> = local
        .flat_map(|record| mapping.local_references(record))
        .filter(|(entity, id)| known.geniacs_id(*entity, *id).is_none())
        .collect();
    let geniacs: HashSet<(EntityType, Cow<'_, str>)> = geniacs
        .flat_map(|record| mapping.geniacs_references(record))
        .filter(|(entity, id)| known.local_id(*entity, id).is_none())
        .collect();

    let local: Vec<_> = local.into_iter().collect();
    let geniacs: Vec<_> = geniacs.iter().map(|(entity, id)| (*entity, id.as_ref())).collect();

    for link in references::find(connection, integration_id, &local, &geniacs).await? {
        known.insert(link.entity, link.local_id, &link.geniacs_id);
    }
    Ok(())
}

/// What a local record waits for.
pub(crate) fn waits_of_local(
    entity: EntityType,
    local_id: i64,
    mapping: &Plan,
    local: &Map<String, Value>,
    known: &References,
) -> Vec<Wait> {
    let missing = mapping.local_references(local).filter(|(target, id)| known.geniacs_id(*target, *id).is_none());
    missing
        .map(|(target_entity, id)| Wait {
            entity,
            record: RecordKey::Local(local_id),
            target_entity,
            target: RecordKey::Local(id),
            webhook_event_id: None,
        })
        .collect()
}

/// What a record of Geniacs waits for.
pub(crate) fn waits_of_geniacs(
    entity: EntityType,
    geniacs_id: &str,
    mapping: &Plan,
    fields: &Map<String, Value>,
    known: &References,
) -> Vec<Wait> {
    let missing = mapping.geniacs_references(fields).filter(|(target, id)| known.local_id(*target, id).is_none());
    missing
        .map(|(target_entity, id)| Wait {
            entity,
            record: RecordKey::Geniacs(geniacs_id.to_owned()),
            target_entity,
            target: RecordKey::Geniacs(id.into_owned()),
            webhook_event_id: None,
        })
        .collect()
}
