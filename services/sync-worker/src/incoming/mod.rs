//! Applying what came from Geniacs: a page of a listing or a batch of events, in one transaction with one set of
//! statements. What a record and its row come to is decided by `reconcile`; here the rows are found, locked and written.

mod append;
mod exchange;
mod follow;
mod here;
mod link;
mod listed;
mod outcome;
mod rows;
mod target;
mod tell;
mod write;

pub(crate) use follow::accept_columns;
pub(crate) use here::read_row;
pub(crate) use listed::listed;
pub(crate) use outcome::{Applied, AppliedRecord, Change, Outcome};
pub(crate) use reconcile::{Incoming, Merging, Version, version_key};
pub(crate) use target::Target;

use crate::failure::{Failure, Together, together_or_apart};
use crate::log_lines::left_out_field;
use here::Rows;
use reconcile::{Decision, Here, Notice, status};
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use storage::records::links;
use storage::runs::logs;
use storage::{Connection, webhooks};

/// Applies records and tells what became of each, in their order. Runs inside the caller's transaction; a record that
/// the database refuses, or whose row, link or conflict cannot be read back, fails alone.
/// Nothing is written where the effect is a preview.
pub(crate) async fn apply(
    connection: &mut Connection,
    target: &Target<'_>,
    incoming: Vec<Incoming>,
    warnings: &mut Vec<logs::Entry>,
) -> Result<Vec<AppliedRecord>, Failure> {
    let applying = Applying { target, warnings: Mutex::default() };
    let results = together_or_apart(connection, target.step(), &applying, &incoming).await?;
    warnings.append(&mut applying.warnings.into_inner().unwrap_or_else(PoisonError::into_inner));

    let applied = |(record, result): (Incoming, Result<Applied, Failure>)| {
        let applied = result.unwrap_or_else(|failure| Applied::nothing(Outcome::refused(None, &failure)));
        AppliedRecord { record, applied }
    };
    let applied: Vec<AppliedRecord> = incoming.into_iter().zip(results).map(applied).collect();

    if target.effect.writes() && applied.iter().any(|record| record.applied.frees_a_value(target.descriptor)) {
        webhooks::retry_duplicates(connection, target.integration_id, target.entity, 0.0).await?;
    }
    Ok(applied)
}

/// Applying records to a target.
struct Applying<'a> {
    target: &'a Target<'a>,
    /// Of those parts that were applied.
    warnings: Mutex<Vec<logs::Entry>>,
}

impl Together for Applying<'_> {
    type Item = Incoming;
    type Made = Applied;

    async fn together(&self, connection: &mut Connection, incoming: &[Incoming]) -> Result<Vec<Applied>, Failure> {
        let mut warnings = Vec::new();
        let applied = apply_together(connection, self.target, incoming, &mut warnings).await?;
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).append(&mut warnings);
        Ok(applied)
    }
}

async fn apply_together(
    connection: &mut Connection,
    target: &Target<'_>,
    incoming: &[Incoming],
    warnings: &mut Vec<logs::Entry>,
) -> Result<Vec<Applied>, Failure> {
    if target.descriptor.append_only {
        let records: Vec<&Incoming> = incoming.iter().collect();
        let target = target.with_references_of(connection, &records).await?;
        let outcomes = append::append(connection, &target, incoming, warnings).await?;
        return Ok(outcomes.into_iter().map(Applied::nothing).collect());
    }

    // Two batches at once could both make the same record.
    links::lock_incoming(connection, target.integration_id, target.entity).await?;
    let mut applied = vec![Applied::nothing(Outcome::Unchanged); incoming.len()];

    for round in rounds(incoming) {
        for (index, done) in apply_round(connection, target, incoming, &round, warnings).await? {
            if let Some(place) = applied.get_mut(index) {
                *place = done;
            }
        }
    }
    Ok(applied)
}

/// Records of the same Geniacs id go one after the other, oldest first; all others together.
fn rounds(incoming: &[Incoming]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..incoming.len()).collect();
    order.sort_by_key(|index| incoming.get(*index).map(|record| record.version.in_line()));

    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut rounds: Vec<Vec<usize>> = Vec::new();

    for index in order {
        let Some(record) = incoming.get(index) else { continue };
        let round = seen.entry(&record.geniacs_id).and_modify(|n| *n += 1).or_insert(0);
        if rounds.len() <= *round {
            rounds.push(Vec::new());
        }
        if let Some(place) = rounds.get_mut(*round) {
            place.push(index);
        }
    }

    rounds
}

