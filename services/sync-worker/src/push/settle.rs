//! Storing what became of a chunk's records: links, failures, counts, the chunk's end and what is left of it, in one
//! transaction.

use super::{Confirmed, Outcome, link, refused};
use crate::failure::{Failure, Follows, Step, Work, backoff, follows};
use crate::lease::Lease;
use crate::limits::PutOff;
use crate::plan;
use crate::preview;
use crate::run::Run;
use crate::trail::Trail;
use crate::worker::Worker;
use domain::history::Action;
use domain::run_mode::Effect;
use domain::{Counts, SyncDirection};
use std::collections::HashSet;
use std::time::Duration;
use storage::records::{history, unanswered, waiting};
use storage::runs::chunks::{self, Chunk, NamedRecords};
use storage::runs::record_errors::{self, NewRecordError};
use storage::runs::{logs, plan_items, syncs};
use storage::{AsyncConnection, Connection, outbox, records};

/// Waits between attempts to store what a partner answered.
const STORE_AGAIN: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
];

/// Stores the outcome, and passes on what has to happen to the chunk or its sync because of what stopped it.
pub(super) async fn settle(
    worker: &Worker,
    run: &Run,
    chunk: &Chunk,
    (lease, trail): (&Lease, &Trail),
    mut outcome: Outcome,
    stopped: Option<Failure>,
) -> Result<(), Failure> {
    let nothing_done = outcome.confirmed.is_empty()
        && outcome.errors.is_empty()
        && outcome.held.is_empty()
        && outcome.counts.unchanged == 0;

    let later = Later::of(worker, run, chunk, stopped.as_ref(), !outcome.confirmed.is_empty());
    match &stopped {
        // What was sent was noted before it was.
        Some(Failure::LeaseLost) => return Err(Failure::LeaseLost),
        // The same records under the same chunk: the same bytes, and so the same idempotency key.
        Some(Failure::Partner(_)) if nothing_done && later.is_some() => return stopped.map_or(Ok(()), Err),
        Some(Failure::Stopping | Failure::Database(_) | Failure::Pool(_)) if nothing_done => {
            return stopped.map_or(Ok(()), Err);
        }
        _ => {}
    }

    if later.is_none() {
        give_up(&mut outcome, stopped.as_ref());
    }

    let entries = trail.take();
    outcome.warnings.extend(entries.iter().cloned());
    let stored = store(worker, run, chunk, lease, &mut outcome, later.as_ref()).await;
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

/// When and how what is left is tried again within this run.
struct Later {
    attempt: i32,
    when: PutOff,
}

impl Later {
    /// None where what is left fails.
    fn of(worker: &Worker, run: &Run, chunk: &Chunk, stopped: Option<&Failure>, has_progress: bool) -> Option<Self> {
        let is_last = u32::try_from(chunk.attempt + 1).is_ok_and(|next| next >= run.frozen.settings.max_attempts);
        let backoff = PutOff::at_once(backoff(&worker.settings.retry, chunk.attempt));
        let Some(failure) = stopped else {
            // Records that failed by themselves have the same number of attempts as whole chunks.
            return (!is_last).then_some(Self { attempt: chunk.attempt + 1, when: backoff });
        };

        let (held_back, counts) = match failure {
            Failure::Partner(error) => {
                let held_back = worker.limits.put_off(run.integration_id, error);
                // Where the requests before it went through, it was this one's first attempt.
                (held_back, held_back.is_none() && !has_progress)
            }
            _ => (None, true),
        };

        let next = follows(failure, Work { step: Step::Send, several: false, is_last: is_last && counts });
        let when = held_back.unwrap_or(backoff);
        match next {
            Follows::GiveBack => Some(Self { attempt: chunk.attempt, when: PutOff::at_once(0.0) }),
            Follows::PutOff => Some(Self { attempt: chunk.attempt, when }),
            Follows::Retry => Some(Self { attempt: chunk.attempt + i32::from(counts), when }),
            Follows::Leave | Follows::Split | Follows::FailRecord | Follows::SetAside | Follows::StopRun => None,
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
            field: None,
            message: message.clone(),
            retryable: true,
        });
    }
}

