//! Applying what came from Geniacs: a page of a listing or a batch of events, in one transaction with one set of
//! statements. A record is matched, compared in Geniacs' space and by version, and written only where it differs.

mod append;
mod decide;
#[cfg(test)]
mod interleavings;
mod rows;
mod status;
mod update;
mod version;
mod write;

pub(crate) use version::Version;

use crate::failure::Failure;
use crate::form::Form;
use crate::push::validation_message;
use crate::references;
use domain::sync::SyncOptions;
use domain::{Counts, EntityType};
use mapping::{Completeness, FieldProblem, Plan, REFERENCE, References};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use storage::entities::Descriptor;
use storage::records::{self, Candidate, Locked};
use storage::waiting::Wait;
use storage::{Connection, links, logs};

/// A record as it came.
#[derive(Debug, Clone)]
pub(crate) struct Incoming {
    pub(crate) geniacs_id: String,
    /// The local id that Geniacs keeps for it.
    pub(crate) external_id: Option<i64>,
    /// Geniacs fields.
    pub(crate) fields: Map<String, Value>,
    /// Local columns that the kind of an event sets, whether or not a mapping names them.
    pub(crate) implied: Map<String, Value>,
    pub(crate) completeness: Completeness,
    pub(crate) deleted: bool,
    pub(crate) version: Version,
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Created,
    Updated,
    Unchanged,
    Deleted,
    /// Left out by the options, or because it is deleted here.
    Skipped,
    /// Everything in it is older than what is known.
    Superseded,
    /// Both sides had changed it.
    Conflict {
        local_id: i64,
    },
    /// There is no such record here, and not enough to make it.
    UnknownRecord,
    /// It refers to a record that is not linked yet.
    Unresolved {
        local_id: Option<i64>,
        waits: Vec<Wait>,
        message: String,
    },
    Failed {
        local_id: Option<i64>,
        error_type: &'static str,
        message: String,
    },
}

impl Applied {
    fn nothing(outcome: Outcome) -> Self {
        Self { outcome, local_id: None, changes: Vec::new() }
    }
}

impl Outcome {
    /// The count that a record with this outcome belongs to.
    pub(crate) fn counted(&self, counts: &mut Counts) {
        counts.read += 1;
        *match self {
            Self::Created => &mut counts.created,
            Self::Updated => &mut counts.updated,
            Self::Unchanged | Self::Superseded => &mut counts.unchanged,
            Self::Deleted => &mut counts.deleted,
            Self::Skipped | Self::UnknownRecord => &mut counts.skipped,
            Self::Conflict { .. } => &mut counts.conflicts,
            Self::Failed { .. } | Self::Unresolved { .. } => &mut counts.failed,
        } += 1;
    }
}

/// What was done with a record, or would be in a dry run.
#[derive(Debug, Clone)]
pub(crate) struct Applied {
    pub(crate) outcome: Outcome,
    /// Its row here, if it has one.
    pub(crate) local_id: Option<i64>,
    /// What changed in a row that was here already; empty for a new one.
    pub(crate) changes: Vec<Change>,
}

/// A local column that changed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    /// The column.
    pub(crate) field: String,
    /// Its Geniacs field; the column's own name where no mapping has it.
    pub(crate) geniacs_field: String,
    /// What the column held.
    pub(crate) old: Value,
    /// What it holds now.
    pub(crate) new: Value,
}

/// How words of Geniacs and local changes go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Merging {
    /// Geniacs' newer words win.
    Overwrite,
    /// What Geniacs said before is dropped, so that a local change waits for its push; what both sides changed is a
    /// conflict. Where nothing was agreed on yet, Geniacs' words win.
    EchoesOnly,
    /// As before, and what differs without ever having been agreed on is a conflict too.
    ThreeWay,
}

