//! Records that a request may have created: asking Geniacs where they are, before they are sent again.

use super::isolate::is_last_attempt;
use super::prepare::natural_key;
use super::send::Sending;
use super::taken::{fail, leave};
use super::{Confirmed, Outcome, again};
use crate::failure::Failure;
use crate::lease::Lease;
use crate::log_lines::other_id;
use crate::outgoing::Prepared;
use crate::run::Run;
use crate::unanswered::{self, NOBODY_KNOWS, UNKNOWN_OUTCOME};
use crate::worker::Worker;
use geniacs::{Client, Lookup, PushContent, Sought, Whereabouts};
use std::collections::{HashMap, HashSet};
use storage::Connection;
use storage::runs::chunks::Chunk;
use storage::runs::record_errors::NewRecordError;

/// Asks Geniacs for the ids of records that an earlier request may have created. Returns those that are left: one of which
/// nobody can tell whether Geniacs holds it is not sent, since that could create it once more.
pub(super) async fn look_up_unconfirmed(
    worker: &Worker,
    run: &Run,
    client: &Client,
    (chunk, lease): (&Chunk, &Lease),
    outgoing: &mut Vec<Prepared>,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let open = outgoing.iter().filter(|r| r.unconfirmed && r.record.geniacs_id.is_none());
    let mut sought: HashMap<i64, Sought> = open.map(|r| (r.record.external_id, as_it_is(run, r))).collect();
    if sought.is_empty() {
        return Ok(());
    }

    with_what_was_sent(&mut *worker.connection().await?, run, &mut sought).await?;
    let sought: Vec<Sought> = sought.into_values().collect();

    let found = unanswered::look_up(&worker.pool, run, client, (chunk, lease), &sought).await?;
    let linked = unanswered::store_found(&worker.pool, run, &found).await?;
    let there = sort_by_place(run, chunk, outgoing, found, &linked, outcome);

    // Somebody may have changed there since what was sent.
    let (there, failure) = match again::merge_with_there(worker, run, client, there, outcome).await {
        Ok(there) => (there, Ok(())),
        Err((there, failure)) => (there, Err(failure)),
    };
    outgoing.extend(there);
    failure
}

/// Leaves among the outgoing records those that can be sent, and returns those that are linked now.
fn sort_by_place(
    run: &Run,
    chunk: &Chunk,
    outgoing: &mut Vec<Prepared>,
    mut found: HashMap<i64, Whereabouts>,
    linked: &HashSet<i64>,
    outcome: &mut Outcome,
) -> Vec<Prepared> {
    let is_last = is_last_attempt(run, chunk);
    // A partner shows no local id before it has taken a record from here. Those that are made now may tell of the others.
    let may_tell_later = !is_last && found.values().any(|place| *place == Whereabouts::NotThere);

    let mut there = Vec::new();
    for mut prepared in std::mem::take(outgoing) {
        let local_id = prepared.record.external_id;
        match found.remove(&local_id) {
            Some(Whereabouts::There(id)) => {
                prepared.linked = linked.contains(&local_id);
                prepared.record.geniacs_id = Some(id);
                if prepared.linked { there.push(prepared) } else { outgoing.push(prepared) }
            }
            Some(Whereabouts::Unknown | Whereabouts::Alike(_)) if may_tell_later && prepared.noted => {
                leave(vec![prepared], true, outcome);
            }
            // Measurements have no link that could say which of the chunk's records were sent.
            Some(Whereabouts::Unknown | Whereabouts::Alike(_)) if prepared.noted || run.descriptor.append_only => {
                fail(&prepared, UNKNOWN_OUTCOME, NOBODY_KNOWS, false, outcome);
                outcome.unanswerable.push(local_id);
            }
            // The partner may have failed by chance: other attempts ask again.
            Some(Whereabouts::Failed(_)) if !is_last => leave(vec![prepared], true, outcome),
            Some(Whereabouts::Failed(error)) => {
                fail(&prepared, error.error_type(), &error.to_string(), false, outcome);
                outcome.unconfirmed.push(local_id);
            }
            Some(Whereabouts::NotThere | Whereabouts::Unknown | Whereabouts::Alike(_)) | None => {
                outgoing.push(prepared);
            }
        }
    }
    there
}

/// Gives records the form in which they were sent: their rows may have changed since.
async fn with_what_was_sent(
    connection: &mut Connection,
    run: &Run,
    sought: &mut HashMap<i64, Sought>,
) -> Result<(), Failure> {
    let ids: Vec<i64> = sought.keys().copied().collect();
    let sent = storage::records::unanswered::maybe_created_of(connection, run.integration_id, run.entity, &ids).await?;
    sought.extend(sent.into_iter().map(|record| (record.local_id, unanswered::sought(record))));
    Ok(())
}

/// A record as it would be sent now.
fn as_it_is(run: &Run, record: &Prepared) -> Sought {
    let fields = match &record.record.body {
        PushContent::Upsert(fields) => Some(fields.clone()),
        PushContent::Delete => None,
    };
    let natural_key = natural_key(run, &record.record).map(str::to_owned);
    Sought { external_id: record.record.external_id, natural_key, fields, was_taken: false }
}

