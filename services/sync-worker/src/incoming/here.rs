//! The local rows of incoming records: found, locked, and read beside their links.

use super::Target;
use crate::failure::Failure;
use crate::references;
use domain::conflict::{ConflictState, Resolution};
use domain::integration::ConflictPolicy;
use reconcile::{FieldConflict, Here, Incoming, Ruling, Unresolved, Versions};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::HashMap;
use storage::Connection;
use storage::records::{self, Candidate, Locked};
use storage::records::{links, rekeyed};

/// Finds the rows of records.
pub(super) async fn find(
    connection: &mut Connection,
    target: &Target<'_>,
    records: &[&Incoming],
) -> Result<Vec<Option<i64>>, Failure> {
    let key_column =
        target.descriptor.natural_key.filter(|key| target.mapping.local_fields().any(|field| field == *key));

    let keys: Vec<Option<String>> = records
        .iter()
        .map(|record| {
            let key_column = key_column?;
            let mapped = target.mapping.pull(&record.fields, &target.references).fields;
            mapped.get(key_column)?.as_str().map(str::to_owned)
        })
        .collect();

    let candidates: Vec<Candidate<'_>> = records
        .iter()
        .zip(&keys)
        .map(|(record, key)| Candidate {
            geniacs_id: &record.geniacs_id,
            external_id: record.external_id,
            natural_key: key.as_deref(),
        })
        .collect();

    Ok(records::match_incoming(connection, target.descriptor, target.integration_id, &candidates).await?)
}

/// Rows that are locked.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) readable: HashMap<i64, Here>,
    /// Why the others cannot be read: a number without end, JSON without a bottom.
    pub(super) unreadable: HashMap<i64, String>,
}

/// Locks the rows that were found, and finds what they refer to.
pub(super) async fn lock(
    connection: &mut Connection,
    target: &mut Target<'_>,
    ids: &[Option<i64>],
) -> Result<Rows, Failure> {
    let ids: Vec<i64> = ids.iter().copied().flatten().collect();
    if ids.is_empty() {
        return Ok(Rows::default());
    }

    let (integration_id, mapping) = (target.integration_id, target.mapping);
    // Links are locked before records everywhere, so that no two transactions wait for each other.
    links::lock(connection, integration_id, target.entity, &ids).await?;
    let locked = records::lock(connection, target.descriptor, target.columns(), integration_id, &ids).await?;

    let mut rows = Rows::default();
    for row in locked {
        match domain::json::from_str(&row.fields) {
            Ok(local) => rows.readable.insert(row.id, here(row, local)?).map(drop),
            Err(error) => rows.unreadable.insert(row.id, format!("the record cannot be read: {error}")).map(drop),
        };
    }

    let local = rows.readable.values().map(|here| &here.local);
    references::find(connection, integration_id, mapping, local, std::iter::empty(), &mut target.references).await?;
    Ok(rows)
}

/// Lets records be made anew whose rows were deleted for good, where Geniacs has taken that deletion and brought the record
/// back since. Without a time of Geniacs' own nobody can tell that, and where the local side wins, the deletion stands.
pub(super) async fn let_revived_be_new(
    connection: &mut Connection,
    target: &Target<'_>,
    records: &[&Incoming],
    rows: &Rows,
    ids: &mut [Option<i64>],
) -> Result<(), Failure> {
    let is_gone = |id: i64| !rows.readable.contains_key(&id) && !rows.unreadable.contains_key(&id);
    let is_told = |record: &Incoming| record.asked_at.is_none_or(|asked_at| record.version.micros < asked_at);
    let gone: Vec<(i64, i64)> = ids
        .iter()
        .zip(records)
        .filter_map(|(id, record)| Some((id.filter(|id| is_gone(*id))?, record)))
        .filter(|(_, record)| !record.deleted && is_told(record))
        .map(|(id, record)| (id, record.version.micros))
        .collect();
    if gone.is_empty() || target.refused || target.policy == ConflictPolicy::Local || !target.options.create_missing {
        return Ok(());
    }

    let revived = rekeyed::revived(connection, target.integration_id, target.entity, &gone).await?;
    if target.effect.writes() {
        rekeyed::forget(connection, target.descriptor, target.integration_id, &revived).await?;
    }
    for id in ids.iter_mut().filter(|id| id.is_some_and(|id| revived.contains(&id))) {
        *id = None;
    }
    Ok(())
}

fn here(row: Locked, local: Map<String, Value>) -> Result<Here, Failure> {
    Ok(Here {
        id: row.id,
        deleted: row.deleted,
        local,
        linked: row.geniacs_id.is_some(),
        agreed: row.agreed,
        held: row.held,
        sending: row.sending,
        in_step: row.in_step,
        synced_at: row.synced_at,
        passed_over: row.passed_over,
        versions: Versions::of(row.record_version, row.field_versions),
        deleted_version: row.deleted_version,
        changed_at: row.changed_at,
        written_last: row.written_last,
        conflict: row.conflict.map(unresolved).transpose()?,
    })
}

/// The columns of a row.
pub(crate) fn read_row(id: i64, json: &str) -> Result<Map<String, Value>, Failure> {
    domain::json::from_str(json)
        .map_err(|e| Failure::Unreadable(format!("record {id} cannot be read: {}", without_text(&e))))
}

/// Why stored JSON cannot be read, without what it says.
fn without_text(error: &domain::json::Unreadable) -> String {
    match error {
        domain::json::Unreadable::Json(error) => kind_of(error),
        other => other.to_string(),
    }
}

/// What is wrong with stored JSON, without the value.
fn kind_of(error: &serde_json::Error) -> String {
    format!("{:?} error at line {}, column {}", error.classify(), error.line(), error.column())
}

/// A conflict as it is stored.
#[derive(Deserialize)]
struct Stored {
    fields: Vec<FieldConflict>,
    state: ConflictState,
    resolution: Option<Resolution>,
    decision: Option<Decided>,
}

#[derive(Default, Deserialize)]
struct Decided {
    #[serde(default)]
    fields: Map<String, Value>,
}

fn unresolved(conflict: Value) -> Result<Unresolved, Failure> {
    let stored: Stored = serde_json::from_value(conflict)
        .map_err(|e| Failure::Unreadable(format!("the record's conflict cannot be read: {}", kind_of(&e))))?;
    let resolution = stored.resolution.filter(|_| stored.state == ConflictState::Decided);
    let fields = stored.decision.unwrap_or_default().fields;
    Ok(Unresolved { fields: stored.fields, ruling: resolution.map(|resolution| Ruling { resolution, fields }) })
}
