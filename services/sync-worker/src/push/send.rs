//! Sending prepared records, and telling what became of each.

use super::isolate::{self, Isolation, Next};
use super::prepare::{Prepared, expected, natural_key};
use super::{Confirmed, Outcome, again};
use crate::failure::Failure;
use crate::guard;
use crate::run::Run;
use crate::trail::Trail;
use crate::unanswered::{self, UNKNOWN_OUTCOME};
use crate::work::Lease;
use crate::worker::Worker;
use domain::Counts;
use geniacs::{
    Client, PartnerError, PushAnswer, PushBody, PushRecord, RecordResult, RejectedField, Sought, Whereabouts,
};
use std::collections::{HashMap, HashSet, VecDeque};
use storage::chunks::{Affected, Chunk};
use storage::record_errors::NewRecordError;
use storage::unanswered::Sent;

/// How a partner names the failure of a record of which it holds a newer version.
const NEWER_VERSION: &str = "conflict";

/// Asks Geniacs for the ids of records that an earlier request may have created. Returns those that are left: one of which
/// nobody can tell whether Geniacs holds it is not sent, since that could create it once more.
pub(super) async fn look_up_unconfirmed(
    worker: &Worker,
    run: &Run,
    client: &Client,
    lease: &Lease,
    outgoing: &mut Vec<Prepared>,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let sought: Vec<Sought> = outgoing
        .iter()
        .filter(|r| r.unconfirmed && r.record.geniacs_id.is_none())
        .map(|r| Sought {
            external_id: r.record.external_id,
            natural_key: r.sent_key.clone().or_else(|| natural_key(run, &r.record).map(str::to_owned)),
        })
        .collect();
    if sought.is_empty() {
        return Ok(());
    }

    let mut found = unanswered::look_up(worker, run, client, lease, &sought).await?;
    let linked = unanswered::store_found(worker, run, &found).await?;
    for mut prepared in std::mem::take(outgoing) {
        match found.remove(&prepared.record.external_id) {
            Some(Whereabouts::There(id) | Whereabouts::SameKey(id)) => {
                prepared.linked = linked.contains(&prepared.record.external_id);
                prepared.record.geniacs_id = Some(id);
            }
            // Measurements have no link that could say which of the chunk's records were sent.
            Some(Whereabouts::Unknown) if prepared.noted || run.descriptor.append_only => {
                let message = "an earlier request may have created the record, and Geniacs shows neither external_id nor \
                               a natural key by which that could be told";
                fail(&prepared, UNKNOWN_OUTCOME, message, false, outcome);
                outcome.unanswerable.push(prepared.record.external_id);
                continue;
            }
            Some(Whereabouts::NotThere | Whereabouts::Unknown) | None => {}
        }
        outgoing.push(prepared);
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
        kept: None,
        agreed: None,
        newly_linked: false,
        read_at: (record.read_at, record.record.version),
        deleted: true,
        counted: |c| &mut c.unchanged,
    }));
    rest
}

/// What the requests of a chunk go by.
pub(super) struct Sending<'a> {
    pub(super) worker: &'a Worker,
    pub(super) run: &'a Run,
    pub(super) client: &'a Client,
    pub(super) chunk: &'a Chunk,
    pub(super) lease: &'a Lease,
    pub(super) trail: &'a Trail,
}

