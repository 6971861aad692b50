//! What one incoming record asks for, given the row that it belongs to. Pure.

use super::update::update;
use super::version::Versions;
use super::{Here, Incoming, Outcome, Target, status};
use crate::form::Form;
use crate::push::{validation_message, warning};
use mapping::{Completeness, Mapped, REFERENCE};
use serde_json::{Map, Value};
use storage::logs;

/// What is to be done with a record.
#[derive(Debug)]
pub(super) enum Decision {
    /// Nothing is written.
    Settled(Outcome),
    /// A new row.
    Create { fields: Map<String, Value>, versions: Versions },
    /// Columns of a row change.
    Update {
        local_id: i64,
        fields: Map<String, Value>,
        restore: bool,
        versions: Versions,
        standing: Standing,
        outcome: Outcome,
    },
    /// The row stays as it is, its link does not.
    Link { local_id: i64, versions: Versions, agreed: Option<Form> },
    /// The row is deleted softly.
    Delete { local_id: i64, versions: Versions, deleted_here: bool },
}

/// Whether a row, once written, says what Geniacs says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    InStep,
    /// No more and no less than before.
    AsBefore,
    /// It does not, and is to be pushed.
    Differs,
}

impl Decision {
    pub(super) fn fail(local_id: Option<i64>, error_type: &'static str, message: impl Into<String>) -> Self {
        Self::Settled(Outcome::Failed { local_id, error_type, message: message.into() })
    }
}

pub(super) fn decide(
    target: &Target<'_>,
    record: &Incoming,
    here: Option<&Here>,
    warnings: &mut Vec<logs::Entry>,
) -> Decision {
    match here {
        None => create(target, record, warnings),
        Some(here) if record.deleted => delete(record, here),
        Some(here) => update(target, record, here, warnings),
    }
}

fn create(target: &Target<'_>, record: &Incoming, warnings: &mut Vec<logs::Entry>) -> Decision {
    if record.deleted {
        return Decision::Settled(Outcome::UnknownRecord);
    }
    if !target.options.create_missing {
        return Decision::Settled(Outcome::Skipped);
    }
    let mut mapped = target.mapping.pull(&record.fields, &target.references);
    imply(&mut mapped, record);
    if !mapped.errors.is_empty() {
        // Some fields of a record that is not here yet are not wrong; they wait for it.
        if let Some(unresolved) = target.unresolved(None, record, &mapped.errors) {
            return Decision::Settled(unresolved);
        }
        let only_absent = mapped.errors.iter().all(|problem| problem.value.is_null() || problem.rule == REFERENCE);
        if record.completeness == Completeness::Partial && only_absent {
            return Decision::Settled(Outcome::UnknownRecord);
        }
        return Decision::fail(None, "validation_error", validation_message(&mapped.errors));
    }
    if let Some(message) = status::unknown(target.entity, &mapped.fields) {
        return Decision::fail(None, "validation_error", message);
    }
    warnings.extend(mapped.warnings.iter().map(|problem| warning(None, problem)));
    let mut versions = Versions::default();
    note(&mut versions, record, record.fields.keys());
    record.implied.keys().for_each(|column| versions.set_field(&target.version_key(column), record.version));
    Decision::Create { fields: mapped.fields, versions }
}

/// Puts what an event implies in the place of what its fields say.
fn imply(mapped: &mut Mapped, record: &Incoming) {
    for problems in [&mut mapped.errors, &mut mapped.warnings] {
        problems.retain(|problem| !record.implied.contains_key(&problem.local_field));
    }
    mapped.fields.extend(record.implied.clone());
}

fn delete(record: &Incoming, here: &Here) -> Decision {
    let row = &here.row;
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

/// Notes the version of what was taken from a record.
pub(super) fn note<'a>(versions: &mut Versions, record: &Incoming, fields: impl Iterator<Item = &'a String>) {
    match record.completeness {
        // A listing shows the whole record as it was at that moment.
        Completeness::Whole if record.version.arrival == i64::MAX => versions.set_record(record.version),
        _ => fields.for_each(|name| versions.set_field(name, record.version)),
    }
}
