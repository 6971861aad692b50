//! Storing what became of a chunk's records: links, failures, counts, the chunk's end and what is left of it, in one
//! transaction.

use super::{Confirmed, Outcome, refused};
use crate::failure::Failure;
use crate::limits::PutOff;
use crate::plan;
use crate::preview;
use crate::run::Run;
use crate::trail::Trail;
use crate::work::backoff;
use crate::worker::Worker;
use domain::history::Action;
use domain::{Counts, SyncDirection};
use geniacs::PartnerError;
use std::collections::HashSet;
use storage::chunks::{self, Chunk, NamedRecords};
use storage::record_errors::{self, NewRecordError};
use storage::{
    AsyncConnection, Connection, history, links, logs, outbox, plan_items, records, syncs, unanswered, waiting,
    webhooks,
};

/// Stores the outcome, and passes on what has to happen to the chunk or its sync because of what stopped it.
pub(super) async fn settle(
    worker: &Worker,
    run: &Run,
    chunk: &Chunk,
    trail: &Trail,
    mut outcome: Outcome,
    stopped: Option<Failure>,
) -> Result<(), Failure> {
    let nothing_done = outcome.confirmed.is_empty()
        && outcome.errors.is_empty()
        && outcome.held.is_empty()
        && outcome.counts.unchanged == 0;
    match &stopped {
        // What was sent was noted before it was.
        Some(Failure::LeaseLost) => return Err(Failure::LeaseLost),
        // The same records under the same chunk: the same bytes, and so the same idempotency key.
        Some(Failure::Partner(error))
            if nothing_done && error.is_retryable() && has_attempts_left(worker, run, chunk, error) =>
        {
            return stopped.map_or(Ok(()), Err);
        }
        Some(Failure::Stopping) if nothing_done => return Err(Failure::Stopping),
        _ => {}
    }
    let later = Later::of(worker, run, chunk, stopped.as_ref(), !outcome.confirmed.is_empty());
    if later.is_none() {
        give_up(&mut outcome, stopped.as_ref());
    }
    let entries = trail.take();
    outcome.warnings.extend(entries.iter().cloned());
    let stored = store(worker, run, chunk, &mut outcome, later.as_ref()).await;
    if stored.is_err() {
        trail.put_back(entries);
    }
    stored?;
    if outcome.reopened > 0 {
        worker.wake_for_events().await;
    }
    match stopped {
        Some(Failure::Partner(error)) if error.is_fatal_for_sync() => {
            plan::fail(worker, chunk, error.error_type(), &error.to_string()).await
        }
        Some(Failure::Fatal { error_type, message }) => plan::fail(worker, chunk, error_type, &message).await,
        _ => Ok(()),
    }
}

fn has_attempts_left(worker: &Worker, run: &Run, chunk: &Chunk, error: &PartnerError) -> bool {
    worker.limits.put_off(run.integration_id, error).is_some()
        || u32::try_from(chunk.attempt + 1).is_ok_and(|next| next < run.frozen.settings.max_attempts)
}

/// When and how what is left is tried again within this run.
struct Later {
    attempt: i32,
    when: PutOff,
}

impl Later {
    fn of(worker: &Worker, run: &Run, chunk: &Chunk, stopped: Option<&Failure>, has_progress: bool) -> Option<Self> {
        match stopped {
            Some(Failure::Partner(error)) if !error.is_retryable() => None,
            Some(Failure::Fatal { .. }) => None,
            Some(Failure::Stopping) => Some(Self { attempt: chunk.attempt, when: PutOff::at_once(0.0) }),
            // The requests before it went through, so that it was this one's first attempt.
            Some(Failure::Partner(error)) if has_progress => {
                let when = worker.limits.put_off(run.integration_id, error);
                let when = when.unwrap_or_else(|| PutOff::at_once(backoff(worker, chunk.attempt)));
                Some(Self { attempt: chunk.attempt, when })
            }
            Some(Failure::Partner(error)) if !has_attempts_left(worker, run, chunk, error) => None,
            // Records that failed by themselves have the same number of attempts as whole chunks.
            None if u32::try_from(chunk.attempt + 1).is_ok_and(|next| next >= run.frozen.settings.max_attempts) => None,
            Some(Failure::Partner(error)) if let Some(when) = worker.limits.put_off(run.integration_id, error) => {
                Some(Self { attempt: chunk.attempt, when })
            }
            _ => Some(Self { attempt: chunk.attempt + 1, when: PutOff::at_once(backoff(worker, chunk.attempt)) }),
        }
    }
}

