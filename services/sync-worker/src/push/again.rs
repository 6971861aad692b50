//! Records that changed between being read and being sent: read and prepared again, right before their request.

use super::prepare::prepare;
use super::{Outcome, read, taken};
use crate::failure::Failure;
use crate::incoming::{self, AppliedRecord, Incoming};
use crate::outgoing::{Local, Prepared};
use crate::references;
use crate::run::Run;
use crate::worker::Worker;
use domain::run_mode::Source;
use geniacs::Client;
use mapping::References;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use storage::records::links::{self, Sending};
use storage::runs::horizon;
use storage::{AsyncConnection, Connection, records};

/// What has no link yet is read again if it was read so long ago. Nothing from Geniacs can have changed it.
const FRESH: Duration = Duration::from_secs(1);
/// Records that change so often while they are to be sent are left for another attempt.
const MOST_ROUNDS: usize = 3;

/// The records of a batch as they are now, right before it is sent. What is sent is noted in their links.
pub(super) async fn as_they_are(
    worker: &Worker,
    run: &Run,
    mut batch: Vec<Prepared>,
    outcome: &mut Outcome,
) -> Result<Vec<Prepared>, (Vec<Prepared>, Failure)> {
    if run.descriptor.append_only {
        return Ok(batch);
    }

    let mut current = Vec::with_capacity(batch.len());
    for _ in 0..MOST_ROUNDS {
        let changed = match take_changed(worker, run, &mut batch).await {
            Ok(changed) => changed,
            Err(failure) => {
                current.append(&mut batch);
                return Err((current, failure));
            }
        };

        current.append(&mut batch);
        if changed.is_empty() {
            return Ok(current);
        }

        batch = match read_again(worker, run, &changed, outcome).await {
            Ok(again) => again,
            Err(failure) => {
                current.extend(changed);
                return Err((current, failure));
            }
        };
    }

    taken::leave(batch, false, outcome);
    Ok(current)
}

/// Notes what is about to be sent, and takes those out of a batch that have changed since they were read.
pub(super) async fn take_changed(
    worker: &Worker,
    run: &Run,
    batch: &mut Vec<Prepared>,
) -> Result<Vec<Prepared>, Failure> {
    let sending: Vec<Sending<'_>> = batch
        .iter()
        .filter(|record| record.linked)
        .map(|record| Sending {
            local_id: record.record.external_id,
            fields: record.kept.as_ref().map(|kept| kept.agreed.as_str()),
            changed_xid: record.record.version,
            synced_at: record.synced_at,
        })
        .collect();

    let mut unchanged = HashSet::new();
    if !sending.is_empty() {
        let mut connection = worker.connection().await?;
        let noted = links::note_sending(&mut connection, run.integration_id, run.entity, &sending).await?;
        unchanged.extend(noted.local_ids);
        drop(sending);
        for record in batch.iter_mut() {
            record.read_at = noted.at.max(record.read_at);
        }
    }

    let is_current = |record: &Prepared| {
        if record.linked { unchanged.contains(&record.record.external_id) } else { record.read.elapsed() < FRESH }
    };
    let (current, changed) = std::mem::take(batch).into_iter().partition(is_current);
    *batch = current;
    Ok(changed)
}

/// Reads records again and prepares them anew. What is not there any more has nothing to send.
pub(super) async fn read_again(
    worker: &Worker,
    run: &Run,
    records: &[Prepared],
    outcome: &mut Outcome,
) -> Result<Vec<Prepared>, Failure> {
    let ids: Vec<i64> = records.iter().map(|record| record.record.external_id).collect();
    let mut connection = worker.connection().await?;
    let columns = run.mapping.local_fields();
    let rows = records::read_named(&mut connection, run.descriptor, columns, run.integration_id, &ids).await?;

    let count = |records: usize| i64::try_from(records).unwrap_or(i64::MAX);
    // They are counted anew.
    outcome.counts.read -= count(rows.len());
    outcome.counts.skipped += count(records.len()) - count(rows.len());
    let rows: Vec<Local> = rows.into_iter().filter_map(|row| read::local(row, outcome)).collect();

    let mut found = References::default();
    let fields = rows.iter().map(|record| &record.fields);
    references::find(&mut connection, run.integration_id, &run.mapping, fields, std::iter::empty(), &mut found).await?;
    drop(connection);

    let known: HashMap<i64, &Prepared> = records.iter().map(|record| (record.record.external_id, record)).collect();
    let unconfirmed = records.iter().any(|record| record.unconfirmed);
    let mut again = prepare(run, unconfirmed, rows, &found, outcome);
    for record in &mut again {
        // What Geniacs was asked about it holds.
        let Some(before) = known.get(&record.record.external_id) else { continue };
        record.unconfirmed |= before.unconfirmed;
        record.record.geniacs_id = record.record.geniacs_id.take().or_else(|| before.record.geniacs_id.clone());
    }

    match run.frozen.source {
        Source::Planned(_) => {
            let as_planned = |record: &Prepared| {
                let before = known.get(&record.record.external_id);
                before.is_some_and(|before| before.form == record.form)
            };
            let all = again.len();
            again.retain(as_planned);
            outcome.counts.skipped += count(all - again.len());
        }
        Source::Everything | Source::Filtered(_) | Source::Failed(_) => {}
    }
    Ok(again)
}

