//! Sending prepared records, batch by batch.

use super::alone;
use super::handover::{self, Handover};
use super::isolate::{self, Isolation, Next};
use super::prepare::natural_key;
use super::rejected::{Refusal, drop_named, fail_all, refused};
use super::taken::{leave, take};
use super::unconfirmed::read_back;
use super::{Outcome, again};
use crate::failure::Failure;
use crate::guard;
use crate::lease::Lease;
use crate::outgoing::Prepared;
use crate::run::Run;
use crate::trail::Trail;
use crate::worker::Worker;
use geniacs::{Client, PushAnswer, PushBody, PushRecord, Unnamed};
use std::collections::{HashSet, VecDeque};
use storage::records::unanswered::Sent;
use storage::runs::chunks::{Affected, Chunk};

/// What the requests of a chunk go by.
pub(super) struct Sending<'a> {
    pub(super) worker: &'a Worker,
    pub(super) run: &'a Run,
    pub(super) client: &'a Client,
    pub(super) chunk: &'a Chunk,
    pub(super) lease: &'a Lease,
    pub(super) trail: &'a Trail,
}

/// What is still to be sent, and what was.
struct Course {
    line: VecDeque<Vec<Prepared>>,
    isolation: Isolation,
    handover: Handover,
    affected: Affected,
    /// Local ids of the records in `affected`: a batch that is halved is counted once.
    counted: HashSet<i64>,
}

/// Sends records in as few requests as the partner takes. What it calls too large or wrong without saying which is
/// halved at once until the bad records stand alone; so is, later, what it fails at while other requests go through.
/// Returns what stopped the sending, with the rest in [`Outcome::later`].
pub(super) async fn send(sending: &Sending<'_>, outgoing: Vec<Prepared>, outcome: &mut Outcome) -> Option<Failure> {
    let Sending { run, chunk, trail, .. } = *sending;
    let mut line = batches(outgoing, run.frozen.settings.batch_size);
    isolate::probe_with_one(chunk, &mut line);
    let isolation = Isolation::of(run, chunk);
    let handover = Handover::default();
    let mut course = Course { line, isolation, handover, affected: Affected::default(), counted: HashSet::new() };

    let stopped = loop {
        let sent = match course.line.pop_front() {
            Some(batch) if batch.is_empty() => Ok(()),
            Some(batch) => send_batch(sending, batch, &mut course, outcome).await,
            None => match next_in_line(sending, &mut course, outcome).await {
                Ok(again) if again.is_empty() => break None,
                Ok(again) => {
                    course.line.extend(again);
                    Ok(())
                }
                Err(failure) => Err(failure),
            },
        };
        if let Err(failure) = sent {
            break Some(failure);
        }
    };

    trail.own_failures(false);

    for rest in course.line {
        leave(rest, false, outcome);
    }
    handover::settle(sending, stopped.is_some(), outcome).await;
    let unexplained = alone::settle(sending, &mut course.isolation, outcome).await;
    stopped.or(unexplained)
}

/// What is sent once more when everything else was: records that failed alone, then those that wait for the natural keys of
/// others.
async fn next_in_line(
    sending: &Sending<'_>,
    course: &mut Course,
    outcome: &mut Outcome,
) -> Result<Vec<Vec<Prepared>>, Failure> {
    let alone = alone::next_round(sending, &mut course.isolation, outcome).await?;
    if !alone.is_empty() {
        return Ok(alone.into_iter().map(|record| vec![record]).collect());
    }
    handover::next(sending, &mut course.handover, outcome).await
}

/// Sends a batch, or puts its parts in line. An error stops the sending; the batch's records are accounted for.
async fn send_batch(
    sending: &Sending<'_>,
    batch: Vec<Prepared>,
    course: &mut Course,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let Sending { worker, run, trail, .. } = *sending;
    // Minutes may have passed since they were read, and each request has to say what is here now.
    let batch = match again::as_they_are(worker, run, batch, outcome).await {
        Ok(batch) if batch.is_empty() => return Ok(()),
        Ok(batch) => batch,
        Err((batch, failure)) => {
            leave(batch, false, outcome);
            return Err(failure);
        }
    };

    if let Err(failure) = check_guards(sending, &batch, course).await {
        leave(batch, false, outcome);
        return Err(failure);
    }

    let Course { line, isolation, .. } = course;
    trail.own_failures(isolation.is_own_failure());
    let error = match post(sending, &batch).await {
        Ok(answer) => {
            isolation.succeeded(taken_of(run, &batch, &answer));
            return take_answer(sending, batch, answer, line, outcome).await;
        }
        Err(error) => error,
    };

    match refused(&error, &batch) {
        Some(Refusal::Records(named)) => line.push_front(drop_named(sending, batch, &named, &error, outcome)),
        Some(Refusal::Whole) if batch.len() > 1 => put_halves_in_line(batch, line),
        Some(Refusal::Whole) => fail_all(sending, batch, &error, outcome),
        None => match next(sending, isolation, &error, batch.len()).await {
            Next::Split if outcome_unknown(&error) => match read_back(sending, batch, outcome).await? {
                batch if batch.len() > 1 => isolation.split(batch, line),
                batch => line.push_back(batch),
            },
            Next::Split => isolation.split(batch, line),
            Next::Suspect => isolation.suspect(batch, error),
            Next::Stop | Next::Doubt => {
                leave(batch, outcome_unknown(&error), outcome);
                return Err(error);
            }
        },
    }
    Ok(())
}

