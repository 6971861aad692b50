//! A pull chunk: walk a listing of Geniacs page by page, fetching the next page while the last one is applied, each
//! committed with its cursor. After some pages or seconds it is handed over, so that no worker is held for long.

mod fields;
mod missing;
mod rekeyed;
mod source;

pub(crate) use fields::FieldsSeen;

use crate::failure::{Failure, Follows, Step, Work, follows};
use crate::guard;
use crate::history;
use crate::incoming::{self, Applied, Incoming, Outcome, Target};
use crate::plan::{self, Phase, Walk};
use crate::preview;
use crate::references::UNRESOLVED;
use crate::run::Run;
use crate::trail::Trail;
use crate::unanswered;
use crate::work::Lease;
use crate::worker::Worker;
use domain::{Counts, SyncDirection};
use geniacs::{Page, PartnerError};
use mapping::References;
use serde_json::{Map, Value};
use source::Source;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};
use storage::chunks::{self, Affected, Chunk, Release};
use storage::plan_items::NewPlanItem;
use storage::record_errors::NewRecordError;
use storage::waiting::{self, Wait};
use storage::{AsyncConnection, Connection, horizon, logs, plan_items, record_errors, syncs};
use tokio_util::sync::CancellationToken;

/// A worker applies so often…
const PAGES: usize = 20;
/// …or so long before it hands the walk over.
const STRETCH: Duration = Duration::from_secs(5);
/// No page is added to so many records.
const AHEAD: usize = 500;

/// Runs a pull chunk.
pub(crate) async fn run(worker: &Worker, chunk: &Chunk, lease: &Lease, trail: &Arc<Trail>) -> Result<(), Failure> {
    let error = match Box::pin(walk(worker, chunk, lease, trail)).await {
        Err(Failure::Partner(error @ PartnerError::DeadCursor { .. })) => {
            trail.flush(worker).await;
            forget_cursor(worker, chunk).await?;
            let message = format!("{error}; it was begun anew once, and nothing was deleted: trigger it again");
            return plan::fail(worker, chunk, error.error_type(), &message).await;
        }
        Err(Failure::Partner(error)) => error,
        other => return other,
    };
    // What only waits for its partner is no attempt.
    let waits = worker.limits.put_off(chunk.integration_id, &error).is_some();
    let is_last = error.is_outage() && !waits && attempts_are_used_up(worker, chunk).await?;
    let (error_type, message, is_outage) = (error.error_type(), error.to_string(), error.is_outage());
    let failure = Failure::Partner(error);
    if follows(&failure, Work { step: Step::Fetch, several: false, is_last }) != Follows::StopRun {
        return Err(failure);
    }

    trail.flush(worker).await;
    if is_outage {
        return plan::interrupt(worker, chunk, error_type, &message).await;
    }
    plan::fail(worker, chunk, error_type, &message).await
}

/// Lets whoever resumes the run begin its listing anew, instead of asking for a cursor that has died.
async fn forget_cursor(worker: &Worker, chunk: &Chunk) -> Result<(), Failure> {
    let mut connection = worker.connection().await?;
    connection
        .transaction(async |connection| {
            syncs::lock(connection, chunk.sync_id).await?;
            let head = syncs::head(connection, chunk.sync_id).await?.ok_or(Failure::LeaseLost)?;
            let walk = Walk { cursor: None, begun_anew: false, ..Walk::of(&head)? };
            Ok(syncs::save_walk(connection, chunk.sync_id, &walk.to_json(), true).await?)
        })
        .await
}

async fn attempts_are_used_up(worker: &Worker, chunk: &Chunk) -> Result<bool, Failure> {
    let run = worker.run(chunk.sync_id).await?;
    Ok(u32::try_from(chunk.attempt + 1).is_ok_and(|next| next >= run.frozen.settings.max_attempts))
}