/// Merges the records in which a run saw a change of Geniacs' that it was to leave out, or that could not be taken.
pub(super) async fn merge_passed_over(
    worker: &Worker,
    run: &Run,
    client: &Client,
    outgoing: Vec<Prepared>,
    outcome: &mut Outcome,
) -> Result<Vec<Prepared>, (Vec<Prepared>, Failure)> {
    let (passed_over, mut rest): (Vec<_>, Vec<_>) = outgoing.into_iter().partition(|record| record.passed_over);

    match merge_with_there(worker, run, client, passed_over, outcome).await {
        Ok(merged) => {
            rest.extend(merged);
            Ok(rest)
        }
        Err((merged, failure)) => {
            rest.extend(merged);
            Err((rest, failure))
        }
    }
}

/// Lets the conflict policies decide about records that Geniacs may have changed without our knowing: what it holds now is
/// merged with what is here, and only then what is left of the local change is sent. What cannot be taken here fails, and is
/// not overwritten there.
pub(super) async fn merge_with_there(
    worker: &Worker,
    run: &Run,
    client: &Client,
    mut records: Vec<Prepared>,
    outcome: &mut Outcome,
) -> Result<Vec<Prepared>, (Vec<Prepared>, Failure)> {
    if records.is_empty() {
        return Ok(records);
    }

    let merged = match read_and_merge(worker, run, client, &records, outcome).await {
        Ok(merged) => merged,
        Err(failure) => return Err((records, failure)),
    };

    let mut refused = HashSet::new();
    for AppliedRecord { record, applied } in merged {
        if let (Some(local_id), Some(failure)) = (applied.local_id, applied.outcome.failure()) {
            refused.insert(local_id);
            super::refused::fail(local_id, record.geniacs_id, failure, false, outcome);
        }
    }
    records.retain(|record| !refused.contains(&record.record.external_id));

    match read_again(worker, run, &records, outcome).await {
        Ok(again) => Ok(again),
        Err(failure) => Err((records, failure)),
    }
}

/// Asks what Geniacs holds of records, merges it, and tells what became of each.
async fn read_and_merge(
    worker: &Worker,
    run: &Run,
    client: &Client,
    records: &[Prepared],
    outcome: &mut Outcome,
) -> Result<Vec<AppliedRecord>, Failure> {
    let asked_at = horizon::clock(&mut *worker.connection().await?).await?;

    let held = super::refused::held(run, client, records).await?;
    let incoming: Vec<Incoming> = records
        .iter()
        .filter_map(|record| Some(incoming::listed(held.found.get(&record.record.external_id)?, asked_at)))
        .collect();

    let mut connection = worker.connection().await?;
    let warnings = &mut outcome.warnings;
    connection.transaction(async |connection| merge(connection, run, incoming, warnings).await).await
}

async fn merge(
    connection: &mut Connection,
    run: &Run,
    incoming: Vec<Incoming>,
    warnings: &mut Vec<storage::runs::logs::Entry>,
) -> Result<Vec<AppliedRecord>, Failure> {
    let target = run.push_target();
    let applied = incoming::apply(connection, &target, incoming, warnings).await?;
    let origin = crate::history::origin(run, domain::SyncDirection::FromGeniacs);
    storage::records::history::add(connection, &origin, &crate::history::of_page(&applied)).await?;
    Ok(applied)
}