async fn apply_round(
    connection: &mut Connection,
    target: &Target<'_>,
    incoming: &[Incoming],
    round: &[usize],
    warnings: &mut Vec<logs::Entry>,
) -> Result<Vec<(usize, Applied)>, Failure> {
    let records: Vec<&Incoming> = round.iter().filter_map(|index| incoming.get(*index)).collect();
    let mut target = target.with_references_of(connection, &records).await?;
    let mut ids = here::find(connection, &target, &records).await?;
    let rows = here::lock(connection, &mut target, &ids).await?;
    here::let_revived_be_new(connection, &target, &records, &rows, &mut ids).await?;

    let Rows { readable: rows, mut unreadable } = rows;
    let mut notices = Vec::new();
    let asked = decide(&target, &records, &ids, &rows, &mut notices);
    warnings.extend(notices.into_iter().map(|notice| entry(&target, notice)));

    let changes: Vec<(Vec<Change>, Map<String, Value>)> =
        asked.iter().map(|asked| (changes(&target, asked), too_late(&target, asked))).collect();
    let written = write::write(connection, &target, asked, warnings).await?;

    let applied = written.into_iter().zip(changes).zip(ids).map(|((written, (changes, too_late)), id)| {
        // Nothing was decided about a row that cannot be read; it fails alone.
        if let Some(message) = id.and_then(|id| unreadable.remove(&id)) {
            let outcome = Outcome::Failed { local_id: id, error_type: "record_unreadable", field: None, message };
            return Applied { local_id: id, ..Applied::nothing(outcome) };
        }
        let seen = matches!(written.outcome, Outcome::Updated | Outcome::Conflict { .. }) || written.withheld.is_some();
        let mut changes = if seen { changes } else { Vec::new() };
        changes.retain(|change| !written.withheld.iter().flatten().any(|column| *column == change.field));

        let newly_linked = match id.and_then(|id| rows.get(&id)) {
            Some(here) => !here.linked,
            None => written.outcome == Outcome::Created,
        };
        Applied { outcome: written.outcome, local_id: written.local_id.or(id), newly_linked, changes, too_late }
    });

    Ok(round.iter().copied().zip(applied).collect())
}

/// A record, its row, and what they come to; the decision is missing where two records belong to one row.
struct Asked<'a> {
    record: &'a Incoming,
    here: Option<&'a Here>,
    decision: Option<Decision>,
}

fn decide<'a>(
    target: &Target<'_>,
    records: &[&'a Incoming],
    ids: &[Option<i64>],
    rows: &'a HashMap<i64, Here>,
    notices: &mut Vec<Notice>,
) -> Vec<Asked<'a>> {
    let never_null = target.never_null();
    let rules = target.rules(&never_null);

    let mut taken: HashSet<i64> = HashSet::new();
    let mut asked = Vec::with_capacity(records.len());

    for (record, id) in records.iter().copied().zip(ids) {
        let here = id.and_then(|id| rows.get(&id));
        let alone = id.is_none_or(|id| taken.insert(id));
        // Deleted here for good: the push of its tombstone tells Geniacs.
        let gone = id.is_some() && here.is_none();
        let decide = || if gone { Decision::Skipped } else { reconcile::decide(&rules, record, here, notices) };
        let decision = alone.then(decide);
        asked.push(Asked { record, here, decision });
    }

    asked
}

/// What a record says too late.
fn too_late(target: &Target<'_>, asked: &Asked<'_>) -> Map<String, Value> {
    let late = |here| reconcile::too_late(&target.rules(&[]), asked.record, here);
    asked.here.map(late).unwrap_or_default()
}

/// What a decision changes in a row that is here.
fn changes(target: &Target<'_>, asked: &Asked<'_>) -> Vec<Change> {
    let (Some(here), Some(Decision::Change(change))) = (asked.here, &asked.decision) else { return Vec::new() };
    let of_column = |(column, new): (&String, &Value)| Change {
        field: column.clone(),
        geniacs_field: target.geniacs_field(column),
        old: here.local.get(column).cloned().unwrap_or_default(),
        new: new.clone(),
    };
    change.fields.iter().map(of_column).collect()
}

/// What the log says.
fn entry(target: &Target<'_>, notice: Notice) -> logs::Entry {
    match notice {
        Notice::Field { local_id, problem } => left_out_field(local_id, &problem),
        Notice::Status { local_id, stands, rule } => logs::Entry {
            level: "info",
            message: format!(
                "The status of record {local_id} of {} is `{stands}` by a rule: {}",
                target.entity, rule.reason
            ),
            context: Some(json!({"record_id": local_id, "field": status::COLUMN, "rule": rule.name})),
            ..logs::Entry::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mapping::Completeness;
    use serde_json::Map;

    fn record(geniacs_id: &str, at: i64) -> Incoming {
        Incoming {
            geniacs_id: geniacs_id.to_owned(),
            external_id: None,
            fields: Map::new(),
            implied: Map::new(),
            completeness: Completeness::Partial,
            only_changes: false,
            deleted: false,
            not_there: false,
            version: Version::event(at, 1),
            asked_at: None,
            arrived_at: None,
        }
    }

    #[test]
    fn records_of_one_id_go_one_after_the_other_and_oldest_first() {
        let incoming = [record("a", 3), record("b", 1), record("a", 2), record("a", 5)];
        assert_eq!(rounds(&incoming), [vec![1, 2], vec![0], vec![3]]);
    }
}
