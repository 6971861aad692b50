//! A push chunk: read a stretch, map it, leave out what Geniacs has, send the rest, and store what became of it.

mod absent;
mod again;
mod alone;
mod handover;
mod isolate;
mod link;
mod prepare;
mod read;
mod refused;
mod rejected;
mod send;
mod settle;
mod taken;
mod unconfirmed;

use crate::failure::Failure;
use crate::form::KeptForm;
use crate::incoming::Incoming;
use crate::lease::Lease;
use crate::outgoing::{Changed, LeftOut, Local, Prepared};
use crate::plan;
use crate::preview;
use crate::run::Run;
use crate::trail::Trail;
use crate::worker::Worker;
use chrono::{DateTime, Utc};
use domain::Counts;
use domain::run_mode::{Effect, Source};
use geniacs::Client;
use mapping::References;
use reconcile::Kept;
use serde_json::{Map, Value};
use std::sync::Arc;
use storage::records::links;
use storage::records::waiting::Wait;
use storage::runs::chunks::Chunk;
use storage::runs::logs;
use storage::runs::plan_items::NewPlanItem;
use storage::runs::record_errors::NewRecordError;

/// What a chunk has come to so far. Every record that was read is in `counts`, or waits in `later`.
#[derive(Default)]
struct Outcome {
    counts: Counts,
    confirmed: Vec<Confirmed>,
    errors: Vec<NewRecordError>,
    warnings: Vec<logs::Entry>,
    /// Local ids that another attempt may help, and what stopped them.
    later: Vec<i64>,
    /// Local ids of requests whose outcome is unknown.
    unconfirmed: Vec<i64>,
    /// Local ids of records of which nobody can tell whether Geniacs holds them.
    unanswerable: Vec<i64>,
    /// Local ids of records that Geniacs has refused, so that nothing of their requests is there.
    not_taken: Vec<i64>,
    /// Records that were refused and have another natural key than before.
    key_waiters: Vec<handover::KeyWaiter>,
    /// Records of which Geniacs holds a newer version.
    newer: Vec<Prepared>,
    /// Records that failed perhaps because Geniacs does not have them any more.
    maybe_absent: Vec<Prepared>,
    /// What it holds of them, by local id.
    held: Vec<(i64, Incoming)>,
    /// Events that go on because of the records that were linked.
    reopened: usize,
    /// What records wait for that refer to one without a link.
    waits: Vec<Wait>,
    /// Records that are not sent, whatever they say.
    left_out: Vec<LeftOut>,
    /// A dry run's plan.
    items: Vec<NewPlanItem>,
    /// The first record that the run mapped, masked, if nothing shows one yet.
    mapped: Option<Value>,
}

/// A record that Geniacs has taken.
struct Confirmed {
    local_id: i64,
    geniacs_id: Option<String>,
    /// The id that it was sent with, where the answer names another one.
    former_id: Option<String>,
    /// What its link is to keep; none for a deletion.
    kept: Option<KeptForm>,
    /// What Geniacs said or confirmed before, as text, and where the local side held something else.
    agreed: Option<String>,
    held: Option<String>,
    /// What it changed at Geniacs; none: all of it, or nobody knows.
    changed: Option<Changed>,
    /// When its link had last learned something.
    synced_at: Option<DateTime<Utc>>,
    /// When it was read, microseconds since 1970, and its row's change position then.
    read_at: (i64, i64),
    deleted: bool,
    /// Whether its link had no Geniacs id before.
    newly_linked: bool,
    /// What it was counted as, in case its link cannot be stored.
    counted: fn(&mut Counts) -> &mut i64,
}

impl Confirmed {
    /// What its link is to hold, given what it has learned since the record was read.
    fn link<'a>(&'a self, beside: Option<&'a KeptForm>) -> links::Confirmed<'a> {
        let kept = beside.or(self.kept.as_ref());
        links::Confirmed {
            local_id: self.local_id,
            geniacs_id: self.geniacs_id.as_deref(),
            content_hash: kept.map(|kept| kept.hash.as_slice()),
            agreed: kept.map(|kept| kept.agreed.as_str()),
            held: kept.and_then(|kept| kept.held.as_deref()),
            sent_at: self.read_at.0,
            changed: self.changed.as_ref().map(|changed| changed.fields.as_slice()),
            replaced: self.changed.as_ref().map(|changed| &changed.replaced),
            was_there: !self.newly_linked,
            // 0 is the change position of no row: what came meanwhile is looked at again.
            changed_xid: if beside.is_some() { 0 } else { self.read_at.1 },
            deleted: self.deleted,
        }
    }

    /// What its link is to keep beside what it has learned since the record was read.
    fn beside_news(&self, now: &links::Learned) -> Option<KeptForm> {
        let sent = self.kept.as_ref()?;
        let before = Kept::read(self.agreed.as_deref(), self.held.as_deref());
        let now = Kept::read(now.agreed.as_deref(), now.held.as_deref());
        KeptForm::of(&Kept::read(Some(&sent.agreed), sent.held.as_deref()).beside_news(&before, &now))
    }
}

