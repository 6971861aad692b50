//! Sending prepared records, and telling what became of each.

use super::prepare::{Prepared, expected};
use super::{Confirmed, Outcome};
use crate::failure::Failure;
use crate::run::Run;
use crate::work::Lease;
use domain::Counts;
use geniacs::{Client, PartnerError, PushAnswer, PushBody, PushRecord, RecordResult, RejectedField};
use std::collections::{HashMap, VecDeque};
use storage::chunks::Chunk;
use storage::record_errors::NewRecordError;

/// How a partner names the failure of a record of which it holds a newer version.
const NEWER_VERSION: &str = "conflict";

/// Asks Geniacs for the ids of records that an earlier request may have created.
pub(super) async fn look_up_unconfirmed(
    run: &Run,
    client: &Client,
    lease: &Lease,
    outgoing: &mut [Prepared],
) -> Result<(), Failure> {
    let unknown: Vec<i64> = outgoing
        .iter()
        .filter(|r| r.unconfirmed && r.record.geniacs_id.is_none())
        .map(|r| r.record.external_id)
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    // It may take a walk through all that a partner has.
    let found = tokio::select! {
        found = client.find(run.entity, &unknown) => found?,
        failure = lease.cut_off() => return Err(failure),
    };
    let found: HashMap<String, String> = found
        .into_iter()
        .filter(|record| !record.deleted)
        .filter_map(|record| Some((record.external_id?, record.geniacs_id)))
        .collect();
    for prepared in outgoing.iter_mut().filter(|r| r.record.geniacs_id.is_none()) {
        prepared.record.geniacs_id = found.get(&prepared.record.external_id.to_string()).cloned();
    }
    Ok(())
}

/// Leaves out deletions of records that Geniacs, once asked, turns out never to have had.
pub(super) fn without_never_there(outgoing: Vec<Prepared>, outcome: &mut Outcome) -> Vec<Prepared> {
    let never_there = |r: &Prepared| r.form.is_none() && r.record.geniacs_id.is_none();
    let (gone, rest): (Vec<_>, Vec<_>) = outgoing.into_iter().partition(never_there);
    outcome.counts.unchanged += i64::try_from(gone.len()).unwrap_or(i64::MAX);
    outcome.confirmed.extend(gone.iter().map(|record| Confirmed {
        local_id: record.record.external_id,
        geniacs_id: None,
        form: None,
        agreed: None,
        deleted: true,
        counted: |c| &mut c.unchanged,
    }));
    rest
}

/// Sends records in as few requests as the partner takes. What it calls too large or wrong without saying which is
/// halved at once until the bad records stand alone. Returns what stopped the sending, with the rest in
/// [`Outcome::later`].
pub(super) async fn send(
    run: &Run,
    client: &Client,
    chunk: &Chunk,
    lease: &Lease,
    outgoing: Vec<Prepared>,
    outcome: &mut Outcome,
) -> Option<Failure> {
    let mut batches = batches(outgoing, run.frozen.settings.batch_size);
    while let Some(batch) = batches.pop_front() {
        if batch.is_empty() {
            continue;
        }
        let error = match post(run, client, chunk, lease, &batch).await {
            Ok(answer) => {
                take(batch, answer, outcome);
                continue;
            }
            Err(error) => error,
        };
        match refused(&error, &batch) {
            Some(Refusal::Records(named)) => batches.push_front(drop_named(batch, &named, &error, outcome)),
            Some(Refusal::Whole) if batch.len() > 1 => {
                let (first, second) = halves(batch);
                batches.push_front(second);
                batches.push_front(first);
            }
            Some(Refusal::Whole) => fail_all(batch, &error, outcome),
            None => {
                let unknown = outcome_unknown(&error);
                leave(batch, unknown, outcome);
                for rest in batches {
                    leave(rest, false, outcome);
                }
                return Some(error);
            }
        }
    }
    None
}

