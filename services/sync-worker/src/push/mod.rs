//! A push chunk: read a stretch, map it, leave out what Geniacs has, send the rest, and store what became of it.

mod again;
mod prepare;
mod refused;
mod send;
mod settle;

pub(crate) use prepare::{Prepared, warning};

use crate::failure::Failure;
use crate::form::KeptForm;
use crate::incoming::Incoming;
use crate::plan;
use crate::preview;
use crate::references;
use crate::run::Run;
use crate::trail::Trail;
use crate::work::Lease;
use crate::worker::Worker;
use domain::Counts;
use geniacs::Client;
use mapping::References;
use serde_json::{Map, Value};
use std::sync::Arc;
use storage::chunks::{Chunk, Stretch};
use storage::plan_items::NewPlanItem;
use storage::record_errors::NewRecordError;
use storage::records::{self, Outgoing};
use storage::waiting::Wait;
use storage::{Connection, logs};

/// What a chunk has come to so far. Every record that was read is in `counts`, or waits in `later`.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) counts: Counts,
    confirmed: Vec<Confirmed>,
    pub(crate) errors: Vec<NewRecordError>,
    pub(crate) warnings: Vec<logs::Entry>,
    /// Local ids that another attempt may help, and what stopped them.
    pub(crate) later: Vec<i64>,
    /// Local ids of requests whose outcome is unknown.
    unconfirmed: Vec<i64>,
    /// Local ids of records of which nobody can tell whether Geniacs holds them.
    unanswerable: Vec<i64>,
    /// Local ids of records that Geniacs has refused, so that nothing of their requests is there.
    not_taken: Vec<i64>,
    /// Records of which Geniacs holds a newer version.
    newer: Vec<prepare::Prepared>,
    /// What it holds of them, by local id.
    held: Vec<(i64, Incoming)>,
    /// Events that go on because of the records that were linked.
    reopened: usize,
    /// What records wait for that refer to one without a link.
    waits: Vec<Wait>,
    /// A dry run's plan.
    pub(crate) items: Vec<NewPlanItem>,
    /// The first record that the run mapped, masked, if nothing shows one yet.
    mapped: Option<Value>,
}

/// A row, and its fields read.
pub(crate) struct Local {
    pub(crate) row: Outgoing,
    pub(crate) fields: Map<String, Value>,
}

impl Local {
    /// A row that cannot be read, for a number without end or JSON without a bottom, fails alone.
    fn read(row: Outgoing, outcome: &mut Outcome) -> Option<Self> {
        match domain::json::from_str(&row.fields) {
            Ok(fields) => Some(Self { row, fields }),
            Err(error) => {
                outcome.counts.read += 1;
                outcome.counts.failed += 1;
                outcome.errors.push(NewRecordError {
                    record_id: Some(row.id),
                    geniacs_id: row.geniacs_id,
                    error_type: "record_unreadable".to_owned(),
                    message: format!("the record cannot be read: {error}"),
                    retryable: false,
                });
                None
            }
        }
    }
}

/// A record that Geniacs has taken.
struct Confirmed {
    local_id: i64,
    geniacs_id: Option<String>,
    /// What its link is to keep; none for a deletion.
    kept: Option<KeptForm>,
    /// What Geniacs said or confirmed before, as text.
    agreed: Option<String>,
    /// When it was read, microseconds since 1970, and its row's change position then.
    read_at: (i64, i64),
    deleted: bool,
    /// Whether its link had no Geniacs id before.
    newly_linked: bool,
    /// What it was counted as, in case its link cannot be stored.
    counted: fn(&mut Counts) -> &mut i64,
}

/// Runs a push chunk.
pub(crate) async fn run(worker: &Worker, chunk: &Chunk, lease: &Lease, trail: &Arc<Trail>) -> Result<(), Failure> {
    let run = push_run(worker, chunk).await?;
    let mut outcome = Outcome::default();
    let (records, references) = read(&mut *worker.connection().await?, &run, chunk, &mut outcome).await?;
    outcome.mapped = run.first_mapped(|| first_mapped(&run, &records, &references));
    let client = trail.client(&run);
    let outgoing = prepare::prepare(&run, chunk.unconfirmed, records, &references, &mut outcome);
    let stopped = if run.frozen.options.dry_run {
        preview::plan_push(&run, &client, outgoing, &mut outcome).await
    } else {
        match check(worker, &run, &client, chunk, lease, outgoing, &mut outcome).await {
            Ok(outgoing) => {
                let stopped = send::send(worker, &run, &client, (chunk, lease), outgoing, &mut outcome).await;
                send::ask_for_new_ids(&run, &client, lease, &mut outcome).await;
                let unread = refused::read_back(&run, &client, &mut outcome).await;
                stopped.or(unread)
            }
            Err((outgoing, failure)) => {
                send::leave(outgoing, false, &mut outcome);
                Some(failure)
            }
        }
    };
    settle::settle(worker, &run, chunk, trail, outcome, stopped).await?;
    plan::advance(worker, chunk.sync_id).await
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
    if let Some(plan_of) = run.frozen.plan_of {
        let named = chunk.record_ids.as_ref().map_or(0, Vec::len);
        return preview::keep_planned(worker, run, client, plan_of, (named, outgoing), outcome).await;
    }
    let looked_up = send::look_up_unconfirmed(worker, run, client, lease, &mut outgoing, outcome).await;
    if let Err(failure) = looked_up {
        return Err((outgoing, failure));
    }
    let outgoing = send::without_never_there(outgoing, outcome);
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

/// Reads the chunk's records, and the links that they refer to.
async fn read(
    connection: &mut Connection,
    run: &Run,
    chunk: &Chunk,
    outcome: &mut Outcome,
) -> Result<(Vec<Local>, References), Failure> {
    let rows = read_rows(connection, run, chunk).await?;
    let mut records: Vec<Local> = rows.into_iter().filter_map(|row| Local::read(row, outcome)).collect();
    if run.frozen.options.dry_run {
        records = preview::with_pulled(connection, run, records, outcome).await?;
    }
    let mut found = References::default();
    let fields = records.iter().map(|record| &record.fields);
    references::find(connection, run.integration_id, &run.mapping, fields, std::iter::empty(), &mut found).await?;
    Ok((records, found))
}

async fn read_rows(connection: &mut Connection, run: &Run, chunk: &Chunk) -> Result<Vec<Outgoing>, Failure> {
    let columns = run.mapping.local_fields();
    if let Some(ids) = &chunk.record_ids {
        return Ok(records::read_named(connection, run.descriptor, columns, run.integration_id, ids).await?);
    }
    let Some(selection) = &run.frozen.selection else {
        return Err(Failure::fatal("plan_unreadable", "the sync's plan selects no records; trigger it again"));
    };
    let stretch = Stretch {
        after: (chunk.after_xid.unwrap_or(0), chunk.after_id.unwrap_or(0)),
        upto: (chunk.upto_xid.unwrap_or(0), chunk.upto_id.unwrap_or(0)),
    };
    Ok(records::read_stretch(connection, run.descriptor, columns, run.integration_id, selection, stretch).await?)
}
