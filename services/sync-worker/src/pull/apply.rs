//! Applying a page: what is worth applying of it is matched, decided and written, accounted for, and committed.

use super::{missing, rekeyed};
use crate::failure::{DUPLICATE_VALUE, Failure};
use crate::guard;
use crate::history;
use crate::incoming::{self, AppliedRecord, Incoming, Outcome};
use crate::plan::{Phase, Walk};
use crate::preview;
use crate::references::UNRESOLVED;
use crate::run::Run;
use crate::trail::Trail;
use crate::worker::Worker;
use domain::run_mode::{Effect, Source};
use domain::{Counts, SyncDirection};
use geniacs::{Page, Record};
use mapping::References;
use serde_json::{Map, Value};
use std::sync::Arc;
use storage::partners::fields_seen;
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
    let worth = worth_applying(worker, run, trail, page, taken, walk).await?;
    let mapped = run.first_mapped(|| first_mapped(run, &worth.incoming));

    let mut connection = worker.connection().await?;
    let entries = trail.take();
    let applied = connection
        .transaction(async |connection| {
            syncs::lock(connection, run.sync_id).await?;
            if let Some(record) = &mapped {
                syncs::note_mapped(connection, run.sync_id, record).await?;
            }

            let written = write(connection, run, walk, worth.incoming).await?;
            let mut account = account(connection, run, page, written).await?;
            account.counts += Counts { read: worth.equal, unchanged: worth.equal, ..Counts::default() };
            account.warnings.splice(0..0, entries.iter().cloned());

            check_guard(connection, run, chunk, &account).await?;
            store(connection, run, chunk, page, &account, walk).await?;
            Ok(syncs::is_cancelled(connection, run.sync_id).await?)
        })
        .await;

    if applied.is_err() {
        // What the log was to say of the calls was rolled back, too, and is stored later.
        trail.put_back(entries);
    } else {
        note_fields(&mut connection, run, &page.records).await;
    }
    applied
}

/// The records of a page that are worth applying.
struct WorthApplying {
    incoming: Vec<Incoming>,
    /// How many others say what is here.
    equal: i64,
}

/// Leaves out what a check finds to be the same on both sides, and gives records that have another id now to their rows.
async fn worth_applying(
    worker: &Worker,
    run: &Arc<Run>,
    trail: &Arc<Trail>,
    page: &Page,
    taken: usize,
    walk: &Walk,
) -> Result<WorthApplying, Failure> {
    let records = page.records.iter().take(taken);
    let incoming: Vec<Incoming> = records.map(|record| incoming::listed(record, walk.asked_at)).collect();

    let (incoming, equal) = match run.frozen.effect {
        Effect::Check if !run.descriptor.append_only => {
            preview::differing(&worker.pool, run, &trail.client(run), (incoming, walk.asked_at)).await?
        }
        Effect::Apply | Effect::Preview | Effect::Check => (incoming, 0),
    };

    let incoming = rekeyed::link_anew(&worker.pool, run, &trail.client(run), incoming).await?;
    Ok(WorthApplying { incoming, equal })
}

/// What was written of a page.
struct Written {
    records: Vec<AppliedRecord>,
    /// Of records that were left out.
    counts: Counts,
    warnings: Vec<logs::Entry>,
}

