//! What one incoming record asks for, given the row that it belongs to. Pure.

use super::version::Versions;
use super::{Incoming, Outcome, Target};
use crate::push::{content_hash, validation_message, warning};
use mapping::Completeness;
use serde_json::{Map, Value};
use storage::logs;
use storage::records::Locked;

/// What is to be done with a record.
#[derive(Debug)]
pub(super) enum Decision {
    /// Nothing is written.
    Settled(Outcome),
    /// A new row.
    Create { fields: Map<String, Value>, versions: Versions },
    /// Columns of a row change.
    Update { local_id: i64, fields: Map<String, Value>, restore: bool, versions: Versions, in_step: bool },
    /// The row stays as it is, its link does not.
    Link { local_id: i64, versions: Versions, content_hash: Option<[u8; 32]> },
    /// The row is deleted softly.
    Delete { local_id: i64, versions: Versions, deleted_here: bool },
}

impl Decision {
    pub(super) fn fail(local_id: Option<i64>, error_type: &'static str, message: impl Into<String>) -> Self {
        Self::Settled(Outcome::Failed { local_id, error_type, message: message.into() })
    }
}

pub(super) fn decide(
    target: &Target<'_>,
    record: &Incoming,
    row: Option<&Locked>,
    warnings: &mut Vec<logs::Entry>,
) -> Decision {
    match row {
        None => create(target, record, warnings),
        Some(row) if record.deleted => delete(record, row),
        Some(row) => update(target, record, row, warnings),
    }
}

fn create(target: &Target<'_>, record: &Incoming, warnings: &mut Vec<logs::Entry>) -> Decision {
    if record.deleted {
        return Decision::Settled(Outcome::UnknownRecord);
    }
    if !target.options.create_missing {
        return Decision::Settled(Outcome::Skipped);
    }
    let mapped = target.mapping.pull(&record.fields);
    if !mapped.errors.is_empty() {
        // Some fields of a record that is not here yet are not wrong; they wait for it.
        let only_absent = mapped.errors.iter().all(|problem| problem.value.is_null());
        if record.completeness == Completeness::Partial && only_absent {
            return Decision::Settled(Outcome::UnknownRecord);
        }
        return Decision::fail(None, "validation_error", validation_message(&mapped.errors));
    }
    warnings.extend(mapped.warnings.iter().map(|problem| warning(None, problem)));
    let mut versions = Versions::default();
    note(&mut versions, record, record.fields.keys());
    Decision::Create { fields: mapped.fields, versions }
}

fn delete(record: &Incoming, row: &Locked) -> Decision {
    let versions = Versions::of(row.record_version, &row.field_versions);
    // A delete wins a tie.
    if record.version.micros < versions.newest().micros {
        return Decision::Settled(Outcome::Superseded);
    }
    if row.deleted_version.is_some_and(|deleted| deleted >= record.version.micros) {
        return Decision::Settled(Outcome::Unchanged);
    }
    Decision::Delete { local_id: row.id, versions, deleted_here: row.deleted }
}

fn update(target: &Target<'_>, record: &Incoming, row: &Locked, warnings: &mut Vec<logs::Entry>) -> Decision {
    if row.deleted_version.is_some_and(|deleted| deleted >= record.version.micros) {
        return Decision::Settled(Outcome::Superseded);
    }
    let restore = row.deleted && row.deleted_version.is_some();
    if !target.options.update_existing || (row.deleted && !restore) {
        return Decision::Settled(Outcome::Skipped);
    }
    let mut versions = Versions::of(row.record_version, &row.field_versions);
    let fresh: Map<String, Value> = record
        .fields
        .iter()
        .filter(|(name, _)| versions.admits(name, record.version))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if fresh.is_empty() && !record.fields.is_empty() {
        return Decision::Settled(Outcome::Superseded);
    }
    let all_fresh = fresh.len() == record.fields.len();
    let completeness = if all_fresh { record.completeness } else { Completeness::Partial };
    let Ok(local) = serde_json::from_str::<Map<String, Value>>(&row.fields) else {
        return Decision::fail(Some(row.id), "record_unreadable", "the record here cannot be read");
    };
    let patch = target.mapping.patch(&local, &fresh, completeness);
    if !patch.errors.is_empty() {
        return Decision::fail(Some(row.id), "validation_error", validation_message(&patch.errors));
    }
    warnings.extend(patch.warnings.iter().map(|problem| warning(Some(row.id), problem)));
    let before = Versions::of(row.record_version, &row.field_versions);
    note(&mut versions, record, fresh.keys());
    // The link's hash may speak of the whole row only where nothing waits to be pushed.
    let whole = completeness == Completeness::Whole && patch.warnings.is_empty();
    let hash_here = || content_hash(&target.mapping.push(&local).fields, &mut Vec::new());
    if !patch.fields.is_empty() || restore {
        let in_step = whole || row.content_hash.as_deref() == Some(hash_here().as_slice());
        return Decision::Update { local_id: row.id, fields: patch.fields, restore, versions, in_step };
    }
    if row.geniacs_id.is_some() && versions.same_as(&before) && (!whole || row.content_hash.is_some()) {
        return Decision::Settled(Outcome::Unchanged);
    }
    Decision::Link { local_id: row.id, versions, content_hash: whole.then(hash_here) }
}

/// Notes the version of what was taken from a record.
fn note<'a>(versions: &mut Versions, record: &Incoming, fields: impl Iterator<Item = &'a String>) {
    match record.completeness {
        // A listing shows the whole record as it was at that moment.
        Completeness::Whole if record.version.arrival == i64::MAX => versions.set_record(record.version),
        _ => fields.for_each(|name| versions.set_field(name, record.version)),
    }
}
