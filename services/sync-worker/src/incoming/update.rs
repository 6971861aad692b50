//! What an incoming record changes in a row that is already here. Pure.

use super::decide::{Decision, Standing, note};
use super::status::{self, Held};
use super::version::Versions;
use super::{Here, Incoming, Outcome, Target};
use crate::push::{validation_message, warning};
use domain::status::Verdict;
use mapping::{Completeness, Mapped};
use serde_json::{Map, Value};
use storage::logs;

pub(super) fn update(target: &Target<'_>, record: &Incoming, here: &Here, warnings: &mut Vec<logs::Entry>) -> Decision {
    let row = &here.row;
    if row.deleted_version.is_some_and(|deleted| deleted >= record.version.micros) {
        return Decision::Settled(Outcome::Superseded);
    }
    let restore = row.deleted && row.deleted_version.is_some();
    if !target.options.update_existing || (row.deleted && !restore) {
        return Decision::Settled(Outcome::Skipped);
    }
    match change(target, record, here, restore, warnings) {
        Ok(change) => conclude(target, record, here, change),
        Err(outcome) => Decision::Settled(outcome),
    }
}

/// What a record asks of a row.
struct Change {
    fresh: Fresh,
    patch: Mapped,
    completeness: Completeness,
    restore: bool,
    /// Whether a rule spoke against the newest word, so that the row differs from what Geniacs says.
    by_rule: bool,
}

fn change(
    target: &Target<'_>,
    record: &Incoming,
    Here { row, local }: &Here,
    restore: bool,
    warnings: &mut Vec<logs::Entry>,
) -> Result<Change, Outcome> {
    let invalid = |message| Outcome::Failed { local_id: Some(row.id), error_type: "validation_error", message };
    let versions = Versions::of(row.record_version, &row.field_versions);
    let mut fresh = Fresh::of(target, record, &versions);
    let all_fresh = fresh.fields.len() == record.fields.len();
    let completeness = if all_fresh { record.completeness } else { Completeness::Partial };
    let mut patch = target.mapping.patch(local, &fresh.fields, completeness, &target.references);
    patch.fields.retain(|column, value| !value.is_null() || !target.refuses_null(column));
    if let Some(unresolved) = target.unresolved(Some(row.id), record, &patch.errors) {
        return Err(unresolved);
    }
    if !patch.errors.is_empty() {
        return Err(invalid(validation_message(&patch.errors)));
    }
    let implied = fresh.implied.iter().filter(|(column, value)| differs(local.get(*column), value));
    patch.fields.extend(implied.map(|(column, value)| (column.clone(), value.clone())));
    if let Some(message) = status::unknown(target.entity, &patch.fields) {
        return Err(invalid(message));
    }
    warnings.extend(patch.warnings.iter().map(|problem| warning(Some(row.id), problem)));
    let held = Held { id: row.id, local, version: versions.field(&target.version_key(status::COLUMN)) };
    let by_rule = !restore && keep_to_rules(target, record, &held, &mut fresh, &mut patch, warnings);
    Ok(Change { fresh, patch, completeness, restore, by_rule })
}

fn conclude(target: &Target<'_>, record: &Incoming, Here { row, local }: &Here, change: Change) -> Decision {
    let Change { fresh, patch, completeness, restore, by_rule } = change;
    let says_nothing = record.fields.is_empty() && record.implied.is_empty();
    if fresh.is_empty() && !by_rule && !says_nothing {
        return Decision::Settled(Outcome::Superseded);
    }
    let before = Versions::of(row.record_version, &row.field_versions);
    let mut versions = before.clone();
    note(&mut versions, record, fresh.fields.keys());
    fresh.implied.keys().for_each(|column| versions.set_field(&target.version_key(column), record.version));
    // The link's hash may speak of the whole row only where nothing waits to be pushed.
    let whole = completeness == Completeness::Whole && patch.warnings.is_empty() && !by_rule;
    let form_here = || target.form(local);
    let was_in_step = || form_here().is_some_and(|form| row.content_hash.as_deref() == Some(form.hash.as_slice()));
    let changes = !patch.fields.is_empty() || restore;
    if changes || by_rule {
        let standing = if by_rule {
            Standing::Differs
        } else if whole || was_in_step() {
            Standing::InStep
        } else {
            Standing::AsBefore
        };
        let outcome = match (changes, fresh.is_empty()) {
            (true, _) => Outcome::Updated,
            (false, true) => Outcome::Superseded,
            (false, false) => Outcome::Unchanged,
        };
        return Decision::Update { local_id: row.id, fields: patch.fields, restore, versions, standing, outcome };
    }
    if row.geniacs_id.is_some() && versions.same_as(&before) && (!whole || row.content_hash.is_some()) {
        return Decision::Settled(Outcome::Unchanged);
    }
    Decision::Link { local_id: row.id, versions, agreed: whole.then(form_here).flatten() }
}

