//! What goes into the history of records: what changed, failed or conflicted, and of events everything.

use crate::incoming::{Applied, AppliedRecord, Change, Incoming, Outcome};
use crate::run::Run;
use domain::history::{Action, Cause};
use domain::run_mode::Source;
use domain::{SyncDirection, SyncType};
use serde_json::{Map, Value, json};
use storage::records::history::{Entry, Origin};
use storage::runs::record_errors::NewRecordError;

/// Characters of what a record told too late.
const LONGEST_REASON: usize = 2_000;

/// Whose records a run moves, on which way, and why.
pub(crate) fn origin(run: &Run, direction: SyncDirection) -> Origin {
    let cause = match &run.frozen.source {
        Source::Failed(_) => Cause::Retry,
        Source::Planned(_) => Cause::Apply,
        Source::Everything | Source::Filtered(_) => match run.sync_type {
            SyncType::RealTime => Cause::RealTime,
            SyncType::Full | SyncType::Incremental | SyncType::Scheduled => Cause::Sync,
        },
    };
    Origin { integration_id: run.integration_id, entity: run.entity, direction, cause, sync_id: Some(run.sync_id) }
}

/// The fields that differ between two Geniacs forms (canonical texts), by their local names; none without a former one.
pub(crate) fn differences(run: &Run, before: Option<&str>, after: Option<&str>) -> Option<Value> {
    let read = |text: &str| serde_json::from_str::<Map<String, Value>>(text).ok();
    let (before, after) = (read(before?)?, read(after?)?);
    let null = Value::Null;
    let differing = run.mapping.local_fields().zip(run.mapping.geniacs_fields()).filter_map(|(local, field)| {
        let (old, new) = (before.get(field).unwrap_or(&null), after.get(field).unwrap_or(&null));
        (old != new).then(|| (local.to_owned(), json!({"old": old, "new": new})))
    });
    Some(Value::Object(differing.collect()))
}

/// A record that failed, or that Geniacs knows in a newer version.
pub(crate) fn failure(error: &NewRecordError) -> Entry {
    Entry {
        local_id: error.record_id,
        geniacs_id: error.geniacs_id.clone(),
        action: if error.error_type == "newer_version" { Action::Conflict } else { Action::Failed },
        changes: None,
        reason: Some(reason(&error.error_type, &error.message)),
        webhook_event_id: None,
    }
}

fn reason(error_type: &str, message: &str) -> String {
    format!("{error_type}: {message}")
}

/// What records from Geniacs came to, without those that stayed as they were.
pub(crate) fn of_page(records: &[AppliedRecord]) -> Vec<Entry> {
    let entries = records.iter().map(|AppliedRecord { record, applied }| entry(record, applied));
    entries.filter(|entry| is_effect(entry.action)).collect()
}

const fn is_effect(action: Action) -> bool {
    matches!(action, Action::Created | Action::Updated | Action::Deleted | Action::Failed | Action::Conflict)
}

/// What a record from Geniacs came to.
pub(crate) fn entry(record: &Incoming, applied: &Applied) -> Entry {
    let (action, reason) = match &applied.outcome {
        Outcome::Created => (Action::Created, None),
        Outcome::Updated => (Action::Updated, older_than_known(&applied.too_late)),
        Outcome::Unchanged => (Action::Unchanged, older_than_known(&applied.too_late)),
        Outcome::Deleted => (Action::Deleted, None),
        Outcome::Skipped => (Action::Skipped, None),
        Outcome::Superseded => (Action::Superseded, older_than_known(&record.fields)),
        Outcome::UnknownRecord => (Action::UnknownRecord, None),
        Outcome::Conflict { .. } => (Action::Conflict, older_than_known(&applied.too_late)),
        Outcome::Unresolved { message, .. } => (Action::Failed, Some(reason(crate::references::UNRESOLVED, message))),
        Outcome::Failed { error_type, message, .. } => (Action::Failed, Some(reason(error_type, message))),
    };

    Entry {
        local_id: applied.local_id,
        geniacs_id: Some(record.geniacs_id.clone()),
        action,
        changes: changes(&applied.changes),
        reason,
        webhook_event_id: None,
    }
}

/// What was told too late, so that a word of somebody's is not gone without a trace.
pub(crate) fn older_than_known(fields: &Map<String, Value>) -> Option<String> {
    let told = serde_json::to_string(fields).ok().filter(|_| !fields.is_empty())?;
    let told: String = told.chars().take(LONGEST_REASON).collect();
    Some(format!("older than what is known: {told}"))
}

fn changes(changes: &[Change]) -> Option<Value> {
    let fields = changes.iter().map(|c| (c.field.clone(), json!({"old": c.old, "new": c.new})));
    (!changes.is_empty()).then(|| Value::Object(fields.collect()))
}