/// Whose records are applied, and how.
pub(crate) struct Target<'a> {
    pub(crate) integration_id: i64,
    pub(crate) entity: EntityType,
    pub(crate) descriptor: &'static Descriptor,
    pub(crate) mapping: &'a Plan,
    pub(crate) options: &'a SyncOptions,
    pub(crate) merging: Merging,
    /// Links of the records that those at hand refer to; found for each round.
    pub(crate) references: References,
}

impl Target<'_> {
    /// The columns that are read and written: the mapped ones, and those that decide about a status or that events set.
    fn columns(&self) -> impl Iterator<Item = &str> + Clone {
        let more = status::columns(self.entity).iter().copied();
        self.mapping.local_fields().chain(more.filter(|name| !self.mapping.local_fields().any(|field| field == *name)))
    }

    /// Whether a column keeps its value where Geniacs has none.
    fn refuses_null(&self, column: &str) -> bool {
        self.descriptor.column(column).is_some_and(|column| column.default.is_some())
    }

    /// A local record's Geniacs form, if all that it refers to is linked.
    fn form(&self, local: &Map<String, Value>) -> Option<Form> {
        let mapped = self.mapping.push(local, &self.references);
        let whole = !mapped.errors.iter().any(|problem| problem.rule == REFERENCE);
        whole.then(|| Form::of(&mapped.fields))
    }

    /// The outcome of a record in which nothing is wrong but that it refers to something unknown.
    fn unresolved(&self, local_id: Option<i64>, record: &Incoming, errors: &[FieldProblem]) -> Option<Outcome> {
        if errors.is_empty() || errors.iter().any(|problem| problem.rule != REFERENCE) {
            return None;
        }
        let waits = references::waits_of_geniacs(
            self.entity,
            &record.geniacs_id,
            self.mapping,
            &record.fields,
            &self.references,
        );
        Some(Outcome::Unresolved { local_id, waits, message: validation_message(errors) })
    }

    /// The same target, knowing what these records refer to.
    async fn with_references_of(&self, connection: &mut Connection, records: &[&Incoming]) -> Result<Self, Failure> {
        let mut found = References::default();
        let fields = records.iter().map(|record| &record.fields);
        references::find(connection, self.integration_id, self.mapping, std::iter::empty(), fields, &mut found).await?;
        Ok(Self { references: found, ..*self })
    }

    /// The name under which the version of a column is kept.
    fn version_key(&self, column: &str) -> String {
        version_key(self.mapping.local_fields().zip(self.mapping.geniacs_fields()), column)
    }
}

/// The name under which the version of a column is kept: its Geniacs field among pairs of local and Geniacs fields, or
/// one that no Geniacs field can have.
pub(crate) fn version_key<'a>(mut pairs: impl Iterator<Item = (&'a str, &'a str)>, column: &str) -> String {
    pairs.find(|(local, _)| *local == column).map_or_else(|| format!(" {column}"), |(_, field)| field.to_owned())
}

/// Applies records and tells what became of each, in their order. Runs inside the caller's transaction; a record that
/// the database refuses fails alone. With `dry_run` among the options nothing is written.
pub(crate) async fn apply(
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
    order.sort_by_key(|index| incoming.get(*index).map(|record| record.version));
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
    let ids = match_records(connection, &target, &records).await?;
    let rows = lock_rows(connection, &mut target, &ids).await?;
    let mut taken: HashSet<i64> = HashSet::new();
    let decisions: Vec<decide::Decision> = records
        .iter()
        .zip(&ids)
        .map(|(record, id)| match id {
            Some(id) if !taken.insert(*id) => decide::Decision::fail(
                Some(*id),
                "duplicate_match",
                "two records of Geniacs belong to the same record here; correct one of them",
            ),
            // Deleted here for good: the push of its tombstone tells Geniacs.
            Some(id) if !rows.contains_key(id) => decide::Decision::Settled(Outcome::Skipped),
            Some(id) => decide::decide(&target, record, rows.get(id), warnings),
            None => decide::decide(&target, record, None, warnings),
        })
        .collect();
    let changes: Vec<Vec<Change>> = decisions.iter().map(|decision| changes(&target, &rows, decision)).collect();
    let written = write::write(connection, &target, &records, decisions).await?;
    let applied = written.into_iter().zip(changes).zip(ids).map(|((Written { outcome, local_id }, changes), id)| {
        let changes = if outcome == Outcome::Updated { changes } else { Vec::new() };
        Applied { outcome, local_id: local_id.or(id), changes }
    });
    Ok(round.iter().copied().zip(applied).collect())
}