/// Sends records in as few requests as the partner takes. What it calls too large or wrong without saying which is
/// halved at once until the bad records stand alone; so is, later, what it fails at while other requests go through.
/// Returns what stopped the sending, with the rest in [`Outcome::later`].
pub(super) async fn send(sending: &Sending<'_>, outgoing: Vec<Prepared>, outcome: &mut Outcome) -> Option<Failure> {
    let Sending { worker, run, chunk, trail, .. } = *sending;
    let mut isolation = Isolation::of(run, chunk);
    let (mut affected, mut counted) = (Affected::default(), HashSet::new());
    let mut line = batches(outgoing, run.frozen.settings.batch_size);
    isolate::probe_with_one(chunk, &mut line);

    let stopped = loop {
        let Some(batch) = line.pop_front() else { break None };
        if batch.is_empty() {
            continue;
        }
        // Minutes may have passed since they were read, and each request has to say what is here now.
        let batch = match again::as_they_are(worker, run, batch, outcome).await {
            Ok(batch) if batch.is_empty() => continue,
            Ok(batch) => batch,
            Err((batch, failure)) => {
                leave(batch, false, outcome);
                break Some(failure);
            }
        };
        // A batch that is halved is counted once.
        for record in batch.iter().filter(|record| counted.insert(record.record.external_id)) {
            affected.cleared += i64::from(record.clears);
            affected.changed += i64::from(record.linked && record.form.is_some());
        }
        if let Err(failure) = check_guards(worker, run, chunk, affected).await {
            leave(batch, false, outcome);
            break Some(failure);
        }
        trail.own_failures(isolation.is_own_failure());
        let error = match post(sending, &batch).await {
            Ok(answer) => {
                isolation.succeeded();
                take(batch, answer, outcome);
                continue;
            }
            Err(error) => error,
        };

        match refused(&error, &batch) {
            Some(Refusal::Records(named)) => line.push_front(drop_named(batch, &named, &error, outcome)),
            Some(Refusal::Whole) if batch.len() > 1 => {
                let (first, second) = halves(batch);
                line.push_front(second);
                line.push_front(first);
            }
            Some(Refusal::Whole) => fail_all(batch, &error, outcome),
            None => match isolation.failed(&error, batch.len()) {
                Next::Split => match read_back(sending, batch, &error, outcome).await {
                    Ok(batch) if batch.len() > 1 => isolation.split(batch, &mut line),
                    Ok(batch) => line.push_back(batch),
                    Err(failure) => break Some(failure),
                },
                Next::Suspect => isolation.suspect(batch, error),
                Next::Stop => {
                    leave(batch, outcome_unknown(&error), outcome);
                    break Some(error);
                }
            },
        }
    };
    trail.own_failures(false);

    for rest in line {
        leave(rest, false, outcome);
    }
    let unexplained = settle_suspects(&mut isolation, outcome);
    stopped.or(unexplained)
}

/// Asks what a request that failed has done, before its records are sent again in parts. On a failure they wait.
async fn read_back(
    sending: &Sending<'_>,
    mut batch: Vec<Prepared>,
    error: &Failure,
    outcome: &mut Outcome,
) -> Result<Vec<Prepared>, Failure> {
    let Sending { worker, run, client, lease, .. } = *sending;
    if !outcome_unknown(error) {
        return Ok(batch);
    }
    for record in &mut batch {
        (record.unconfirmed, record.noted) = (true, !run.descriptor.append_only);
    }
    match look_up_unconfirmed(worker, run, client, lease, &mut batch, outcome).await {
        Ok(()) => Ok(without_never_there(batch, outcome)),
        Err(failure) => {
            leave(batch, true, outcome);
            Err(failure)
        }
    }
}

/// Records that failed alone: they fail, once they have no attempt left and the partner took others. Where it took nothing,
/// they are no reason, and what stopped them is the partner's failure, which is returned.
fn settle_suspects(isolation: &mut Isolation, outcome: &mut Outcome) -> Option<Failure> {
    let is_last = isolation.is_last();
    let (suspects, partner_works) = isolation.end();
    let mut unexplained = None;
    for (alone, failure) in suspects {
        let unknown = outcome_unknown(&failure);
        if is_last && partner_works {
            for record in alone {
                fail(&record, failure.error_type(), &failure.to_string(), false, outcome);
                outcome.unconfirmed.extend(unknown.then_some(record.record.external_id));
            }
            continue;
        }
        leave(alone, unknown, outcome);
        unexplained = Some(failure).filter(|_| !partner_works);
    }
    unexplained
}