/// What of a record is at least as new as what the row knows.
struct Fresh {
    /// Geniacs fields, without those that something implied takes the place of.
    fields: Map<String, Value>,
    /// Local columns.
    implied: Map<String, Value>,
}

impl Fresh {
    fn of(target: &Target<'_>, record: &Incoming, versions: &Versions) -> Self {
        let implied: Map<String, Value> = record
            .implied
            .iter()
            .map(|(column, value)| (column.clone(), value.clone()))
            .filter(|(column, _)| versions.admits(&target.version_key(column), record.version))
            .collect();
        let instead: Vec<String> = record.implied.keys().map(|column| target.version_key(column)).collect();
        let fields = record
            .fields
            .iter()
            .filter(|(name, _)| versions.admits(name, record.version) && !instead.contains(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Self { fields, implied }
    }

    fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.implied.is_empty()
    }

    fn forget(&mut self, target: &Target<'_>, column: &str) {
        self.implied.remove(column);
        self.fields.remove(&target.version_key(column));
    }
}

/// Lets the rules decide about the status: takes it out of the patch, or a late one into it. True where a rule spoke
/// against the newest word, so that the row differs from what Geniacs says.
fn keep_to_rules(
    target: &Target<'_>,
    record: &Incoming,
    held: &Held<'_>,
    fresh: &mut Fresh,
    patch: &mut Mapped,
    warnings: &mut Vec<logs::Entry>,
) -> bool {
    let newer = patch.fields.get(status::COLUMN).and_then(Value::as_str).map(str::to_owned);
    let Some(told) = newer.or_else(|| late_status(target, record, held)) else { return false };
    match status::judge(target, held, record, &told, &patch.fields) {
        Some(Verdict::Refused(rule)) => {
            patch.fields.remove(status::COLUMN);
            fresh.forget(target, status::COLUMN);
            let stands = held.local.get(status::COLUMN).and_then(Value::as_str).unwrap_or_default();
            warnings.push(status::entry(target, held.id, stands, rule));
            true
        }
        Some(Verdict::TakenLate(rule)) => {
            warnings.push(status::entry(target, held.id, &told, rule));
            patch.fields.insert(status::COLUMN.to_owned(), Value::String(told.clone()));
            fresh.implied.insert(status::COLUMN.to_owned(), Value::String(told));
            true
        }
        Some(Verdict::Taken | Verdict::Superseded) | None => false,
    }
}

/// The status that a record tells although the row knows a newer one.
fn late_status(target: &Target<'_>, record: &Incoming, held: &Held<'_>) -> Option<String> {
    if record.version >= held.version {
        return None;
    }
    if let Some(told) = record.implied.get(status::COLUMN) {
        return told.as_str().map(str::to_owned);
    }
    let field = target.version_key(status::COLUMN);
    let only = Map::from_iter([(field.clone(), record.fields.get(&field)?.clone())]);
    let told = target.mapping.pull_partial(&only, &target.references).fields.remove(status::COLUMN)?;
    told.as_str().map(str::to_owned)
}

/// Whether a column has to change so that it holds what an event implies. Moments are written in many ways.
fn differs(held: Option<&Value>, implied: &Value) -> bool {
    let moment = |value: &Value| value.as_str().and_then(|at| chrono::DateTime::parse_from_rfc3339(at).ok());
    match (held.and_then(moment), moment(implied)) {
        (Some(held), Some(implied)) => held != implied,
        _ => held != Some(implied),
    }
}
