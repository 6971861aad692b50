//! Applying a page, and counting what became of its records.

use super::{fields, missing, rekeyed};
use crate::failure::{DUPLICATE_VALUE, Failure};
use crate::guard;
use crate::history;
use crate::incoming::{self, Applied, Incoming, Outcome, Target};
use crate::plan::{Phase, Walk};
use crate::preview;
use crate::references::UNRESOLVED;
use crate::run::Run;
use crate::trail::Trail;
use crate::worker::Worker;
use domain::run_mode::{Effect, Source};
use domain::{Counts, SyncDirection};
use geniacs::Page;
use mapping::References;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;
use storage::records::waiting::{self, Wait};
use storage::runs::chunks::{self, Affected, Chunk};
use storage::runs::plan_items::NewPlanItem;
use storage::runs::record_errors::NewRecordError;
use storage::runs::{logs, plan_items, record_errors, syncs};
use storage::{AsyncConnection, Connection};

/// Applies a page and commits it together with the walk; the last one ends the chunk. Returns whether the run's end was
/// asked for meanwhile.
pub(super) async fn apply(
    worker: &Worker,
    run: &Arc<Run>,
    chunk: &Chunk,
    trail: &Arc<Trail>,
    page: &Page,
    taken: usize,
    walk: &Walk,
) -> Result<bool, Failure> {
    let incoming: Vec<Incoming> =
        page.records.iter().take(taken).map(|record| incoming::listed(record, walk.asked_at)).collect();
    let (incoming, equal) = match run.frozen.effect {
        Effect::Check if !run.descriptor.append_only => {
            preview::differing(worker, run, &trail.client(run), (incoming, walk.asked_at)).await?
        }
        Effect::Apply | Effect::Preview | Effect::Check => (incoming, 0),
    };

    let incoming = rekeyed::link_anew(worker, run, &trail.client(run), incoming).await?;
    let mapped = run.first_mapped(|| first_mapped(run, &incoming));

    let mut connection = worker.connection().await?;
    let entries = trail.take();
    let applied = connection
        .transaction(async |connection| {
            syncs::lock(connection, run.sync_id).await?;
            if let Some(record) = &mapped {
                syncs::note_mapped(connection, run.sync_id, record).await?;
            }

            let mut warnings = entries.clone();
            warnings.extend(page.notices.iter().map(|notice| notice_entry(notice)));

            let mut counts = Counts { read: equal, unchanged: equal, ..Counts::default() };
            if walk.phase == Phase::PullAgain {
                let ids: Vec<&str> = incoming.iter().map(|record| record.geniacs_id.as_str()).collect();
                record_errors::take_pulled(connection, run.sync_id, DUPLICATE_VALUE, &ids).await?;
            }

            let incoming = without_planned(connection, run, walk, &incoming, &mut counts).await?;
            let (incoming, applied) = write(connection, run, &incoming, &mut counts, &mut warnings).await?;
            let items = count(connection, run, &incoming, &applied, &mut counts).await?;
            check_guard(connection, run, chunk, &applied, &counts).await?;

            let malformed = malformed(page, &mut counts);
            if !chunks::count(connection, chunk, &counts, walk.complete).await? {
                return Err(Failure::LeaseLost);
            }
            missing::note_seen(connection, run, page, &incoming).await?;

            let errors = [failures(&incoming, &applied), malformed.clone()].concat();
            record_errors::add(connection, run.sync_id, chunk.id, &errors).await?;
            match run.frozen.effect {
                Effect::Apply => {
                    note_history(connection, run, &incoming, &applied).await?;
                    reopen_events(connection, run, &incoming, &applied).await?;
                }
                Effect::Preview | Effect::Check => {
                    let items = items.into_iter().chain(malformed.iter().map(preview::unusable)).collect();
                    plan_items::add(connection, run.sync_id, chunk.id, &preview::worth_keeping(run, items)).await?;
                }
            }

            logs::add(connection, run.integration_id, Some(run.sync_id), &warnings).await?;
            syncs::save_walk(connection, run.sync_id, &walk.to_json(), true).await?;
            Ok(syncs::is_cancelled(connection, run.sync_id).await?)
        })
        .await;
    if applied.is_err() {
        trail.put_back(entries);
    } else {
        fields::note(&mut connection, run, &page.records).await;
    }
    applied
}

/// Stops a run that would clear or change an unusual share of the records.
async fn check_guard(
    connection: &mut Connection,
    run: &Run,
    chunk: &Chunk,
    applied: &[Applied],
    counts: &Counts,
) -> Result<(), Failure> {
    if !guard::is_on(run) {
        return Ok(());
    }
    let cleared = i64::try_from(applied.iter().filter(|done| done.clears()).count()).unwrap_or(i64::MAX);
    if cleared == 0 && counts.updated == 0 {
        return Ok(());
    }

    // One chunk walks the whole listing.
    let before = chunks::affected(connection, chunk).await?;
    let affected = Affected { cleared: before.cleared + cleared, changed: before.changed + counts.updated };
    guard::check(connection, run, chunk, affected).await
}

/// A listing that was begun anew shows records again. Written ones come out unchanged; planned ones are left out.
async fn without_planned<'a>(
    connection: &mut Connection,
    run: &Run,
    walk: &Walk,
    incoming: &'a [Incoming],
    counts: &mut Counts,
) -> Result<Cow<'a, [Incoming]>, Failure> {
    if !walk.begun_anew || run.frozen.effect.writes() {
        return Ok(Cow::Borrowed(incoming));
    }
    let ids: Vec<&str> = incoming.iter().map(|record| record.geniacs_id.as_str()).collect();
    let planned = plan_items::pulled_before(connection, run.sync_id, &ids).await?;
    let new: Vec<Incoming> = incoming.iter().filter(|record| !planned.contains(&record.geniacs_id)).cloned().collect();
    let left_out = i64::try_from(incoming.len() - new.len()).unwrap_or(i64::MAX);
    counts.read += left_out;
    counts.unchanged += left_out;
    Ok(Cow::Owned(new))
}

