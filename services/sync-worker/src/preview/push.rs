//! What a push would change at Geniacs.

use super::there::{Wanted, held};
use super::{change, form_there};
use crate::failure::Failure;
use crate::outgoing::{LeftOut, Local, Prepared, WhyLeftOut};
use crate::run::Run;
use domain::{Counts, PlanAction, SyncDirection};
use geniacs::{Client, PushContent, Record};
use mapping::Plan;
use serde_json::{Map, Value};
use std::collections::HashMap;
use storage::Connection;
use storage::runs::plan_items::{self, NewPlanItem, PlanItem};
use storage::runs::record_errors::NewRecordError;

/// What a plan says of records.
#[derive(Default)]
pub(crate) struct PlannedPush {
    pub(crate) items: Vec<NewPlanItem>,
    pub(crate) counts: Counts,
}

/// Compares what would be sent with what Geniacs holds now, and plans each record.
pub(crate) async fn plan(run: &Run, client: &Client, outgoing: &[Prepared]) -> Result<PlannedPush, Failure> {
    let held = held(client, run.entity, &wanted(outgoing)).await?;
    let mut planned = PlannedPush::default();

    for record in outgoing {
        let id = record.record.external_id;
        let item = if let Some(reason) = held.unknown.get(&id) {
            let reason = format!("what Geniacs has cannot be told: {reason}");
            settled(Some(id), record.record.geniacs_id.clone(), PlanAction::Fail, reason)
        } else {
            let there = held.records.get(&id);
            let judged = judge(&run.mapping, &record.record.body, record.record.geniacs_id.is_some(), there);
            item(run, record, there, judged)
        };

        *counted(item.action)(&mut planned.counts) += 1;
        planned.items.push(item);
    }
    Ok(planned)
}

/// What has to be asked for.
pub(super) fn wanted(outgoing: &[Prepared]) -> Vec<Wanted<'_>> {
    outgoing.iter().map(|r| (r.record.external_id, r.record.geniacs_id.as_deref())).collect()
}

/// What a push makes of one record.
struct Judged {
    action: PlanAction,
    changes: Vec<Value>,
    reason: Option<&'static str>,
}

fn judge(mapping: &Plan, body: &PushContent, linked: bool, there: Option<&Record>) -> Judged {
    let judged = |action, changes, reason| Judged { action, changes, reason };

    match (body, there) {
        (PushContent::Delete, Some(_)) => judged(PlanAction::Delete, Vec::new(), None),
        (PushContent::Delete, None) => {
            judged(PlanAction::Unchanged, Vec::new(), Some("Geniacs does not have it any more"))
        }
        (PushContent::Upsert(fields), None) => {
            let reason = linked.then_some("it is linked, but Geniacs does not have it any more");
            judged(PlanAction::Create, differences(mapping, fields, None), reason)
        }
        (PushContent::Upsert(fields), Some(there)) => {
            let changes = differences(mapping, fields, Some(there));
            let action = if changes.is_empty() { PlanAction::Unchanged } else { PlanAction::Update };
            let reason = (!linked).then_some("it is not linked yet; Geniacs has it under this external_id");
            judged(action, changes, reason)
        }
    }
}

/// The fields that Geniacs would hold another value in, once it has taken these.
fn differences(mapping: &Plan, fields: &Map<String, Value>, there: Option<&Record>) -> Vec<Value> {
    let names = mapping.local_fields().zip(mapping.geniacs_fields());
    let mut changes = Vec::new();

    for (local, field) in names {
        let Some(new) = fields.get(field) else { continue };
        let old = there.and_then(|there| there.fields.get(field)).unwrap_or(&Value::Null);
        if there.is_none() || !mapping.says_same(field, new, old) {
            changes.push(change(local, field, old, new));
        }
    }

    changes
}

/// Whether Geniacs holds everything that a push would send.
pub(super) fn says_it_already(mapping: &Plan, body: &PushContent, there: Option<&Record>) -> bool {
    match (body, there) {
        (PushContent::Delete, there) => there.is_none(),
        (PushContent::Upsert(_), None) => false,
        (PushContent::Upsert(fields), there) => differences(mapping, fields, there).is_empty(),
    }
}

fn item(run: &Run, record: &Prepared, there: Option<&Record>, judged: Judged) -> NewPlanItem {
    let geniacs_id = record.record.geniacs_id.clone().or_else(|| there.map(|there| there.geniacs_id.clone()));
    NewPlanItem {
        direction: SyncDirection::ToGeniacs,
        local_id: Some(record.record.external_id),
        geniacs_id,
        action: judged.action,
        changes: Value::Array(judged.changes),
        reason: judged.reason.map(str::to_owned),
        local_hash: record.form.as_ref().map(|form| form.hash),
        geniacs_hash: there.map(|there| form_there(run, there).hash),
    }
}