/// What goes into one request each.
fn batches(mut outgoing: Vec<Prepared>, size: u32) -> VecDeque<Vec<Prepared>> {
    let size = usize::try_from(size.max(1)).unwrap_or(usize::MAX);
    let mut batches = VecDeque::new();
    while outgoing.len() > size {
        let rest = outgoing.split_off(size);
        batches.push_back(std::mem::replace(&mut outgoing, rest));
    }
    batches.push_back(outgoing);
    batches
}

async fn post(
    run: &Run,
    client: &Client,
    chunk: &Chunk,
    lease: &Lease,
    batch: &[Prepared],
) -> Result<PushAnswer, Failure> {
    let records: Vec<PushRecord> = batch.iter().map(|r| r.record.clone()).collect();
    let options = serde_json::to_value(&run.frozen.options).unwrap_or_default();
    let body = PushBody::new(run.entity, &records, &options, run.sync_id)
        .map_err(|e| Failure::fatal("request_unwritable", e.to_string()))?;
    lease.fresh().await?;
    tokio::select! {
        answer = client.push(&body, chunk.id, client.timeout()) => Ok(answer?),
        failure = lease.cut_off() => Err(failure),
    }
}

fn outcome_unknown(error: &Failure) -> bool {
    match error {
        Failure::Partner(error) => error.outcome_unknown(),
        Failure::LeaseLost | Failure::Stopping => true,
        _ => false,
    }
}

/// What a partner has against a batch.
enum Refusal {
    /// These records, by their place.
    Records(HashMap<usize, String>),
    /// Something in it.
    Whole,
}

fn refused(error: &Failure, batch: &[Prepared]) -> Option<Refusal> {
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

fn halves(mut batch: Vec<Prepared>) -> (Vec<Prepared>, Vec<Prepared>) {
    let second = batch.split_off(batch.len() / 2);
    (batch, second)
}

fn drop_named(
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

fn fail_all(batch: Vec<Prepared>, error: &Failure, outcome: &mut Outcome) {
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

pub(super) fn leave(batch: Vec<Prepared>, unknown: bool, outcome: &mut Outcome) {
    for record in batch {
        outcome.later.push(record.record.external_id);
        if unknown || record.unconfirmed {
            outcome.unconfirmed.push(record.record.external_id);
        }
    }
}

fn take(batch: Vec<Prepared>, answer: PushAnswer, outcome: &mut Outcome) {
    for (record, result) in batch.into_iter().zip(answer.results) {
        let id = result.id().map(str::to_owned).or_else(|| record.record.geniacs_id.clone());
        let counted: fn(&mut Counts) -> &mut i64 = match &result {
            RecordResult::Created { .. } => |c| &mut c.created,
            RecordResult::Updated { .. } => |c| &mut c.updated,
            RecordResult::Unchanged { .. } => |c| &mut c.unchanged,
            RecordResult::Deleted { .. } => |c| &mut c.deleted,
            RecordResult::Succeeded { .. } => expected(&record),
            RecordResult::Failed { error_type, .. } if error_type == NEWER_VERSION => {
                outcome.newer.push(record);
                continue;
            }
            RecordResult::Failed { error_type, message, retryable: false } => {
                fail(&record, error_type, message, false, outcome);
                continue;
            }
            RecordResult::Failed { .. } => {
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
            geniacs_id: id,
            deleted: record.form.is_none(),
            form: record.form,
            agreed: record.agreed,
            counted,
        });
    }
}

fn fail(record: &Prepared, error_type: &str, message: &str, retryable: bool, outcome: &mut Outcome) {
    outcome.counts.failed += 1;
    outcome.errors.push(error_of(record, error_type, message, retryable));
}

fn error_of(record: &Prepared, error_type: &str, message: &str, retryable: bool) -> NewRecordError {
    NewRecordError {
        record_id: Some(record.record.external_id),
        geniacs_id: record.record.geniacs_id.clone(),
        error_type: error_type.chars().take(64).collect(),
        message: message.chars().take(1_000).collect(),
        retryable,
    }
}