/// What the log says of a page beside its records.
fn notice_entry(notice: &str) -> logs::Entry {
    logs::Entry { level: "warning", message: notice.to_owned(), ..logs::Entry::default() }
}

/// Writes a page's records, or those that the plan that the run carries out has something to do with. Returns the
/// records that are left of it, and what became of each.
async fn write<'a>(
    connection: &mut Connection,
    run: &Run,
    incoming: &'a [Incoming],
    counts: &mut Counts,
    warnings: &mut Vec<logs::Entry>,
) -> Result<(Cow<'a, [Incoming]>, Vec<Applied>), Failure> {
    let target = Target {
        integration_id: run.integration_id,
        entity: run.entity,
        descriptor: run.descriptor,
        mapping: &run.mapping,
        options: &run.frozen.options,
        effect: run.frozen.effect,
        merging: run.merging(),
        policy: run.frozen.settings.conflict_policy,
        schema_strict: run.frozen.settings.schema_strict,
        refused: false,
        sync_id: Some(run.sync_id),
        references: References::default(),
    };
    match run.frozen.source {
        Source::Planned(plan_of) => {
            let page = (plan_of, incoming);
            let (planned, applied) = preview::apply_planned(connection, run, &target, page, counts, warnings).await?;
            Ok((Cow::Owned(planned), applied))
        }
        Source::Everything | Source::Filtered(_) | Source::Failed(_) => {
            let applied = incoming::apply(connection, &target, incoming, warnings).await?;
            Ok((Cow::Borrowed(incoming), applied))
        }
    }
}

/// Counts what became of records. In a dry run that is what its plan says, which is returned.
async fn count(
    connection: &mut Connection,
    run: &Run,
    incoming: &[Incoming],
    applied: &[Applied],
    counts: &mut Counts,
) -> Result<Vec<NewPlanItem>, Failure> {
    match run.frozen.effect {
        Effect::Apply => {
            for record in applied {
                record.outcome.counted(counts);
            }
            Ok(Vec::new())
        }
        Effect::Preview | Effect::Check => {
            let items = preview::pulled_items(connection, run, incoming, applied).await?;
            preview::count(&items, counts);
            Ok(items)
        }
    }
}

/// Notes what happened to records, and which of them wait for others.
async fn note_history(
    connection: &mut Connection,
    run: &Run,
    incoming: &[Incoming],
    applied: &[Applied],
) -> Result<(), Failure> {
    if !run.descriptor.append_only {
        let origin = history::origin(run, SyncDirection::FromGeniacs);
        storage::records::history::add(connection, &origin, &history::of_page(incoming, applied)).await?;
    }
    Ok(waiting::add(connection, run.integration_id, &waits(applied)).await?)
}

fn first_mapped(run: &Run, incoming: &[Incoming]) -> Option<Map<String, Value>> {
    incoming.first().map(|record| run.mapping.pull(&record.fields, &References::default()).fields)
}

async fn reopen_events(
    connection: &mut Connection,
    run: &Run,
    incoming: &[Incoming],
    applied: &[Applied],
) -> Result<(), Failure> {
    let linked: Vec<&str> = incoming
        .iter()
        .zip(applied)
        .filter(|(_, applied)| applied.newly_linked)
        .map(|(record, _)| record.geniacs_id.as_str())
        .collect();
    if !linked.is_empty() {
        storage::webhooks::reopen_for(connection, run.integration_id, run.entity, &linked).await?;
    }
    Ok(())
}

fn failures(incoming: &[Incoming], applied: &[Applied]) -> Vec<NewRecordError> {
    let failure = |(record, applied): (&Incoming, &Applied)| match &applied.outcome {
        Outcome::Failed { local_id, error_type, field, message } => Some(NewRecordError {
            record_id: *local_id,
            geniacs_id: Some(record.geniacs_id.clone()),
            error_type: (*error_type).to_owned(),
            field: field.clone(),
            message: message.clone(),
            retryable: false,
        }),
        Outcome::Unresolved { local_id, field, message, .. } => Some(NewRecordError {
            record_id: *local_id,
            geniacs_id: Some(record.geniacs_id.clone()),
            error_type: UNRESOLVED.to_owned(),
            field: field.clone(),
            message: message.clone(),
            retryable: false,
        }),
        _ => None,
    };
    incoming.iter().zip(applied).filter_map(failure).collect()
}

fn waits(applied: &[Applied]) -> Vec<Wait> {
    let of_record = |applied: &Applied| match &applied.outcome {
        Outcome::Unresolved { waits, .. } => waits.clone(),
        _ => Vec::new(),
    };
    applied.iter().flat_map(of_record).collect()
}

fn malformed(page: &Page, counts: &mut Counts) -> Vec<NewRecordError> {
    let error = |reason: &String| {
        counts.read += 1;
        counts.failed += 1;
        NewRecordError {
            record_id: None,
            geniacs_id: None,
            error_type: "malformed_record".to_owned(),
            field: None,
            message: reason.clone(),
            retryable: false,
        }
    };
    page.malformed.iter().map(error).collect()
}