/// Matches a page's records with their rows, decides and writes, all of them or those with which the plan that is carried
/// out has something to do.
async fn write(
    connection: &mut Connection,
    run: &Run,
    walk: &Walk,
    incoming: Vec<Incoming>,
) -> Result<Written, Failure> {
    if walk.phase == Phase::PullAgain {
        // They count once, by what becomes of them now.
        let ids: Vec<&str> = incoming.iter().map(|record| record.geniacs_id.as_str()).collect();
        record_errors::take_pulled(connection, run.sync_id, DUPLICATE_VALUE, &ids).await?;
    }

    let before = incoming.len();
    let incoming = without_planned(connection, run, walk, incoming).await?;
    let left_out = i64::try_from(before - incoming.len()).unwrap_or(i64::MAX);
    let mut counts = Counts { read: left_out, unchanged: left_out, ..Counts::default() };

    let (target, mut warnings) = (run.target(), Vec::new());
    let records = match run.frozen.source {
        Source::Everything | Source::Filtered(_) | Source::Failed(_) => {
            incoming::apply(connection, &target, incoming, &mut warnings).await?
        }
        Source::Planned(plan_of) => {
            let done = preview::apply_planned(connection, run, &target, plan_of, incoming, &mut warnings).await?;
            counts += Counts { read: done.skipped, skipped: done.skipped, ..Counts::default() };
            warnings.extend(done.moved_on);
            done.records
        }
    };
    Ok(Written { records, counts, warnings })
}

/// A listing that was begun anew shows records again. Written ones come out unchanged; planned ones are left out.
async fn without_planned(
    connection: &mut Connection,
    run: &Run,
    walk: &Walk,
    mut incoming: Vec<Incoming>,
) -> Result<Vec<Incoming>, Failure> {
    if !walk.begun_anew || run.frozen.effect.writes() {
        return Ok(incoming);
    }

    let ids: Vec<&str> = incoming.iter().map(|record| record.geniacs_id.as_str()).collect();
    let planned = plan_items::pulled_before(connection, run.sync_id, &ids).await?;
    incoming.retain(|record| !planned.contains(&record.geniacs_id));
    Ok(incoming)
}

/// All that a page comes to.
struct PageAccount {
    records: Vec<AppliedRecord>,
    counts: Counts,
    warnings: Vec<logs::Entry>,
    /// Why records failed, and why parts of the page are none.
    errors: Vec<NewRecordError>,
    /// What a dry run plans.
    items: Vec<NewPlanItem>,
}

/// Counts what became of a page's records, and of what in it is no record.
async fn account(
    connection: &mut Connection,
    run: &Run,
    page: &Page,
    Written { records, mut counts, warnings }: Written,
) -> Result<PageAccount, Failure> {
    let malformed: Vec<NewRecordError> = page.malformed.iter().map(|reason| malformed(reason)).collect();
    let mut items = Vec::new();

    match run.frozen.effect {
        Effect::Apply => records.iter().for_each(|record| record.applied.outcome.counted(&mut counts)),
        Effect::Preview | Effect::Check => {
            items = preview::pulled_items(connection, run, &records).await?;
            preview::count(&items, &mut counts);
            items.extend(malformed.iter().map(preview::unusable));
            items = preview::worth_keeping(run, items);
        }
    }

    let failed = i64::try_from(malformed.len()).unwrap_or(i64::MAX);
    counts += Counts { read: failed, failed, ..Counts::default() };
    let errors = records.iter().filter_map(failure).chain(malformed).collect();

    let notices = page.notices.iter().map(|notice| notice_entry(notice));
    let warnings = notices.chain(warnings).collect();
    Ok(PageAccount { records, counts, warnings, errors, items })
}

/// Stores what a page came to, and how far the walk is now.
async fn store(
    connection: &mut Connection,
    run: &Run,
    chunk: &Chunk,
    page: &Page,
    account: &PageAccount,
    walk: &Walk,
) -> Result<(), Failure> {
    let PageAccount { records, counts, warnings, errors, items } = account;
    if !chunks::count(connection, chunk, counts, walk.complete).await? {
        return Err(Failure::LeaseLost);
    }

    missing::note_seen(connection, run, page, records).await?;
    record_errors::add(connection, run.sync_id, chunk.id, errors).await?;

    match run.frozen.effect {
        Effect::Apply => {
            note_history(connection, run, records).await?;
            reopen_events(connection, run, records).await?;
        }
        Effect::Preview | Effect::Check => plan_items::add(connection, run.sync_id, chunk.id, items).await?,
    }

    logs::add(connection, run.integration_id, Some(run.sync_id), warnings).await?;
    Ok(syncs::save_walk(connection, run.sync_id, &walk.to_json(), true).await?)
}

