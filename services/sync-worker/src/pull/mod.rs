//! A pull chunk: walk a listing of Geniacs page by page, fetching the next page while the last one is applied, each
//! committed with its cursor. After some pages or seconds it is handed over, so that no worker is held for long.

mod apply;
mod missing;
mod rekeyed;
mod source;

use crate::failure::{Failure, Follows, Step, Work, follows};
use crate::lease::Lease;
use crate::plan::{self, Phase, Walk};
use crate::run::Run;
use crate::trail::Trail;
use crate::unanswered::{self, NOBODY_KNOWS, UNKNOWN_OUTCOME};
use crate::worker::Worker;
use apply::apply;
use domain::Counts;
use geniacs::{Page, PartnerError};
use source::Pages;
use std::sync::Arc;
use std::time::{Duration, Instant};
use storage::AsyncConnection;
use storage::runs::chunks::{self, Chunk, Release};
use storage::runs::record_errors::{self, NewRecordError};
use storage::runs::{horizon, syncs};
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
            trail.flush().await;
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

    trail.flush().await;
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

/// How far a chunk has walked.
enum Walked {
    /// The last page was applied, and the chunk ended with it.
    Applied,
    /// Nothing is left to apply.
    ToTheEnd,
    /// More pages are left.
    PartOfTheWay,
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

    if let Some(caveat) = missing::caveat(&worker.pool, &run, &mut walk).await? {
        walk.caveat = Some(caveat);
        return finish(worker, &run, chunk, &walk).await;
    }

    let client = trail.client(&run);
    let begins = walk.phase == Phase::Pull && walk.cursor.is_none() && !walk.complete;
    if begins && run.frozen.effect.writes() && !run.descriptor.append_only {
        let unknown = unanswered::resolve_all(&worker.pool, &run, &client, (chunk, lease)).await?;
        tell_unknown(worker, &run, chunk, &mut walk, &unknown).await?;
    }

    let mut pages = Pages::new(&worker.pool, &run, client, &walk);
    match Box::pin(apply_pages(worker, &run, chunk, (lease, trail), &mut pages, &mut walk)).await? {
        Walked::Applied => plan::advance(worker, chunk.sync_id).await,
        Walked::ToTheEnd => {
            walk.complete = true;
            finish(worker, &run, chunk, &walk).await
        }
        Walked::PartOfTheWay => {
            hand_over(worker, chunk).await?;
            plan::leave_if_cancelled(worker, chunk.sync_id).await
        }
    }
}

/// Applies page after page, each while the next one is fetched, until the last one or for as long as a worker may be held.
async fn apply_pages(
    worker: &Worker,
    run: &Arc<Run>,
    chunk: &Chunk,
    (lease, trail): (&Lease, &Arc<Trail>),
    pages: &mut Pages<'_>,
    walk: &mut Walk,
) -> Result<Walked, Failure> {
    let until = Instant::now() + STRETCH;
    let Some(mut page) = fetch(pages, lease).await? else { return Ok(Walked::ToTheEnd) };

    let mut broken_off = None;
    for _ in 0..PAGES {
        lease.fresh().await?;
        walk.begun_anew |= pages.begun_anew();
        let taken = move_on(walk, &page, pages.is_last(&page));
        let apply = apply(worker, run, chunk, trail, &page, taken, walk);
        if walk.complete {
            apply.await?;
            return Ok(Walked::Applied);
        }

        let is_applied = CancellationToken::new();
        let apply = async {
            // The guard also tells the fetching of an application that failed.
            let _applied = is_applied.clone().drop_guard();
            apply.await
        };
        let (is_cancelled, next) = tokio::join!(apply, fetch_ahead(pages, lease, &is_applied, &mut broken_off));

        if is_cancelled? {
            break;
        }
        let Some(next) = next? else { return Ok(Walked::ToTheEnd) };
        page = next;
        if Instant::now() > until || worker.shutdown.is_cancelled() {
            break;
        }
    }
    Ok(Walked::PartOfTheWay)
}

/// Counts the records of which nobody can tell whether Geniacs holds them, once in a run over everything: what the pull makes
/// here may be one of them.
async fn tell_unknown(
    worker: &Worker,
    run: &Run,
    chunk: &Chunk,
    walk: &mut Walk,
    local_ids: &[i64],
) -> Result<(), Failure> {
    if walk.has_told_unknown || run.frozen.source.is_list() || local_ids.is_empty() {
        return Ok(());
    }
    walk.has_told_unknown = true;

    let failed = i64::try_from(local_ids.len()).unwrap_or(i64::MAX);
    let counts = Counts { read: failed, failed, ..Counts::default() };

    let error = |id: &i64| NewRecordError {
        record_id: Some(*id),
        geniacs_id: None,
        error_type: UNKNOWN_OUTCOME.to_owned(),
        field: None,
        message: NOBODY_KNOWS.to_owned(),
        retryable: false,
    };
    let errors: Vec<NewRecordError> = local_ids.iter().map(error).collect();

    let mut connection = worker.connection().await?;
    connection
        .transaction(async |connection| {
            syncs::lock(connection, run.sync_id).await?;
            if !chunks::count(connection, chunk, &counts, false).await? {
                return Err(Failure::LeaseLost);
            }

            record_errors::add(connection, run.sync_id, chunk.id, &errors).await?;
            Ok(syncs::save_walk(connection, run.sync_id, &walk.to_json(), true).await?)
        })
        .await
}

async fn fetch(pages: &mut Pages<'_>, lease: &Lease) -> Result<Option<Page>, Failure> {
    tokio::select! {
        page = pages.next() => page,
        failure = lease.cut_off() => Err(failure),
    }
}

/// Fetches the next page, and more into it as long as the last one is being applied: a partner that is quicker than the
/// database is applied in larger pieces. An error after the first page waits until that has been applied, too.
async fn fetch_ahead(
    pages: &mut Pages<'_>,
    lease: &Lease,
    is_applied: &CancellationToken,
    broken_off: &mut Option<Failure>,
) -> Result<Option<Page>, Failure> {
    if let Some(failure) = broken_off.take() {
        return Err(failure);
    }
    let Some(mut ahead) = fetch(pages, lease).await? else { return Ok(None) };

    while !is_applied.is_cancelled() && !pages.is_last(&ahead) && ahead.records.len() < AHEAD {
        match fetch(pages, lease).await {
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
        // The position does not pass the listing's beginning, since what changes later may be missing in it.
        walk.listing_began = walk.listing_began.or(page.asked_at_partner);
        let newest = page.records.iter().filter_map(|r| r.updated_at).chain(walk.updated_at).max();
        walk.updated_at = newest.map(|newest| walk.listing_began.map_or(newest, |began| newest.min(began)));
        walk.flawed |= !page.malformed.is_empty();
    }

    walk.cursor.clone_from(&page.next_cursor);
    walk.complete = last || walk.limit == Some(0);
    taken
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
