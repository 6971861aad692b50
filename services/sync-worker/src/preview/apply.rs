//! Leaving out what has moved on since a plan was made.

use super::form_there;
use super::pull;
use super::push::{says_it_already, wanted};
use super::there::held;
use crate::failure::Failure;
use crate::incoming::{self, AppliedRecord, Incoming, Target};
use crate::outgoing::Prepared;
use crate::run::Run;
use domain::sync::SyncOptions;
use domain::{PlanAction, SyncDirection};
use geniacs::{Client, PushContent, Record};
use mapping::References;
use std::collections::HashMap;
use storage::records::links;
use storage::runs::logs;
use storage::runs::plan_items::{self, PlanItem};
use storage::{Connection, Pool, pool};

/// The records of a chunk of a plan that are still as they were planned, on both sides.
pub(crate) struct AsPlanned {
    pub(crate) records: Vec<Prepared>,
    /// How many others there were, those included of which there is nothing left to send.
    pub(crate) moved_on: i64,
}

/// Leaves out the records of a chunk of a plan that are not as they were planned any more. All of them come back where
/// that cannot be told now.
pub(crate) async fn keep_planned(
    pool: &Pool,
    run: &Run,
    client: &Client,
    plan_of: i64,
    outgoing: Vec<Prepared>,
) -> Result<AsPlanned, (Vec<Prepared>, Failure)> {
    let planned = match planned(pool, run, plan_of, &outgoing).await {
        Ok(planned) => planned,
        Err(failure) => return Err((outgoing, failure)),
    };

    let held = match held(client, run.entity, &wanted(&outgoing)).await {
        Ok(held) => held,
        Err(error) => return Err((outgoing, error.into())),
    };

    let mut kept = AsPlanned { records: Vec::with_capacity(outgoing.len()), moved_on: 0 };
    for mut record in outgoing {
        let id = record.record.external_id;
        let there = held.records.get(&id);
        let is_known = !held.unknown.contains_key(&id);
        if is_known && planned.get(&id).is_some_and(|item| is_as_planned(run, item, &record, there)) {
            // What was created under our id meanwhile is not created again.
            record.record.geniacs_id = record.record.geniacs_id.or_else(|| there.map(|there| there.geniacs_id.clone()));
            kept.records.push(record);
        } else {
            kept.moved_on += 1;
        }
    }
    Ok(kept)
}

async fn planned(
    pool: &Pool,
    run: &Run,
    plan_of: i64,
    outgoing: &[Prepared],
) -> Result<HashMap<i64, PlanItem>, Failure> {
    let ids: Vec<i64> = outgoing.iter().map(|record| record.record.external_id).collect();
    let mut connection = pool::get(pool).await?;
    let items = plan_items::of_records(&mut connection, plan_of, SyncDirection::ToGeniacs, &ids).await?;
    tracing::debug!(sync_id = run.sync_id, plan_of, items = items.len(), "what was planned is looked at again");
    Ok(items.into_iter().filter_map(|item| Some((item.local_id?, item))).collect())
}

fn is_as_planned(run: &Run, item: &PlanItem, record: &Prepared, there: Option<&Record>) -> bool {
    let deletes = record.record.body == PushContent::Delete;
    let fits = match item.action.parse() {
        Ok(PlanAction::Delete) => deletes,
        Ok(PlanAction::Create | PlanAction::Update) => !deletes,
        _ => false,
    };

    let here = record.form.as_ref().map(|form| form.hash.as_slice());
    let there_now = there.map(|there| form_there(run, there).hash);
    // An earlier attempt may have done it already.
    fits && here == item.local_hash.as_deref()
        && (there_now.as_ref().map(<[u8; 32]>::as_slice) == item.geniacs_hash.as_deref()
            || says_it_already(&run.mapping, &record.record.body, there))
}

/// What became of those records of a page that were still as they were planned.
pub(crate) struct AppliedPlan {
    pub(crate) records: Vec<AppliedRecord>,
    /// How many others there were.
    pub(crate) skipped: i64,
    /// What the log says of them.
    pub(crate) moved_on: Option<logs::Entry>,
}

/// Applies those records of a page that are still as they were planned, on both sides, inside the caller's transaction.
pub(crate) async fn apply_planned(
    connection: &mut Connection,
    run: &Run,
    target: &Target<'_>,
    plan_of: i64,
    incoming: Vec<Incoming>,
    warnings: &mut Vec<logs::Entry>,
) -> Result<AppliedPlan, Failure> {
    let Split { new, known, moved_on } = split(connection, run, plan_of, incoming).await?;
    let options =
        |create_missing| SyncOptions { create_missing, update_existing: !create_missing, ..target.options.clone() };
    let (create, update) = (options(true), options(false));

    let mut records = Vec::new();
    for (options, some) in [(&create, new), (&update, known)] {
        if some.is_empty() {
            continue;
        }
        let target = Target { options, references: References::default(), ..*target };
        records.extend(incoming::apply(connection, &target, some, warnings).await?);
    }

    // One that was to be created and is here by now, or the other way round.
    let left_out = records.iter().filter(|record| record.applied.outcome == incoming::Outcome::Skipped);
    let left_out = i64::try_from(left_out.count()).unwrap_or(i64::MAX);
    Ok(AppliedPlan { skipped: moved_on, moved_on: self::moved_on(moved_on + left_out), records })
}

/// The records of a page by what is planned for them.
#[derive(Default)]
struct Split {
    /// To be created here.
    new: Vec<Incoming>,
    /// To be changed or deleted here.
    known: Vec<Incoming>,
    moved_on: i64,
}

async fn split(
    connection: &mut Connection,
    run: &Run,
    plan_of: i64,
    incoming: Vec<Incoming>,
) -> Result<Split, Failure> {
    // Nobody else may apply records between this comparison and the writing.
    links::lock_incoming(connection, run.integration_id, run.entity).await?;
    let ids: Vec<&str> = incoming.iter().map(|record| record.geniacs_id.as_str()).collect();
    let items = plan_items::to_pull_of(connection, plan_of, &ids).await?;
    let local_ids: Vec<i64> = items.iter().filter_map(|item| item.local_id).collect();
    let here = pull::hashes(connection, run, &local_ids).await?;

    let items: HashMap<&str, &PlanItem> =
        items.iter().filter_map(|item| Some((item.geniacs_id.as_deref()?, item))).collect();
    let mut split = Split::default();

    for record in incoming {
        let there = (!record.deleted).then(|| pull::form_of(run, &record).hash);
        let as_planned = |item: &&&PlanItem| {
            let local = item.local_id.and_then(|id| here.get(&id));
            item.geniacs_hash.as_deref() == there.as_ref().map(<[u8; 32]>::as_slice)
                && item.local_hash.as_deref() == local.map(<[u8; 32]>::as_slice)
        };

        match items.get(record.geniacs_id.as_str()).filter(as_planned) {
            None => split.moved_on += 1,
            Some(item) if item.local_id.is_none() => split.new.push(record),
            Some(_) => split.known.push(record),
        }
    }

    Ok(split)
}

/// What the log says of records that were left out.
pub(crate) fn moved_on(count: i64) -> Option<logs::Entry> {
    let message = match count {
        0 => return None,
        1 => "1 record was left out: it has changed since the plan was made".to_owned(),
        count => format!("{count} records were left out: they have changed since the plan was made"),
    };
    Some(logs::Entry { level: "warning", message, ..logs::Entry::default() })
}