async fn walk(worker: &Worker, chunk: &Chunk, lease: &Lease, trail: &Arc<Trail>) -> Result<(), Failure> {
    let run = worker.run(chunk.sync_id).await?;
    let mut connection = worker.connection().await?;
    let head = syncs::head(&mut connection, chunk.sync_id).await?.ok_or(Failure::LeaseLost)?;
    let mut walk = Walk::of(&head)?;
    // Before the first request: what a link learns from now on may be newer than what a page shows.
    walk.asked_at = horizon::clock(&mut connection).await?;
    drop(connection);
    if head.cancel_requested {
        return plan::leave(worker, chunk).await;
    }
    if plan::is_over_time(&head, &run.frozen) {
        return finish(worker, &run, chunk, &walk).await;
    }
    if let Some(caveat) = missing::caveat(worker, &run, &mut walk).await? {
        walk.caveat = Some(caveat);
        return finish(worker, &run, chunk, &walk).await;
    }
    let client = trail.client(&run);
    let begins = walk.phase == Phase::Pull && walk.cursor.is_none() && !walk.complete;
    if begins && !run.frozen.options.dry_run && !run.descriptor.append_only {
        unanswered::resolve_all(worker, &run, &client, lease).await?;
    }
    let mut source = Source::new(worker, &run, client, &walk);
    let until = Instant::now() + STRETCH;
    let Some(mut page) = fetch(&mut source, lease).await? else {
        walk.complete = true;
        return finish(worker, &run, chunk, &walk).await;
    };
    let mut broken_off = None;
    for _ in 0..PAGES {
        lease.fresh().await?;
        walk.begun_anew |= source.begun_anew();
        let taken = move_on(&mut walk, &page, source.is_last(&page));
        let apply = apply(worker, &run, chunk, trail, &page, taken, &walk);
        if walk.complete {
            apply.await?;
            return plan::advance(worker, chunk.sync_id).await;
        }
        let is_applied = CancellationToken::new();
        let apply = async {
            let _applied = is_applied.clone().drop_guard();
            apply.await
        };
        let (applied, next) = tokio::join!(apply, fetch_ahead(&mut source, lease, &is_applied, &mut broken_off));
        if applied? {
            break;
        }
        let Some(next) = next? else {
            walk.complete = true;
            return finish(worker, &run, chunk, &walk).await;
        };
        page = next;
        if Instant::now() > until || worker.shutdown.is_cancelled() {
            break;
        }
    }
    hand_over(worker, chunk).await?;
    plan::leave_if_cancelled(worker, chunk.sync_id).await
}

async fn fetch(source: &mut Source<'_>, lease: &Lease) -> Result<Option<Page>, Failure> {
    tokio::select! {
        page = source.next() => page,
        failure = lease.cut_off() => Err(failure),
    }
}

/// Fetches the next page, and more into it as long as the last one is being applied: a partner that is quicker than the
/// database is applied in larger pieces. An error after the first page waits until that has been applied, too.
async fn fetch_ahead(
    source: &mut Source<'_>,
    lease: &Lease,
    is_applied: &CancellationToken,
    broken_off: &mut Option<Failure>,
) -> Result<Option<Page>, Failure> {
    if let Some(failure) = broken_off.take() {
        return Err(failure);
    }
    let Some(mut ahead) = fetch(source, lease).await? else { return Ok(None) };
    while !is_applied.is_cancelled() && !source.is_last(&ahead) && ahead.records.len() < AHEAD {
        match fetch(source, lease).await {
            Ok(Some(page)) => {
                ahead.records.extend(page.records);
                ahead.malformed.extend(page.malformed);
                ahead.notices.extend(page.notices);
                ahead.next_cursor = page.next_cursor;
            }
            Ok(None) => break,
            Err(failure) => {
                *broken_off = Some(failure);
                break;
            }
        }
    }
    Ok(Some(ahead))
}

/// Moves the walk past a page: its cursor, the newest moment seen, and what is left of a limit. Returns how many of its
/// records are taken.
fn move_on(walk: &mut Walk, page: &Page, last: bool) -> usize {
    let taken = walk
        .limit
        .map_or(page.records.len(), |limit| page.records.len().min(usize::try_from(limit).unwrap_or(usize::MAX)));
    walk.limit = walk.limit.map(|limit| limit.saturating_sub(u64::try_from(taken).unwrap_or(0)));
    if walk.phase == Phase::Pull {
        walk.listing_began = walk.listing_began.or(page.asked_at_partner);
        let newest = page.records.iter().filter_map(|r| r.updated_at).chain(walk.updated_at).max();
        walk.updated_at = newest.map(|newest| walk.listing_began.map_or(newest, |began| newest.min(began)));
        walk.flawed |= !page.malformed.is_empty();
    }
    walk.cursor.clone_from(&page.next_cursor);
    walk.complete = last || walk.limit == Some(0);
    taken
}