/// What a decision changes in a row that is here.
fn changes(target: &Target<'_>, rows: &HashMap<i64, Here>, decision: &decide::Decision) -> Vec<Change> {
    let decide::Decision::Update { local_id, fields, .. } = decision else { return Vec::new() };
    let held = |column: &str| rows.get(local_id)?.local.get(column).cloned();
    let change = |(column, new): (&String, &Value)| Change {
        field: column.clone(),
        geniacs_field: target.version_key(column).trim_start().to_owned(),
        old: held(column).unwrap_or_default(),
        new: new.clone(),
    };
    fields.iter().map(change).collect()
}

/// What became of a record's decision, and the row that it made or changed.
struct Written {
    outcome: Outcome,
    local_id: Option<i64>,
}

/// A row that is here already.
struct Here {
    row: Locked,
    local: Map<String, Value>,
}

/// Locks the rows that were matched, and finds what they refer to.
async fn lock_rows(
    connection: &mut Connection,
    target: &mut Target<'_>,
    ids: &[Option<i64>],
) -> Result<HashMap<i64, Here>, Failure> {
    let ids: Vec<i64> = ids.iter().copied().flatten().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let (integration_id, mapping) = (target.integration_id, target.mapping);
    links::lock(connection, integration_id, target.entity, &ids).await?;
    let locked = records::lock(connection, target.descriptor, target.columns(), integration_id, &ids).await?;
    let mut rows = HashMap::with_capacity(locked.len());
    for row in locked {
        rows.insert(row.id, Here { local: read_row(row.id, &row.fields)?, row });
    }
    let local = rows.values().map(|here| &here.local);
    references::find(connection, integration_id, mapping, local, std::iter::empty(), &mut target.references).await?;
    Ok(rows)
}

/// Reads the columns of a row.
pub(crate) fn read_row(id: i64, fields: &str) -> Result<Map<String, Value>, Failure> {
    serde_json::from_str(fields)
        .map_err(|e| Failure::fatal("record_unreadable", format!("record {id} cannot be read: {e}")))
}

async fn match_records(
    connection: &mut Connection,
    target: &Target<'_>,
    records: &[&Incoming],
) -> Result<Vec<Option<i64>>, Failure> {
    let key_column =
        target.descriptor.natural_key.filter(|key| target.mapping.local_fields().any(|field| field == *key));
    let keys: Vec<Option<String>> = records
        .iter()
        .map(|record| {
            let key_column = key_column?;
            let mapped = target.mapping.pull(&record.fields, &target.references).fields;
            mapped.get(key_column)?.as_str().map(str::to_owned)
        })
        .collect();
    let candidates: Vec<Candidate<'_>> = records
        .iter()
        .zip(&keys)
        .map(|(record, key)| Candidate {
            geniacs_id: &record.geniacs_id,
            external_id: record.external_id,
            natural_key: key.as_deref(),
        })
        .collect();
    Ok(records::match_incoming(connection, target.descriptor, target.integration_id, &candidates).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(geniacs_id: &str, at: i64) -> Incoming {
        Incoming {
            geniacs_id: geniacs_id.to_owned(),
            external_id: None,
            fields: Map::new(),
            implied: Map::new(),
            completeness: Completeness::Partial,
            deleted: false,
            version: Version::event(at, 1),
        }
    }

    #[test]
    fn records_of_one_id_go_one_after_the_other_and_oldest_first() {
        let incoming = [record("a", 3), record("b", 1), record("a", 2), record("a", 5)];
        assert_eq!(rounds(&incoming), [vec![1, 2], vec![0], vec![3]]);
    }
}
