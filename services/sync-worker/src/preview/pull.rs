//! What a page of Geniacs' records would change here.

use super::change;
use crate::failure::Failure;
use crate::form::Form;
use crate::incoming::{self, Applied, AppliedRecord, Incoming, Outcome};
use crate::references::{self, UNRESOLVED};
use crate::run::Run;
use domain::{PlanAction, SyncDirection};
use mapping::References;
use serde_json::{Map, Value};
use std::collections::HashMap;
use storage::records::links;
use storage::runs::plan_items::NewPlanItem;
use storage::runs::record_errors::NewRecordError;
use storage::{Connection, records};

/// The plan of a page that was applied as a dry run, in its order.
pub(crate) async fn items(
    connection: &mut Connection,
    run: &Run,
    records: &[AppliedRecord],
) -> Result<Vec<NewPlanItem>, Failure> {
    let ids: Vec<i64> = records.iter().filter_map(|record| record.applied.local_id).collect();
    let here = hashes(connection, run, &ids).await?;
    let references = references_of(connection, run, records).await?;

    let planned = records.iter().map(|AppliedRecord { record, applied: done }| {
        let (action, reason) = action(done);
        let changes = if action == PlanAction::Create { created(run, record, &references) } else { changes(done) };
        NewPlanItem {
            direction: SyncDirection::FromGeniacs,
            local_id: done.local_id,
            geniacs_id: Some(record.geniacs_id.clone()),
            action,
            changes: Value::Array(changes),
            reason,
            local_hash: done.local_id.and_then(|id| here.get(&id).copied()),
            geniacs_hash: (!record.deleted).then(|| form_of(run, record).hash),
        }
    });

    Ok(planned.collect())
}

/// What Geniacs says in the mapped fields.
pub(super) fn form_of(run: &Run, record: &Incoming) -> Form {
    let fields: Map<String, Value> = run
        .mapping
        .geniacs_fields()
        .filter_map(|name| Some((name.to_owned(), record.fields.get(name)?.clone())))
        .collect();
    Form::of(&fields)
}

/// The hashes of local records in Geniacs' form, locked until the transaction ends; one that is deleted has none. The
/// caller lets nobody else apply records meanwhile.
pub(super) async fn hashes(
    connection: &mut Connection,
    run: &Run,
    ids: &[i64],
) -> Result<HashMap<i64, [u8; 32]>, Failure> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }

    links::lock(connection, run.integration_id, run.entity, ids).await?;
    let columns = run.mapping.local_fields();
    let rows = records::lock(connection, run.descriptor, columns, run.integration_id, ids).await?;

    let mut locals = Vec::with_capacity(rows.len());
    for row in rows.iter().filter(|row| !row.deleted) {
        locals.push((row.id, incoming::read_row(row.id, &row.fields)?));
    }

    let mut found = References::default();
    let fields = locals.iter().map(|(_, fields)| fields);
    references::find(connection, run.integration_id, &run.mapping, fields, std::iter::empty(), &mut found).await?;

    Ok(locals.iter().map(|(id, local)| (*id, Form::of(&run.mapping.push(local, &found).fields).hash)).collect())
}

async fn references_of(
    connection: &mut Connection,
    run: &Run,
    records: &[AppliedRecord],
) -> Result<References, Failure> {
    let mut found = References::default();
    let fields = records.iter().map(|record| &record.record.fields);
    references::find(connection, run.integration_id, &run.mapping, std::iter::empty(), fields, &mut found).await?;
    Ok(found)
}

fn action(done: &Applied) -> (PlanAction, Option<String>) {
    let because = |action, reason: &str| (action, Some(reason.to_owned()));
    match &done.outcome {
        Outcome::Created => (PlanAction::Create, None),
        Outcome::Updated => (PlanAction::Update, None),
        Outcome::Deleted => (PlanAction::Delete, None),
        Outcome::Unchanged => (PlanAction::Unchanged, None),
        Outcome::Superseded => because(PlanAction::Unchanged, "what is known here is newer"),
        Outcome::Skipped => because(PlanAction::Skip, "the options leave it out, or it is deleted here"),
        Outcome::UnknownRecord => because(PlanAction::Skip, "it is deleted at Geniacs and was never here"),
        // What Geniacs wins changes here.
        Outcome::Conflict { .. } if !done.changes.is_empty() => {
            because(PlanAction::Update, "both sides changed it; the conflict policy decides")
        }
        Outcome::Conflict { .. } => {
            because(PlanAction::Conflict, "both sides changed it; a sync settles it, or keeps it for a decision")
        }
        Outcome::Unresolved { message, .. } => (PlanAction::Fail, Some(format!("{UNRESOLVED}: {message}"))),
        Outcome::Failed { error_type, message, .. } => (PlanAction::Fail, Some(format!("{error_type}: {message}"))),
    }
}

fn changes(done: &Applied) -> Vec<Value> {
    done.changes.iter().map(|c| change(&c.field, &c.geniacs_field, &c.old, &c.new)).collect()
}

/// What a new record would hold.
fn created(run: &Run, record: &Incoming, references: &References) -> Vec<Value> {
    let mut fields = run.mapping.pull(&record.fields, references).fields;
    let names = run.mapping.local_fields().zip(run.mapping.geniacs_fields());
    names.filter_map(|(local, field)| Some(change(local, field, &Value::Null, &fields.remove(local)?))).collect()
}

/// The plan of what in a page is no record.
pub(crate) fn unusable(error: &NewRecordError) -> NewPlanItem {
    NewPlanItem {
        direction: SyncDirection::FromGeniacs,
        local_id: None,
        geniacs_id: error.geniacs_id.clone(),
        action: PlanAction::Fail,
        changes: Value::Array(Vec::new()),
        reason: Some(format!("{}: {}", error.error_type, error.message)),
        local_hash: None,
        geniacs_hash: None,
    }
}