/// What is left counts as failed; the whole run may be tried again later.
fn give_up(outcome: &mut Outcome, stopped: Option<&Failure>) {
    let (error_type, message) = match stopped {
        Some(Failure::Partner(error)) => (error.error_type(), error.to_string()),
        Some(other) => ("not_sent", other.to_string()),
        None => ("not_confirmed", "Geniacs did not take the record".to_owned()),
    };
    for record_id in std::mem::take(&mut outcome.later) {
        outcome.counts.failed += 1;
        outcome.errors.push(NewRecordError {
            record_id: Some(record_id),
            geniacs_id: None,
            error_type: error_type.to_owned(),
            message: message.clone(),
            retryable: true,
        });
    }
}

async fn store(
    worker: &Worker,
    run: &Run,
    chunk: &Chunk,
    outcome: &mut Outcome,
    later: Option<&Later>,
) -> Result<(), Failure> {
    if run.frozen.options.dry_run {
        preview::add_failures(outcome);
        outcome.items = preview::worth_keeping(run, std::mem::take(&mut outcome.items));
    }
    // What waits for another attempt is counted there.
    outcome.counts.read -= i64::try_from(outcome.later.len()).unwrap_or(i64::MAX);
    let mut connection = worker.connection().await?;
    connection
        .transaction(async |connection| {
            if let Some(record) = &outcome.mapped {
                syncs::note_mapped(connection, run.sync_id, record).await?;
            }
            refused::merge(connection, run, outcome).await?;
            let linked = link(connection, run, outcome).await?;
            let (counts, errors) = without_stolen_ids(outcome, &linked);
            if !chunks::count(connection, chunk, &counts, true).await? {
                return Err(Failure::LeaseLost);
            }
            record_errors::add(connection, run.sync_id, chunk.id, &errors).await?;
            plan_items::add(connection, run.sync_id, chunk.id, &outcome.items).await?;
            if !run.frozen.options.dry_run && !run.descriptor.append_only {
                let entries = told(run, outcome, &linked, &errors);
                history::add(connection, &crate::history::origin(run, SyncDirection::ToGeniacs), &entries).await?;
            }
            if !run.frozen.options.dry_run {
                waiting::add(connection, run.integration_id, &outcome.waits).await?;
            }
            if !run.descriptor.append_only && !run.frozen.options.dry_run {
                unanswered::take_back(connection, run.integration_id, run.entity, &outcome.not_taken).await?;
                unanswered::stop_waiting(connection, run.integration_id, run.entity, &outcome.unanswerable).await?;
                records::leave_tombstones(connection, run.descriptor, &outcome.unconfirmed).await?;
            }
            if let Some(later) = later.filter(|_| !outcome.later.is_empty()) {
                put_off(connection, run, outcome, later).await?;
            }
            logs::add(connection, run.integration_id, Some(run.sync_id), &outcome.warnings).await?;
            Ok(())
        })
        .await
}