/// The count that a planned record belongs to.
pub(super) fn counted(action: PlanAction) -> fn(&mut Counts) -> &mut i64 {
    match action {
        PlanAction::Create => |c| &mut c.created,
        PlanAction::Update => |c| &mut c.updated,
        PlanAction::Delete => |c| &mut c.deleted,
        PlanAction::Unchanged => |c| &mut c.unchanged,
        PlanAction::Skip => |c| &mut c.skipped,
        PlanAction::Conflict => |c| &mut c.conflicts,
        PlanAction::Fail => |c| &mut c.failed,
    }
}

/// A record about which a push has nothing to ask.
fn settled(local_id: Option<i64>, geniacs_id: Option<String>, action: PlanAction, reason: String) -> NewPlanItem {
    NewPlanItem {
        direction: SyncDirection::ToGeniacs,
        local_id,
        geniacs_id,
        action,
        changes: Value::Array(Vec::new()),
        reason: Some(reason),
        local_hash: None,
        geniacs_hash: None,
    }
}

/// A record that is not sent, whatever it says.
pub(crate) fn left_out(LeftOut { local_id, geniacs_id, why }: LeftOut) -> NewPlanItem {
    match why {
        WhyLeftOut::Conflict => conflict(local_id, geniacs_id),
        WhyLeftOut::Options => {
            let option = if geniacs_id.is_some() { "update_existing" } else { "create_missing" };
            settled(Some(local_id), geniacs_id, PlanAction::Skip, format!("{option} is false"))
        }
    }
}

/// A record that both sides changed.
fn conflict(local_id: i64, geniacs_id: Option<String>) -> NewPlanItem {
    let reason = "both sides changed it; a sync settles it, or keeps it for a decision".to_owned();
    settled(Some(local_id), geniacs_id, PlanAction::Conflict, reason)
}

/// The plan of records that fail.
pub(crate) fn failures(errors: &[NewRecordError]) -> Vec<NewPlanItem> {
    let failed = errors.iter().map(|error| {
        let reason = format!("{}: {}", error.error_type, error.message);
        settled(error.record_id, error.geniacs_id.clone(), PlanAction::Fail, reason)
    });
    failed.collect()
}

/// Records as they will be once the pull of the same plan is carried out.
pub(crate) struct WithPulled {
    pub(crate) records: Vec<Local>,
    /// Those that the pull cannot decide.
    pub(crate) conflicts: Vec<NewPlanItem>,
}

/// The records as they will be once the pull of the same plan is carried out: what it would change here is changed, and
/// what it would delete, or cannot decide, is left out.
pub(crate) async fn with_pulled(
    connection: &mut Connection,
    run: &Run,
    records: Vec<Local>,
) -> Result<WithPulled, Failure> {
    let ids: Vec<i64> = records.iter().map(|record| record.row.id).collect();
    let pulled = plan_items::of_records(connection, run.sync_id, SyncDirection::FromGeniacs, &ids).await?;
    let pulled: HashMap<i64, PlanItem> = pulled.into_iter().filter_map(|item| Some((item.local_id?, item))).collect();

    let mut with_pulled = WithPulled { records: Vec::with_capacity(records.len()), conflicts: Vec::new() };
    for mut record in records {
        let Some(item) = pulled.get(&record.row.id) else {
            with_pulled.records.push(record);
            continue;
        };

        match item.action.parse() {
            Ok(PlanAction::Delete) => continue,
            Ok(PlanAction::Conflict) => {
                with_pulled.conflicts.push(conflict(record.row.id, item.geniacs_id.clone()));
                continue;
            }
            Ok(PlanAction::Update) => change_as_pulled(&mut record.fields, &item.changes),
            _ => {}
        }

        // The pull links it.
        record.row.geniacs_id = record.row.geniacs_id.or_else(|| item.geniacs_id.clone());
        with_pulled.records.push(record);
    }
    Ok(with_pulled)
}

fn change_as_pulled(fields: &mut Map<String, Value>, changes: &Value) {
    for change in changes.as_array().into_iter().flatten() {
        if let Some(field) = change.get("field").and_then(Value::as_str) {
            fields.insert(field.to_owned(), change.get("new").cloned().unwrap_or_default());
        }
    }
}
