//! What a partner has against records that were sent to it.

use super::Outcome;
use super::prepare::Prepared;
use super::taken::fail;
use crate::failure::Failure;
use geniacs::{PartnerError, RejectedField};
use std::collections::HashMap;

/// What a partner has against a batch.
pub(super) enum Refusal {
    /// These records, by their place.
    Records(HashMap<usize, String>),
    /// Something in it.
    Whole,
}

pub(super) fn refused(error: &Failure, batch: &[Prepared]) -> Option<Refusal> {
    let Failure::Partner(error) = error else { return None };
    let details: &[RejectedField] = match error {
        PartnerError::TooLarge => &[],
        PartnerError::Rejected { details, .. } | PartnerError::NewerVersion { details, .. } => details,
        _ => return None,
    };
    let mut named: HashMap<usize, String> = HashMap::new();
    for detail in details {
        if detail.index >= batch.len() {
            continue;
        }
        let text = named.entry(detail.index).or_default();
        if !text.is_empty() {
            text.push_str("; ");
        }
        if let Some(field) = &detail.field {
            text.push_str(field);
            text.push_str(": ");
        }
        text.push_str(&detail.message);
    }
    Some(if named.is_empty() { Refusal::Whole } else { Refusal::Records(named) })
}

pub(super) fn drop_named(
    batch: Vec<Prepared>,
    named: &HashMap<usize, String>,
    error: &Failure,
    outcome: &mut Outcome,
) -> Vec<Prepared> {
    let mut rest = Vec::with_capacity(batch.len());
    for (index, record) in batch.into_iter().enumerate() {
        match named.get(&index) {
            Some(message) => refuse(record, error, message, outcome),
            None => rest.push(record),
        }
    }
    rest
}

pub(super) fn fail_all(batch: Vec<Prepared>, error: &Failure, outcome: &mut Outcome) {
    let Failure::Partner(partner) = error else { return };
    for record in batch {
        let message = match partner {
            PartnerError::Rejected { message, .. } if !message.is_empty() => message.clone(),
            other => other.to_string(),
        };
        refuse(record, error, &message, outcome);
    }
}

/// What a partner refuses is a failure; what it holds a newer version of is read back.
fn refuse(record: Prepared, error: &Failure, message: &str, outcome: &mut Outcome) {
    match error {
        Failure::Partner(PartnerError::NewerVersion { .. }) => outcome.newer.push(record),
        Failure::Partner(partner) => fail(&record, partner.error_type(), message, false, outcome),
        _ => {}
    }
}
