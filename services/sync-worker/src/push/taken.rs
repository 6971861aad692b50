//! What became of each record of an answered request, and of those that were not sent.

use super::handover::{KeyWaiter, changes_its_key};
use super::prepare::expected;
use super::send::is_settled_by_refusal;
use super::{Confirmed, Outcome};
use crate::outgoing::Prepared;
use crate::run::Run;
use domain::Counts;
use geniacs::{PushAnswer, RecordResult};
use storage::runs::chunks::Chunk;
use storage::runs::record_errors::NewRecordError;

/// How a partner names the failure of a record of which it holds a newer version…
const NEWER_VERSION: &str = "conflict";
/// …and of one that it does not have.
const NOT_FOUND: &str = "not_found";

/// Leaves records for another attempt.
pub(super) fn leave(batch: Vec<Prepared>, unknown: bool, outcome: &mut Outcome) {
    for record in batch {
        outcome.later.push(record.record.external_id);
        if unknown || record.unconfirmed {
            outcome.unconfirmed.push(record.record.external_id);
        }
    }
}

/// Counts each record by what the answer says of it.
pub(super) fn take(run: &Run, chunk: &Chunk, batch: Vec<Prepared>, answer: PushAnswer, outcome: &mut Outcome) {
    for (record, result) in batch.into_iter().zip(answer.results) {
        let id = result.id().map(str::to_owned).or_else(|| record.record.geniacs_id.clone());
        let counted: fn(&mut Counts) -> &mut i64 = match &result {
            RecordResult::Created { .. } => |c| &mut c.created,
            RecordResult::Updated { .. } => |c| &mut c.updated,
            RecordResult::Unchanged { .. } => |c| &mut c.unchanged,
            RecordResult::Deleted { .. } => |c| &mut c.deleted,
            RecordResult::Succeeded { .. } => expected(&record),
            RecordResult::Failed { error_type, .. } if error_type == NEWER_VERSION => {
                not_taken(&record, outcome);
                outcome.newer.push(record);
                continue;
            }
            RecordResult::Failed { error_type, message, retryable: false } if changes_its_key(run, &record) => {
                not_taken(&record, outcome);
                let error = error_of(&record, error_type, message, false);
                outcome.key_waiters.push(KeyWaiter::new(record, error));
                continue;
            }
            RecordResult::Failed { error_type, message, retryable: false } => {
                not_taken(&record, outcome);
                fail(&record, error_type, message, false, outcome);
                continue;
            }
            // Partners have many names for it: one that fails again is asked for under whatever name.
            RecordResult::Failed { error_type, .. }
                if record.linked && (error_type == NOT_FOUND || chunk.attempt > 0) =>
            {
                not_taken(&record, outcome);
                outcome.maybe_absent.push(record);
                continue;
            }
            RecordResult::Failed { .. } => {
                not_taken(&record, outcome);
                leave(vec![record], false, outcome);
                continue;
            }
            RecordResult::Unknown => {
                leave(vec![record], true, outcome);
                continue;
            }
        };

        *counted(&mut outcome.counts) += 1;
        outcome.confirmed.push(Confirmed {
            local_id: record.record.external_id,
            former_id: record.record.geniacs_id.filter(|sent| id.as_ref().is_some_and(|id| id != sent)),
            geniacs_id: id,
            deleted: record.form.is_none(),
            kept: record.kept,
            agreed: record.agreed,
            held: record.held,
            changed: record.changed,
            synced_at: record.synced_at,
            newly_linked: !record.linked,
            read_at: (record.read_at, record.record.version),
            counted,
        });
    }
}

fn not_taken(record: &Prepared, outcome: &mut Outcome) {
    outcome.not_taken.extend(is_settled_by_refusal(record).then_some(record.record.external_id));
}

/// Counts a record as failed, with its reason.
pub(super) fn fail(record: &Prepared, error_type: &str, message: &str, retryable: bool, outcome: &mut Outcome) {
    outcome.counts.failed += 1;
    outcome.errors.push(error_of(record, error_type, message, retryable));
}

pub(super) fn error_of(record: &Prepared, error_type: &str, message: &str, retryable: bool) -> NewRecordError {
    NewRecordError {
        record_id: Some(record.record.external_id),
        geniacs_id: record.record.geniacs_id.clone(),
        error_type: error_type.chars().take(64).collect(),
        field: None,
        message: message.chars().take(1_000).collect(),
        retryable,
    }
}