/// Notes what is new in a page that was applied. It only helps people: that it fails is no reason for a sync to fail.
async fn note_fields(connection: &mut Connection, run: &Run, records: &[Record]) {
    let news = run.fields_seen.news(records);
    if let Err(error) = fields_seen::note(connection, run.integration_id, run.entity, &news).await {
        tracing::warn!(sync_id = run.sync_id, %error, "the fields of a page were not noted");
    }
}

/// Stops a run that would clear or change an unusual share of the records.
async fn check_guard(
    connection: &mut Connection,
    run: &Run,
    chunk: &Chunk,
    account: &PageAccount,
) -> Result<(), Failure> {
    if !guard::is_on(run) {
        return Ok(());
    }
    let cleared = account.records.iter().filter(|record| record.applied.clears()).count();
    let cleared = i64::try_from(cleared).unwrap_or(i64::MAX);
    let changed = account.counts.updated;
    if cleared == 0 && changed == 0 {
        return Ok(());
    }

    // One chunk walks the whole listing.
    let before = chunks::affected(connection, chunk).await?;
    let affected = Affected { cleared: before.cleared + cleared, changed: before.changed + changed };
    guard::check(connection, run, chunk, affected).await
}

/// What the log says of a page beside its records.
fn notice_entry(notice: &str) -> logs::Entry {
    logs::Entry { level: "warning", message: notice.to_owned(), ..logs::Entry::default() }
}

/// Notes what happened to records, and which of them wait for others.
async fn note_history(connection: &mut Connection, run: &Run, records: &[AppliedRecord]) -> Result<(), Failure> {
    if !run.descriptor.append_only {
        let origin = history::origin(run, SyncDirection::FromGeniacs);
        storage::records::history::add(connection, &origin, &history::of_page(records)).await?;
    }
    Ok(waiting::add(connection, run.integration_id, &waits(records)).await?)
}

fn first_mapped(run: &Run, incoming: &[Incoming]) -> Option<Map<String, Value>> {
    incoming.first().map(|record| run.mapping.pull(&record.fields, &References::default()).fields)
}

async fn reopen_events(connection: &mut Connection, run: &Run, records: &[AppliedRecord]) -> Result<(), Failure> {
    let newly_linked = records.iter().filter(|record| record.applied.newly_linked);
    let linked: Vec<&str> = newly_linked.map(|record| record.record.geniacs_id.as_str()).collect();
    if !linked.is_empty() {
        storage::webhooks::reopen_for(connection, run.integration_id, run.entity, &linked).await?;
    }
    Ok(())
}

fn failure(AppliedRecord { record, applied }: &AppliedRecord) -> Option<NewRecordError> {
    let (record_id, error_type, field, message) = match &applied.outcome {
        Outcome::Failed { local_id, error_type, field, message } => (*local_id, *error_type, field, message),
        Outcome::Unresolved { local_id, field, message, .. } => (*local_id, UNRESOLVED, field, message),
        _ => return None,
    };

    Some(NewRecordError {
        record_id,
        geniacs_id: Some(record.geniacs_id.clone()),
        error_type: error_type.to_owned(),
        field: field.clone(),
        message: message.clone(),
        retryable: false,
    })
}

fn waits(records: &[AppliedRecord]) -> Vec<Wait> {
    let of_record = |record: &AppliedRecord| match &record.applied.outcome {
        Outcome::Unresolved { waits, .. } => waits.clone(),
        _ => Vec::new(),
    };
    records.iter().flat_map(of_record).collect()
}

/// What in a page is no record.
fn malformed(reason: &str) -> NewRecordError {
    NewRecordError {
        record_id: None,
        geniacs_id: None,
        error_type: "malformed_record".to_owned(),
        field: None,
        message: reason.to_owned(),
        retryable: false,
    }
}