/// Stores the outcome. Trouble of the database that passes by itself is waited out here, as long as the lease lasts: given
/// back, the chunk's records would be sent once more.
async fn store(
    worker: &Worker,
    run: &Run,
    chunk: &Chunk,
    lease: &Lease,
    outcome: &mut Outcome,
    later: Option<&Later>,
) -> Result<(), Failure> {
    match run.frozen.effect {
        Effect::Apply => {}
        Effect::Preview | Effect::Check => {
            outcome.items.extend(preview::failures(&outcome.errors));
            outcome.items = preview::worth_keeping(run, std::mem::take(&mut outcome.items));
        }
    }
    // What waits for another attempt is counted there.
    outcome.counts.read -= i64::try_from(outcome.later.len()).unwrap_or(i64::MAX);

    let mut waits = STORE_AGAIN.into_iter();
    loop {
        let before = (outcome.counts, outcome.errors.len(), outcome.warnings.len());
        let Err(failure) = store_once(worker, run, chunk, outcome, later).await else { return Ok(()) };
        // What a merge added was taken back with the transaction.
        outcome.counts = before.0;
        outcome.errors.truncate(before.1);
        outcome.warnings.truncate(before.2);

        let work = Work { step: Step::Store, several: false, is_last: false };
        let Some(wait) = waits.next().filter(|_| follows(&failure, work) == Follows::PutOff) else {
            return Err(failure);
        };
        tracing::warn!(%failure, "what the partner answered is not stored yet; it is tried again");
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = lease.cut_off() => return Err(failure),
        }
    }
}

async fn store_once(
    worker: &Worker,
    run: &Run,
    chunk: &Chunk,
    outcome: &mut Outcome,
    later: Option<&Later>,
) -> Result<(), Failure> {
    let mut connection = worker.connection().await?;
    connection
        .transaction(async |connection| {
            if let Some(record) = &outcome.mapped {
                syncs::note_mapped(connection, run.sync_id, record).await?;
            }

            refused::merge(connection, run, outcome).await?;
            let linked = link::link(connection, run, outcome).await?;
            let (counts, errors) = link::failures(outcome, &linked);

            if !chunks::count(connection, chunk, &counts, true).await? {
                return Err(Failure::LeaseLost);
            }
            record_errors::add(connection, run.sync_id, chunk.id, &errors).await?;

            match run.frozen.effect {
                Effect::Apply => {
                    waiting::add(connection, run.integration_id, &outcome.waits).await?;
                    // Measurements have no links.
                    if !run.descriptor.append_only {
                        let entries = told(run, outcome, &linked.linked, &errors);
                        note_links(connection, run, outcome, &entries).await?;
                    }
                }
                Effect::Preview | Effect::Check => {
                    plan_items::add(connection, run.sync_id, chunk.id, &outcome.items).await?;
                }
            }

            if let Some(later) = later.filter(|_| !outcome.later.is_empty()) {
                put_off(connection, run, chunk, outcome, later).await?;
            }

            logs::add(connection, run.integration_id, Some(run.sync_id), &outcome.warnings).await?;
            Ok(())
        })
        .await
}

/// Notes what happened to records that have links, and what is known now of requests without an answer.
async fn note_links(
    connection: &mut Connection,
    run: &Run,
    outcome: &Outcome,
    entries: &[history::Entry],
) -> Result<(), Failure> {
    let (integration_id, entity) = (run.integration_id, run.entity);
    history::add(connection, &crate::history::origin(run, SyncDirection::ToGeniacs), entries).await?;
    unanswered::take_back(connection, integration_id, entity, &outcome.not_taken).await?;
    unanswered::stop_waiting(connection, integration_id, entity, &outcome.unanswerable).await?;
    Ok(records::leave_tombstones(connection, run.descriptor, &outcome.unconfirmed).await?)
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

async fn put_off(
    connection: &mut Connection,
    run: &Run,
    chunk: &Chunk,
    outcome: &Outcome,
    later: &Later,
) -> Result<(), Failure> {
    // Whatever was in the request that failed is read back, for an id that it may have made. Its link says so, and where
    // there are no links, the chunk.
    let unconfirmed = run.descriptor.append_only && !outcome.unconfirmed.is_empty();
    let (record_ids, delay_seconds) = (outcome.later.as_slice(), later.when.delay_seconds);

    let named = NamedRecords {
        record_ids,
        attempt: later.attempt,
        delay_seconds,
        unconfirmed,
        left_of: Some(chunk.id),
        ..NamedRecords::default()
    };

    chunks::add_named(connection, run.sync_id, &named).await?;
    Ok(outbox::add_later_work_permit(connection, later.when.wake_seconds).await?)
}