async fn link(connection: &mut Connection, run: &Run, outcome: &mut Outcome) -> Result<HashSet<i64>, Failure> {
    if outcome.confirmed.is_empty() || run.descriptor.append_only {
        return Ok(outcome.confirmed.iter().map(|record| record.local_id).collect());
    }
    let confirmed: Vec<links::Confirmed<'_>> = outcome
        .confirmed
        .iter()
        .map(|r| links::Confirmed {
            local_id: r.local_id,
            geniacs_id: r.geniacs_id.as_deref(),
            content_hash: r.kept.as_ref().map(|kept| kept.hash.as_slice()),
            agreed: r.kept.as_ref().map(|kept| kept.agreed.as_str()),
            held: r.kept.as_ref().and_then(|kept| kept.held.as_deref()),
            sent_at: r.read_at.0,
            changed_xid: r.read_at.1,
            deleted: r.deleted,
        })
        .collect();
    let links_new = outcome.confirmed.iter().any(|r| r.newly_linked && r.geniacs_id.is_some());
    if links_new {
        // An event that has just found no record of this id has ended by then, and is opened again.
        links::lock_incoming(connection, run.integration_id, run.entity).await?;
    }
    let linked: HashSet<i64> =
        links::confirm(connection, run.integration_id, run.entity, &confirmed).await?.into_iter().collect();
    let pairs: Vec<(i64, &str)> = outcome
        .confirmed
        .iter()
        .filter(|r| linked.contains(&r.local_id))
        .filter_map(|r| Some((r.local_id, r.geniacs_id.as_deref()?)))
        .collect();
    waiting::target_linked(connection, run.integration_id, run.entity, &pairs).await?;
    let (ids, geniacs_ids): (Vec<i64>, Vec<&str>) = pairs.into_iter().unzip();
    records::store_geniacs_ids(connection, run.descriptor, &ids, &geniacs_ids).await?;
    if links_new {
        outcome.reopened = webhooks::reopen_for(connection, run.integration_id, run.entity, &geniacs_ids).await?;
    }
    let upserted: Vec<i64> = outcome.confirmed.iter().filter(|r| !r.deleted).map(|r| r.local_id).collect();
    records::leave_tombstones(connection, run.descriptor, &upserted).await?;
    Ok(linked)
}

/// A record whose Geniacs id belongs to another one already is a failure, not a success.
fn without_stolen_ids(outcome: &Outcome, linked: &HashSet<i64>) -> (domain::Counts, Vec<NewRecordError>) {
    let mut counts = outcome.counts;
    let mut errors = outcome.errors.clone();
    for Confirmed { local_id, geniacs_id, counted, .. } in
        outcome.confirmed.iter().filter(|r| !linked.contains(&r.local_id))
    {
        *counted(&mut counts) -= 1;
        counts.failed += 1;
        errors.push(NewRecordError {
            record_id: Some(*local_id),
            geniacs_id: geniacs_id.clone(),
            error_type: "duplicate_geniacs_id".to_owned(),
            message: "Geniacs answered with the id of a record that is linked to another one here".to_owned(),
            retryable: false,
        });
    }
    (counts, errors)
}

/// What happened to the records that are done with, and not left as they were.
fn told(run: &Run, outcome: &Outcome, linked: &HashSet<i64>, errors: &[NewRecordError]) -> Vec<history::Entry> {
    let taken = outcome.confirmed.iter().filter(|record| linked.contains(&record.local_id)).filter_map(|record| {
        let action = action(record)?;
        let (before, after) = (record.agreed.as_deref(), record.kept.as_ref().map(|kept| kept.agreed.as_str()));
        let changes = (action == Action::Updated).then(|| crate::history::differences(run, before, after)).flatten();
        Some(history::Entry {
            local_id: Some(record.local_id),
            geniacs_id: record.geniacs_id.clone(),
            action,
            changes,
            reason: None,
            webhook_event_id: None,
        })
    });
    taken.chain(errors.iter().map(crate::history::failure)).collect()
}

fn action(record: &Confirmed) -> Option<Action> {
    let mut counts = Counts::default();
    *(record.counted)(&mut counts) = 1;
    match counts {
        Counts { created: 1, .. } => Some(Action::Created),
        Counts { updated: 1, .. } => Some(Action::Updated),
        Counts { deleted: 1, .. } => Some(Action::Deleted),
        _ => None,
    }
}

async fn put_off(connection: &mut Connection, run: &Run, outcome: &Outcome, later: &Later) -> Result<(), Failure> {
    // Whatever was in the request that failed is read back, for an id that it may have made. Its link says so, and where
    // there are no links, the chunk.
    let unconfirmed = run.descriptor.append_only && !outcome.unconfirmed.is_empty();
    let (record_ids, delay_seconds) = (outcome.later.as_slice(), later.when.delay_seconds);
    let named = NamedRecords { record_ids, attempt: later.attempt, delay_seconds, unconfirmed };
    chunks::add_named(connection, run.sync_id, &named).await?;
    Ok(outbox::add_later_work_permit(connection, later.when.wake_seconds).await?)
}