/// Leaves out deletions of records that Geniacs, once asked, turns out never to have had.
pub(super) fn without_never_there(outgoing: Vec<Prepared>, outcome: &mut Outcome) -> Vec<Prepared> {
    let never_there = |r: &Prepared| r.form.is_none() && r.record.geniacs_id.is_none();
    let (gone, rest): (Vec<_>, Vec<_>) = outgoing.into_iter().partition(never_there);

    outcome.counts.unchanged += i64::try_from(gone.len()).unwrap_or(i64::MAX);
    outcome.confirmed.extend(gone.iter().map(|record| Confirmed {
        local_id: record.record.external_id,
        geniacs_id: None,
        former_id: None,
        kept: None,
        agreed: None,
        held: None,
        changed: None,
        synced_at: record.synced_at,
        newly_linked: false,
        read_at: (record.read_at, record.record.version),
        deleted: true,
        counted: |c| &mut c.unchanged,
    }));
    rest
}

/// Asks what a request that failed without a known outcome has done, before its records are sent again. On a failure they
/// wait.
pub(super) async fn read_back(
    sending: &Sending<'_>,
    mut batch: Vec<Prepared>,
    outcome: &mut Outcome,
) -> Result<Vec<Prepared>, Failure> {
    let Sending { worker, run, client, chunk, lease, .. } = *sending;

    for record in &mut batch {
        (record.unconfirmed, record.noted) = (true, !run.descriptor.append_only);
    }

    match look_up_unconfirmed(worker, run, client, (chunk, lease), &mut batch, outcome).await {
        Ok(()) => Ok(without_never_there(batch, outcome)),
        Err(failure) => {
            leave(batch, true, outcome);
            Err(failure)
        }
    }
}

/// Asks for the ids of records that were taken by an answer that did not tell them. What is not found stays noted, and is
/// looked for before the record is sent again and before a pull.
pub(super) async fn ask_for_new_ids(worker: &Worker, run: &Run, client: &Client, lease: &Lease, outcome: &mut Outcome) {
    let without_id = |r: &&Confirmed| r.geniacs_id.is_none() && !r.deleted;
    let since = outcome.confirmed.iter().filter(without_id).map(|r| r.read_at.0).min();
    let Some(since) = since.filter(|_| !run.descriptor.append_only) else { return };

    let ids: Vec<i64> = outcome.confirmed.iter().filter(without_id).map(|r| r.local_id).collect();
    let found = async {
        let mut connection = worker.connection().await?;
        let sent =
            storage::records::unanswered::maybe_created_of(&mut connection, run.integration_id, run.entity, &ids)
                .await?;
        drop(connection);

        let taken = |record| Sought { was_taken: true, ..unanswered::sought(record) };
        let sought: Vec<Sought> = sent.into_iter().map(taken).collect();
        let overlap = worker.settings.sync.pull_overlap;
        unanswered::look_up_lately_taken(&worker.pool, run, client, lease, (&sought, since), overlap).await
    };

    match found.await {
        Ok(mut found) => {
            for record in outcome.confirmed.iter_mut().filter(|r| r.geniacs_id.is_none()) {
                record.geniacs_id = found.remove(&record.local_id);
            }
        }
        Err(error) => tracing::info!(%error, records = ids.len(), "the ids of new records are not known yet"),
    }
}

/// Settles the records that went with one id and were answered with another. If Geniacs does not have the former one any
/// more, the record has the new id from now on; if it does, nobody knows what the answer means, and the record fails.
pub(super) async fn settle_other_ids(run: &Run, client: &Client, outcome: &mut Outcome) {
    let (others, confirmed): (Vec<_>, Vec<_>) =
        std::mem::take(&mut outcome.confirmed).into_iter().partition(|record| record.former_id.is_some());
    outcome.confirmed = confirmed;
    if others.is_empty() {
        return;
    }

    let former_ids: Vec<&str> = others.iter().filter_map(|record| record.former_id.as_deref()).collect();
    // Where Geniacs cannot be asked now, the records wait for another attempt.
    let lookups = client.get_each(run.entity, &former_ids).await.ok();
    let mut lookups = lookups.into_iter().flatten();

    for record in others {
        let lookup = lookups.next();
        let (former_id, new_id) = (record.former_id.as_deref(), record.geniacs_id.as_deref());
        let (former_id, new_id) = (former_id.unwrap_or_default(), new_id.unwrap_or_default());

        if lookup.as_ref().is_some_and(Lookup::is_gone) {
            outcome.warnings.push(other_id(run.entity, record.local_id, (former_id, new_id)));
            outcome.confirmed.push(record);
            continue;
        }

        *(record.counted)(&mut outcome.counts) -= 1;
        outcome.unconfirmed.push(record.local_id);
        if lookup.is_none() {
            outcome.later.push(record.local_id);
            continue;
        }

        outcome.counts.failed += 1;
        outcome.errors.push(NewRecordError {
            record_id: Some(record.local_id),
            geniacs_id: Some(former_id.to_owned()),
            error_type: "other_record".to_owned(),
            field: None,
            message: format!(
                "sent as {former_id}, Geniacs answered with the id {new_id}, although it still has {former_id}; the link stays"
            ),
            retryable: false,
        });
    }
}
