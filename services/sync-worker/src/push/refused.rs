//! Records of which Geniacs holds a newer version: read back, and merged with the local ones.

use super::Outcome;
use crate::failure::Failure;
use crate::incoming::{self, AppliedRecord, Incoming, Target};
use crate::outgoing::Prepared;
use crate::run::Run;
use domain::record_id;
use geniacs::{Client, Lookup, Record};
use std::collections::{HashMap, HashSet};
use storage::Connection;
use storage::runs::record_errors::NewRecordError;

const NEWER_VERSION: &str = "newer_version";
const STANDS: &str = "Geniacs refuses the deletion because it holds a newer version of the record; the deletion stands, and is \
                      sent again";
const GONE: &str = "Geniacs does not have the record any more and tells of no deletion; a full pull with delete_missing \
                    deletes it here";

/// Asks for the records that were refused. What cannot be asked for now is left for another attempt.
pub(super) async fn read_back(run: &Run, client: &Client, outcome: &mut Outcome) -> Option<Failure> {
    let refused = std::mem::take(&mut outcome.newer);
    if refused.is_empty() {
        return None;
    }

    match held(run, client, &refused).await {
        Ok(Held { found, gone }) => {
            for prepared in refused {
                let local_id = prepared.record.external_id;
                match found.get(&local_id) {
                    Some(record) => outcome.held.push((local_id, incoming::listed(record, prepared.read_at))),
                    // What is newer there is that somebody has deleted it.
                    None if gone.contains(&local_id) => outcome.maybe_absent.push(prepared),
                    None => unknown(&prepared, outcome),
                }
            }
            None
        }
        Err(failure) => {
            super::taken::leave(refused, false, outcome);
            Some(failure)
        }
    }
}

/// What Geniacs holds of records.
pub(super) struct Held {
    /// By local id.
    pub(super) found: HashMap<i64, Record>,
    /// Local ids of those whose Geniacs ids it does not have any more.
    gone: HashSet<i64>,
}

/// Asks what Geniacs holds of records.
pub(super) async fn held(run: &Run, client: &Client, refused: &[Prepared]) -> Result<Held, Failure> {
    let (mut found, mut gone) = (HashMap::new(), HashSet::new());

    let (known, others): (Vec<&Prepared>, Vec<&Prepared>) = refused.iter().partition(|r| r.record.geniacs_id.is_some());
    let ids: Vec<&str> = known.iter().filter_map(|r| r.record.geniacs_id.as_deref()).collect();
    for (record, lookup) in known.iter().zip(client.get_each(run.entity, &ids).await?) {
        let local_id = record.record.external_id;
        if matches!(lookup, Lookup::Gone { .. }) {
            gone.insert(local_id);
        }
        found.extend(lookup.record().map(|record| (local_id, record)));
    }

    let ids: Vec<i64> = others.iter().map(|r| r.record.external_id).collect();
    if !ids.is_empty() {
        let records = client.find(run.entity, &ids).await?.into_iter();
        found.extend(records.filter_map(|record| Some((record_id::local(record.external_id.as_deref()?)?, record))));
    }

    Ok(Held { found, gone })
}

/// Geniacs refuses a record as older, and does not show what it holds.
fn unknown(prepared: &Prepared, outcome: &mut Outcome) {
    outcome.counts.conflicts += 1;
    outcome.errors.push(NewRecordError {
        record_id: Some(prepared.record.external_id),
        geniacs_id: prepared.record.geniacs_id.clone(),
        error_type: NEWER_VERSION.to_owned(),
        field: None,
        message: "Geniacs holds a newer version of the record and does not show it".to_owned(),
        retryable: false,
    });
}

/// Merges what was read back, by the conflict policies; inside the transaction that settles the chunk. Where the local
/// side holds, its row's change position moves, so that it is sent again.
pub(super) async fn merge(connection: &mut Connection, run: &Run, outcome: &mut Outcome) -> Result<(), Failure> {
    if outcome.held.is_empty() {
        return Ok(());
    }

    let (ids, held): (Vec<i64>, Vec<Incoming>) = outcome.held.iter().cloned().unzip();
    let target = Target { refused: true, ..run.push_target() };
    let applied = incoming::apply(connection, &target, held, &mut outcome.warnings).await?;

    for (local_id, AppliedRecord { record, applied }) in ids.into_iter().zip(applied) {
        let (failure, retryable) = match &applied.outcome {
            incoming::Outcome::Skipped if record.not_there => (Some(("not_found", None, GONE)), false),
            // A row that was deleted for good cannot be sent again by moving its change position.
            incoming::Outcome::Skipped => (Some((NEWER_VERSION, None, STANDS)), true),
            other => (other.failure(), false),
        };

        let Some(failure) = failure else {
            outcome.counts.conflicts += 1;
            continue;
        };
        fail(local_id, record.geniacs_id, failure, retryable, outcome);
    }
    Ok(())
}

/// Counts a record as failed because what Geniacs holds of it cannot be taken here.
pub(super) fn fail(
    local_id: i64,
    geniacs_id: String,
    (error_type, field, message): (&str, Option<&str>, &str),
    retryable: bool,
    outcome: &mut Outcome,
) {
    outcome.counts.failed += 1;
    outcome.errors.push(NewRecordError {
        record_id: Some(local_id),
        geniacs_id: Some(geniacs_id),
        error_type: error_type.to_owned(),
        field: field.map(str::to_owned),
        message: message.to_owned(),
        retryable,
    });
}
