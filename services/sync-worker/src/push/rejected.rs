//! What a partner has against records that were sent to it.

use super::Outcome;
use super::handover::{KeyWaiter, changes_its_key};
use super::send::Sending;
use super::taken::error_of;
use crate::failure::Failure;
use crate::outgoing::Prepared;
use crate::run::Run;
use geniacs::{PartnerError, RejectedField};
use std::collections::HashMap;
use storage::runs::record_errors::NewRecordError;

/// What a partner has against a batch.
pub(super) enum Refusal {
    /// These records, by their place.
    Records(HashMap<usize, Named>),
    /// Something in it.
    Whole,
}

/// What a partner has against one record.
#[derive(Default)]
pub(super) struct Named {
    /// The first field that it names, by the name that Geniacs has for it.
    field: Option<String>,
    message: String,
}

pub(super) fn refused(error: &Failure, batch: &[Prepared]) -> Option<Refusal> {
    let Failure::Partner(error) = error else { return None };
    let details: &[RejectedField] = match error {
        PartnerError::TooLarge => &[],
        PartnerError::Rejected { details, .. } | PartnerError::NewerVersion { details, .. } => details,
        _ => return None,
    };

    let mut named: HashMap<usize, Named> = HashMap::new();
    for detail in details {
        if detail.index >= batch.len() {
            continue;
        }

        let Named { field: first, message: text } = named.entry(detail.index).or_default();
        if !text.is_empty() {
            text.push_str("; ");
        }
        if let Some(field) = &detail.field {
            first.get_or_insert_with(|| field.clone());
            text.push_str(field);
            text.push_str(": ");
        }
        text.push_str(&detail.message);
    }

    Some(if named.is_empty() { Refusal::Whole } else { Refusal::Records(named) })
}

pub(super) fn drop_named(
    sending: &Sending<'_>,
    batch: Vec<Prepared>,
    named: &HashMap<usize, Named>,
    error: &Failure,
    outcome: &mut Outcome,
) -> Vec<Prepared> {
    let mut rest = Vec::with_capacity(batch.len());

    for (index, record) in batch.into_iter().enumerate() {
        match named.get(&index) {
            Some(Named { field, message }) => {
                let field = field.as_deref().map(|field| local_name(sending.run, field));
                refuse(sending, record, error, field, message, outcome);
            }
            None => rest.push(record),
        }
    }

    rest
}

/// The local name of a field that Geniacs names; the same name where no mapping has it.
fn local_name(run: &Run, field: &str) -> String {
    let mut pairs = run.mapping.local_fields().zip(run.mapping.geniacs_fields());
    let mapped = pairs.find(|(_, geniacs)| *geniacs == field);
    mapped.map_or(field, |(local, _)| local).chars().take(255).collect()
}

pub(super) fn fail_all(sending: &Sending<'_>, batch: Vec<Prepared>, error: &Failure, outcome: &mut Outcome) {
    let Failure::Partner(partner) = error else { return };
    for record in batch {
        let message = match partner {
            PartnerError::Rejected { message, .. } if !message.is_empty() => message.clone(),
            other => other.to_string(),
        };
        refuse(sending, record, error, None, &message, outcome);
    }
}

/// What a partner refuses is a failure; what it holds a newer version of is read back.
fn refuse(
    sending: &Sending<'_>,
    record: Prepared,
    error: &Failure,
    field: Option<String>,
    message: &str,
    outcome: &mut Outcome,
) {
    match error {
        Failure::Partner(PartnerError::NewerVersion { .. }) => outcome.newer.push(record),
        Failure::Partner(partner) => {
            let error = NewRecordError { field, ..error_of(&record, partner.error_type(), message, false) };
            if changes_its_key(sending.run, &record) {
                outcome.key_waiters.push(KeyWaiter::new(record, error));
                return;
            }
            outcome.counts.failed += 1;
            outcome.errors.push(error);
        }
        _ => {}
    }
}