/// Counts the records of an answered request, or puts its halves in line where the answer only counts failures.
async fn take_answer(
    sending: &Sending<'_>,
    batch: Vec<Prepared>,
    answer: PushAnswer,
    line: &mut VecDeque<Vec<Prepared>>,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let Sending { run, chunk, .. } = *sending;

    let is_divided = match answer.unnamed {
        Unnamed::None => false,
        Unnamed::Some => true,
        // The partner may be in trouble, so that few requests are made.
        Unnamed::All => isolate::is_last_attempt(run, chunk),
    };

    if is_divided {
        // What the request did is read back before any of its records is sent again.
        put_halves_in_line(read_back(sending, batch, outcome).await?, line);
    } else {
        take(run, chunk, batch, answer, outcome);
    }
    Ok(())
}

/// What to do with a batch at which the partner failed.
async fn next(sending: &Sending<'_>, isolation: &mut Isolation, error: &Failure, records: usize) -> Next {
    match isolation.failed(error, records) {
        Next::Doubt if alone::takes_others(sending, isolation).await => isolation.partner_is_up(error, records),
        Next::Doubt => isolation.partner_may_be_down(),
        next => next,
    }
}

/// One of the records that an answer says were taken, as it can be sent once more without making a second one.
fn taken_of(run: &Run, batch: &[Prepared], answer: &PushAnswer) -> Option<PushRecord> {
    if run.descriptor.append_only {
        return None;
    }

    let taken =
        batch.iter().zip(&answer.results).filter(|(record, result)| record.form.is_some() && result.is_success());

    taken.into_iter().find_map(|(record, result)| {
        let id = result.id()?;
        let is_same = record.record.geniacs_id.as_deref().is_none_or(|sent| sent == id);
        is_same.then(|| PushRecord { geniacs_id: Some(id.to_owned()), ..record.record.clone() })
    })
}

/// Stops a run that would clear or change too many records.
async fn check_guards(sending: &Sending<'_>, batch: &[Prepared], course: &mut Course) -> Result<(), Failure> {
    let Sending { worker, run, chunk, .. } = *sending;
    let Course { affected, counted, .. } = course;

    // A record that is sent again counts once.
    for record in batch.iter().filter(|record| counted.insert(record.record.external_id)) {
        affected.cleared += i64::from(record.clears);
        affected.changed += i64::from(record.linked && record.form.is_some());
    }

    if !guard::is_on(run) || (affected.cleared == 0 && affected.changed == 0) {
        return Ok(());
    }

    guard::check(&mut *worker.connection().await?, run, chunk, *affected).await
}

/// What goes into one request each.
pub(super) fn batches(mut outgoing: Vec<Prepared>, size: u32) -> VecDeque<Vec<Prepared>> {
    let size = usize::try_from(size.max(1)).unwrap_or(usize::MAX);
    let mut batches = VecDeque::new();
    while outgoing.len() > size {
        let rest = outgoing.split_off(size);
        batches.push_back(std::mem::replace(&mut outgoing, rest));
    }
    batches.push_back(outgoing);
    batches
}

fn put_halves_in_line(mut first: Vec<Prepared>, line: &mut VecDeque<Vec<Prepared>>) {
    let second = first.split_off(first.len() / 2);
    line.push_front(second);
    line.push_front(first);
}

async fn post(sending: &Sending<'_>, batch: &[Prepared]) -> Result<PushAnswer, Failure> {
    let Sending { worker, run, .. } = *sending;
    let records: Vec<PushRecord> = batch.iter().map(|r| r.record.clone()).collect();

    note_sent(worker, run, batch).await?;
    let answer = request(sending, &records).await;

    if let Err(error) = &answer
        && !outcome_unknown(error)
        && !run.descriptor.append_only
    {
        let ids: Vec<i64> = batch.iter().filter(|r| is_settled_by_refusal(r)).map(|r| r.record.external_id).collect();
        let mut connection = worker.connection().await?;
        storage::records::unanswered::take_back(&mut connection, run.integration_id, run.entity, &ids).await?;
    }

    answer
}

/// Sends records in one request. What is sent has to be noted before.
pub(super) async fn request(sending: &Sending<'_>, records: &[PushRecord]) -> Result<PushAnswer, Failure> {
    let Sending { run, client, chunk, lease, .. } = *sending;
    let options = serde_json::to_value(&run.frozen.options).unwrap_or_default();
    let body = PushBody::new(run.entity, records, &options, run.sync_id)
        .map_err(|e| Failure::fatal("request_unwritable", e.to_string()))?;

    // Without a fresh lease another worker may be sending the same chunk.
    lease.fresh().await?;
    tokio::select! {
        answer = client.push(&body, chunk.id, client.timeout()) => answer.map_err(Failure::from),
        failure = lease.cut_off() => Err(failure),
    }
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
        .map(|r| Sent {
            local_id: r.record.external_id,
            natural_key: natural_key(run, &r.record),
            fields: r.kept.as_ref().map(|kept| kept.agreed.as_str()),
        })
        .collect();

    if sent.is_empty() {
        return Ok(());
    }

    let mut connection = worker.connection().await?;
    Ok(storage::records::unanswered::note_sent(&mut connection, run.integration_id, run.entity, &sent).await?)
}

/// Whether nothing about a record is unknown any more once Geniacs has refused it. An earlier request for a record that is
/// there may still have changed it; one for a new record was looked for before this one was sent.
pub(super) fn is_settled_by_refusal(record: &Prepared) -> bool {
    !record.unconfirmed || record.record.geniacs_id.is_none()
}

pub(super) fn outcome_unknown(error: &Failure) -> bool {
    match error {
        Failure::Partner(error) => error.outcome_unknown(),
        Failure::LeaseLost | Failure::Stopping => true,
        _ => false,
    }
}