/// Applies a page and commits it together with the walk; the last one ends the chunk. Returns whether the run's end was
/// asked for meanwhile.
async fn apply(
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
    let (incoming, equal) = if run.frozen.check && !run.descriptor.append_only {
        preview::differing(worker, run, &trail.client(run), (incoming, walk.asked_at)).await?
    } else {
        (incoming, 0)
    };
    rekeyed::link_anew(worker, run, &trail.client(run), &incoming).await?;
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
            let incoming = without_planned(connection, run, walk, &incoming, &mut counts).await?;
            let (incoming, applied) = write(connection, run, &incoming, &mut counts, &mut warnings).await?;
            let items = count(connection, run, &incoming, &applied, &mut counts).await?;
            if guard::is_on(run) {
                // One chunk walks the whole listing.
                let before = chunks::affected(connection, chunk).await?;
                let cleared = i64::try_from(applied.iter().filter(|done| done.clears()).count()).unwrap_or(i64::MAX);
                let affected = Affected { cleared: before.cleared + cleared, changed: before.changed + counts.updated };
                if cleared > 0 || counts.updated > 0 {
                    guard::check(connection, run, chunk, affected).await?;
                }
            }
            let malformed = malformed(page, &mut counts);
            if !chunks::count(connection, chunk, &counts, walk.complete).await? {
                return Err(Failure::LeaseLost);
            }
            missing::note_seen(connection, run, page).await?;
            let errors = [failures(&incoming, &applied), malformed.clone()].concat();
            record_errors::add(connection, run.sync_id, chunk.id, &errors).await?;
            if run.frozen.options.dry_run {
                let items = items.into_iter().chain(malformed.iter().map(preview::unusable)).collect();
                plan_items::add(connection, run.sync_id, chunk.id, &preview::worth_keeping(run, items)).await?;
            } else {
                note_history(connection, run, &incoming, &applied).await?;
            }
            logs::add(connection, run.integration_id, Some(run.sync_id), &warnings).await?;
            reopen_events(connection, run, &incoming, &applied).await?;
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

/// A listing that was begun anew shows records again. Written ones come out unchanged; planned ones are left out.
async fn without_planned<'a>(
    connection: &mut Connection,
    run: &Run,
    walk: &Walk,
    incoming: &'a [Incoming],
    counts: &mut Counts,
) -> Result<Cow<'a, [Incoming]>, Failure> {
    if !walk.begun_anew || !run.frozen.options.dry_run {
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
        merging: run.merging(),
        policy: run.frozen.settings.conflict_policy,
        schema_strict: run.frozen.settings.schema_strict,
        refused: false,
        full: run.is_full(),
        sync_id: Some(run.sync_id),
        references: References::default(),
    };
    let Some(plan_of) = run.frozen.plan_of else {
        let applied = incoming::apply(connection, &target, incoming, warnings).await?;
        return Ok((Cow::Borrowed(incoming), applied));
    };
    let page = (plan_of, incoming);
    let (planned, applied) = preview::apply_planned(connection, run, &target, page, counts, warnings).await?;
    Ok((Cow::Owned(planned), applied))
}

/// Counts what became of records. In a dry run that is what its plan says, which is returned.
async fn count(
    connection: &mut Connection,
    run: &Run,
    incoming: &[Incoming],
    applied: &[Applied],
    counts: &mut Counts,
) -> Result<Vec<NewPlanItem>, Failure> {
    if run.frozen.options.dry_run {
        let items = preview::pulled_items(connection, run, incoming, applied).await?;
        preview::count(&items, counts);
        return Ok(items);
    }
    for record in applied {
        record.outcome.counted(counts);
    }
    Ok(Vec::new())
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
        storage::history::add(connection, &origin, &history::of_page(incoming, applied)).await?;
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
    if !linked.is_empty() && !run.frozen.options.dry_run {
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

/// Ends a chunk after which nothing is left to apply.
async fn finish(worker: &Worker, run: &Run, chunk: &Chunk, walk: &Walk) -> Result<(), Failure> {
    let mut connection = worker.connection().await?;
    connection
        .transaction(async |connection| {
            syncs::lock(connection, run.sync_id).await?;
            if !chunks::count(connection, chunk, &Counts::default(), true).await? {
                return Err(Failure::LeaseLost);
            }
            Ok(syncs::save_walk(connection, run.sync_id, &walk.to_json(), true).await?)
        })
        .await?;
    drop(connection);
    plan::advance(worker, chunk.sync_id).await
}

/// Gives the chunk back for whoever is next; the page that was fetched ahead is fetched again.
async fn hand_over(worker: &Worker, chunk: &Chunk) -> Result<(), Failure> {
    let mut connection = worker.connection().await?;
    chunks::release(&mut connection, chunk, &Release::default()).await?;
    drop(connection);
    worker.wake_workers(1).await;
    Ok(())
}
