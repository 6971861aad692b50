//! The decision about one record.

use crate::fresh::note;
use crate::{Decision, Here, Incoming, Learned, Notice, Rules, Versions, delete, status, update};
use mapping::{Completeness, FieldProblem, InvalidRecord, Mapped, REFERENCE};

/// Decides what a record of Geniacs and the local one that it belongs to come to.
pub fn decide(rules: &Rules<'_>, record: &Incoming, here: Option<&Here>, notices: &mut Vec<Notice>) -> Decision {
    if let Some(invalid) = rules.unknown_fields(record) {
        return Decision::Invalid(invalid);
    }
    match here {
        None => create(rules, record, notices),
        Some(here) if record.deleted => delete::delete(rules, record, here),
        Some(here) => update::update(rules, record, here, notices),
    }
}

fn create(rules: &Rules<'_>, record: &Incoming, notices: &mut Vec<Notice>) -> Decision {
    // News of a change may be about a record that is known here by another id: a listing shows which.
    let is_change = record.asked_at.is_none() && record.implied.is_empty() && !record.version.is_creation();
    if record.deleted || is_change {
        return Decision::UnknownRecord;
    }
    if !rules.create_missing {
        return Decision::Skipped;
    }

    let mut mapped = rules.mapping.pull(&record.fields, rules.references);
    imply(&mut mapped, record);
    if !mapped.errors.is_empty() {
        // Some fields of a record that is not here yet are not wrong; they wait for it.
        let only_absent = mapped.errors.iter().all(|problem| problem.value.is_null() || problem.rule == REFERENCE);
        let incomplete = record.completeness == Completeness::Partial && only_absent;
        return match wrong(mapped.errors) {
            Decision::Invalid(_) if incomplete => Decision::UnknownRecord,
            decision => decision,
        };
    }

    if let Some(invalid) = status::unknown(rules.entity, &mapped.fields) {
        return Decision::Invalid(invalid);
    }
    notices.extend(mapped.warnings.into_iter().map(|problem| Notice::Field { local_id: None, problem }));

    let mut versions = Versions::default();
    note(&mut versions, record, record.fields.keys());
    record.implied.keys().for_each(|column| versions.set_field(&rules.version_key(column), record.version));

    // What a new row gets from its columns' defaults is no edit of the local side either.
    let mut accepted = update::told(rules, record, &record.fields);
    let untold = |name: &&str| accepted.iter().all(|(told, _)| told != name);
    let others: Vec<_> = rules.mapping.geniacs_fields().filter(untold).map(|name| (name.to_owned(), None)).collect();
    accepted.extend(others);
    let learned = Learned { accepted, ..Learned::default() };

    Decision::Create { fields: mapped.fields, versions, learned }
}

/// Puts what an event implies in the place of what its fields say.
fn imply(mapped: &mut Mapped, record: &Incoming) {
    for problems in [&mut mapped.errors, &mut mapped.warnings] {
        problems.retain(|problem| !record.implied.contains_key(&problem.local_field));
    }
    mapped.fields.extend(record.implied.clone());
}

/// What becomes of a record with these errors.
pub(crate) fn wrong(errors: Vec<FieldProblem>) -> Decision {
    if errors.iter().all(|problem| problem.rule == REFERENCE) {
        return Decision::Unresolved(errors);
    }
    Decision::Invalid(InvalidRecord::of(&errors))
}