/// Asks for the ids of records that were taken by an answer that did not tell them. What is not found stays noted, and is
/// looked for before the record is sent again and before a pull.
pub(super) async fn ask_for_new_ids(run: &Run, client: &Client, lease: &Lease, outcome: &mut Outcome) {
    if run.descriptor.append_only {
        return;
    }
    let without_id = |r: &&Confirmed| r.geniacs_id.is_none() && !r.deleted;
    let ids: Vec<i64> = outcome.confirmed.iter().filter(without_id).map(|r| r.local_id).collect();
    if ids.is_empty() {
        return;
    }
    let found = tokio::select! {
        found = client.ids_by_external_id(run.entity, &ids) => found,
        _ = lease.cut_off() => return,
    };
    match found {
        Ok(mut found) => {
            for record in outcome.confirmed.iter_mut().filter(|r| r.geniacs_id.is_none()) {
                record.geniacs_id = found.remove(&record.local_id);
            }
        }
        Err(error) => tracing::info!(%error, records = ids.len(), "the ids of new records are not known yet"),
    }
}

async fn check_guards(worker: &Worker, run: &Run, chunk: &Chunk, affected: Affected) -> Result<(), Failure> {
    if !guard::is_on(run) || (affected.cleared == 0 && affected.changed == 0) {
        return Ok(());
    }
    guard::check(&mut *worker.connection().await?, run, chunk, affected).await
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

async fn post(sending: &Sending<'_>, batch: &[Prepared]) -> Result<PushAnswer, Failure> {
    let Sending { worker, run, client, chunk, lease, .. } = *sending;
    let records: Vec<PushRecord> = batch.iter().map(|r| r.record.clone()).collect();
    let options = serde_json::to_value(&run.frozen.options).unwrap_or_default();
    let body = PushBody::new(run.entity, &records, &options, run.sync_id)
        .map_err(|e| Failure::fatal("request_unwritable", e.to_string()))?;
    note_sent(worker, run, batch).await?;
    lease.fresh().await?;
    let answer = tokio::select! {
        answer = client.push(&body, chunk.id, client.timeout()) => answer.map_err(Failure::from),
        failure = lease.cut_off() => Err(failure),
    };
    if let Err(error) = &answer
        && !outcome_unknown(error)
        && !run.descriptor.append_only
    {
        let ids: Vec<i64> = batch.iter().filter(|r| is_settled_by_refusal(r)).map(|r| r.record.external_id).collect();
        let mut connection = worker.connection().await?;
        storage::unanswered::take_back(&mut connection, run.integration_id, run.entity, &ids).await?;
    }
    answer
}

/// Notes in the database what is about to be sent, before it is: whatever happens after this, the next run knows that
/// Geniacs may hold something of these records that is not known here.
async fn note_sent(worker: &Worker, run: &Run, batch: &[Prepared]) -> Result<(), Failure> {
    if run.descriptor.append_only {
        return Ok(());
    }
    // Linked ones were noted when it was seen that they are still as they were read.
    let sent: Vec<Sent<'_>> = batch
        .iter()
        .filter(|r| !r.linked)
        .map(|r| Sent { local_id: r.record.external_id, natural_key: natural_key(run, &r.record) })
        .collect();
    if sent.is_empty() {
        return Ok(());
    }
    let mut connection = worker.connection().await?;
    Ok(storage::unanswered::note_sent(&mut connection, run.integration_id, run.entity, &sent).await?)
}

/// Whether nothing about a record is unknown any more once Geniacs has refused it. An earlier request for a record that is
/// there may still have changed it; one for a new record was looked for before this one was sent.
fn is_settled_by_refusal(record: &Prepared) -> bool {
    !record.unconfirmed || record.record.geniacs_id.is_none()
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
                not_taken(&record, outcome);
                outcome.newer.push(record);
                continue;
            }
            RecordResult::Failed { error_type, message, retryable: false } => {
                not_taken(&record, outcome);
                fail(&record, error_type, message, false, outcome);
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
            geniacs_id: id,
            deleted: record.form.is_none(),
            kept: record.kept,
            agreed: record.agreed,
            newly_linked: !record.linked,
            read_at: (record.read_at, record.record.version),
            counted,
        });
    }
}

fn not_taken(record: &Prepared, outcome: &mut Outcome) {
    outcome.not_taken.extend(is_settled_by_refusal(record).then_some(record.record.external_id));
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