/// Runs a push chunk.
pub(crate) async fn run(worker: &Worker, chunk: &Chunk, lease: &Lease, trail: &Arc<Trail>) -> Result<(), Failure> {
    let run = push_run(worker, chunk).await?;
    let mut outcome = Outcome::default();
    let (records, references) = read::read(&mut *worker.connection().await?, &run, chunk, &mut outcome).await?;
    outcome.mapped = run.first_mapped(|| first_mapped(&run, &records, &references));

    let client = trail.client(&run);
    let outgoing = prepare::prepare(&run, chunk.unconfirmed, records, &references, &mut outcome);

    let stopped = match run.frozen.effect {
        Effect::Apply => {
            let sending = send::Sending { worker, run: &run, client: &client, chunk, lease, trail };
            check_and_send(&sending, outgoing, &mut outcome).await
        }
        Effect::Preview | Effect::Check => plan_only(&run, &client, &outgoing, &mut outcome).await,
    };

    settle::settle(worker, &run, chunk, (lease, trail), outcome, stopped).await?;
    plan::advance(worker, chunk.sync_id).await
}

/// Plans what would be sent. Returns what stopped it.
async fn plan_only(run: &Run, client: &Client, outgoing: &[Prepared], outcome: &mut Outcome) -> Option<Failure> {
    outcome.items.extend(std::mem::take(&mut outcome.left_out).into_iter().map(preview::left_out));

    match preview::plan_push(run, client, outgoing).await {
        Ok(planned) => {
            outcome.counts += planned.counts;
            outcome.items.extend(planned.items);
            None
        }
        Err(failure) => {
            outcome.later.extend(outgoing.iter().map(|record| record.record.external_id));
            Some(failure)
        }
    }
}

/// Sends what is not at Geniacs yet, and reads back what its answers leave open. Returns what stopped it.
async fn check_and_send(
    sending: &send::Sending<'_>,
    outgoing: Vec<Prepared>,
    outcome: &mut Outcome,
) -> Option<Failure> {
    let send::Sending { worker, run, client, chunk, lease, .. } = *sending;
    let outgoing = match check(worker, run, client, chunk, lease, outgoing, outcome).await {
        Ok(outgoing) => outgoing,
        Err((outgoing, failure)) => {
            taken::leave(outgoing, false, outcome);
            return Some(failure);
        }
    };

    let stopped = send::send(sending, outgoing, outcome).await;
    // What was answered before a stop is read back all the same.
    unconfirmed::ask_for_new_ids(worker, run, client, lease, outcome).await;
    unconfirmed::settle_other_ids(run, client, outcome).await;
    let unread = refused::read_back(run, client, outcome).await;
    let unasked = absent::read_back(run, client, outcome).await;
    stopped.or(unread).or(unasked)
}

/// Asks Geniacs about the records that must not be sent unseen: in a plan all of them.
async fn check(
    worker: &Worker,
    run: &Run,
    client: &Client,
    chunk: &Chunk,
    lease: &Lease,
    mut outgoing: Vec<Prepared>,
    outcome: &mut Outcome,
) -> Result<Vec<Prepared>, (Vec<Prepared>, Failure)> {
    match run.frozen.source {
        Source::Planned(plan_of) => {
            let kept = preview::keep_planned(&worker.pool, run, client, plan_of, outgoing).await?;
            // Records that were planned and are not here any more were not even read.
            let named = chunk.record_ids.as_ref().map_or(0, Vec::len);
            let gone = i64::try_from(named).unwrap_or(i64::MAX) - outcome.counts.read;
            let moved_on = kept.moved_on + gone;
            outcome.counts += Counts { read: gone, skipped: moved_on, ..Counts::default() };
            outcome.warnings.extend(preview::moved_on(moved_on));
            return Ok(kept.records);
        }
        Source::Everything | Source::Filtered(_) | Source::Failed(_) => {}
    }

    let looked_up = unconfirmed::look_up_unconfirmed(worker, run, client, (chunk, lease), &mut outgoing, outcome).await;
    if let Err(failure) = looked_up {
        return Err((outgoing, failure));
    }
    let outgoing = unconfirmed::without_never_there(outgoing, outcome);
    again::merge_passed_over(worker, run, client, outgoing, outcome).await
}

/// The run, with what this chunk is a stretch of. A worker that knows the run from its pull has not seen that yet.
async fn push_run(worker: &Worker, chunk: &Chunk) -> Result<Arc<Run>, Failure> {
    let run = worker.run(chunk.sync_id).await?;
    if run.frozen.selection.is_some() || chunk.record_ids.is_some() {
        return Ok(run);
    }
    worker.renewed_run(chunk.sync_id).await
}

fn first_mapped(run: &Run, records: &[Local], references: &References) -> Option<Map<String, Value>> {
    let mapped = records.iter().map(|record| run.mapping.push(&record.fields, references));
    mapped.filter(|mapped| mapped.errors.is_empty()).map(|mapped| mapped.fields).next()
}
