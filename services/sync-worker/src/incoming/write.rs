//! Writing decisions in sets. A row that the database refuses is found by halving, under savepoints, and fails alone.

use super::decide::{Decision, Standing};
use super::version::Versions;
use super::{Incoming, Outcome, Target};
use crate::failure::Failure;
use crate::push::content_hash;
use mapping::References;
use serde_json::{Map, Value};
use std::collections::HashMap;
use storage::data_errors::is_data_error;
use storage::records::{self, Insert, Update, Written};
use storage::{AsyncConnection, Connection, Error, links};

/// What a link is to hold.
struct Link {
    local_id: i64,
    geniacs_id: String,
    versions: Versions,
    content_hash: Option<Vec<u8>>,
    deleted_version: Option<i64>,
}

/// Writes decisions, one for each record, and tells the outcomes in their order.
pub(super) async fn write(
    connection: &mut Connection,
    target: &Target<'_>,
    records: &[&Incoming],
    decisions: Vec<Decision>,
) -> Result<Vec<Outcome>, Failure> {
    let mut outcomes = Vec::with_capacity(decisions.len());
    let mut inserts = Batch::default();
    let mut updates = Batch::default();
    let mut deletes = Vec::new();
    let mut links = Vec::new();
    for (index, (record, decision)) in records.iter().zip(decisions).enumerate() {
        let link = |local_id, versions, content_hash, deleted_version| Link {
            local_id,
            geniacs_id: record.geniacs_id.clone(),
            versions,
            content_hash,
            deleted_version,
        };
        outcomes.push(match decision {
            Decision::Settled(outcome) => outcome,
            Decision::Create { fields, versions } => {
                let insert = Insert { geniacs_id: record.geniacs_id.clone(), fields };
                inserts.add(index, insert, versions, Standing::InStep);
                Outcome::Created
            }
            Decision::Update { local_id, fields, restore, versions, standing, outcome } => {
                updates.add(index, Update { id: local_id, fields, restore }, versions, standing);
                outcome
            }
            Decision::Link { local_id, versions, content_hash } => {
                links.push(link(local_id, versions, content_hash.map(Vec::from), None));
                Outcome::Unchanged
            }
            Decision::Delete { local_id, versions, deleted_here } => {
                deletes.push(local_id);
                links.push(link(local_id, versions, None, Some(record.version.micros)));
                if deleted_here { Outcome::Unchanged } else { Outcome::Deleted }
            }
        });
    }
    if target.options.dry_run {
        return Ok(outcomes);
    }
    if !deletes.is_empty() {
        records::remove(connection, target.descriptor, &deletes).await?;
    }
    inserts.write(connection, target, records, &mut outcomes, &mut links).await?;
    updates.write(connection, target, records, &mut outcomes, &mut links).await?;
    store_links(connection, target, links).await?;
    Ok(outcomes)
}

/// Rows of one kind to be written, each with its record's place.
struct Batch<R> {
    rows: Vec<R>,
    meta: Vec<Meta>,
}

#[derive(Clone)]
struct Meta {
    index: usize,
    versions: Versions,
    standing: Standing,
}

impl<R> Default for Batch<R> {
    fn default() -> Self {
        Self { rows: Vec::new(), meta: Vec::new() }
    }
}

/// A row that can be written together with others of its kind.
trait Row: Sized + Send + Sync {
    fn write(
        connection: &mut Connection,
        target: &Target<'_>,
        rows: &[Self],
    ) -> impl Future<Output = storage::Result<Vec<Written>>> + Send;
    fn local_id(&self) -> Option<i64>;
}

impl Row for Insert {
    async fn write(connection: &mut Connection, target: &Target<'_>, rows: &[Self]) -> storage::Result<Vec<Written>> {
        records::insert(connection, target.descriptor, target.columns(), rows).await
    }

    fn local_id(&self) -> Option<i64> {
        None
    }
}

impl Row for Update {
    async fn write(connection: &mut Connection, target: &Target<'_>, rows: &[Self]) -> storage::Result<Vec<Written>> {
        let written = records::update(connection, target.descriptor, target.columns(), rows).await?;
        // An UPDATE answers in its own order.
        let mut by_id: HashMap<i64, Written> = written.into_iter().map(|row| (row.id, row)).collect();
        rows.iter().map(|row| by_id.remove(&row.id).ok_or(Error::NotFound)).collect()
    }

    fn local_id(&self) -> Option<i64> {
        Some(self.id)
    }
}

impl<R: Row> Batch<R> {
    fn add(&mut self, index: usize, row: R, versions: Versions, standing: Standing) {
        self.rows.push(row);
        self.meta.push(Meta { index, versions, standing });
    }

    async fn write(
        self,
        connection: &mut Connection,
        target: &Target<'_>,
        records: &[&Incoming],
        outcomes: &mut [Outcome],
        links: &mut Vec<Link>,
    ) -> Result<(), Failure> {
        let mut parts = vec![(0, self.rows.len())];
        while let Some((start, end)) = parts.pop() {
            let Some(rows) = self.rows.get(start..end).filter(|rows| !rows.is_empty()) else { continue };
            let attempt = connection.transaction(async |connection| R::write(connection, target, rows).await).await;
            match attempt {
                Ok(written) => {
                    for (meta, row) in self.meta.get(start..end).unwrap_or_default().iter().zip(written) {
                        links.push(link_of(target, records, meta, &row)?);
                    }
                }
                Err(error) if !is_data_error(&error) => return Err(error.into()),
                Err(_) if rows.len() > 1 => {
                    let middle = start + rows.len() / 2;
                    parts.push((middle, end));
                    parts.push((start, middle));
                }
                Err(error) => {
                    let failed = Outcome::Failed {
                        local_id: rows.first().and_then(Row::local_id),
                        error_type: "data_error",
                        message: constraint_message(&error),
                    };
                    let index = self.meta.get(start).map(|meta| meta.index);
                    if let Some(place) = index.and_then(|index| outcomes.get_mut(index)) {
                        *place = failed;
                    }
                }
            }
        }
        Ok(())
    }
}

fn link_of(target: &Target<'_>, records: &[&Incoming], meta: &Meta, row: &Written) -> Result<Link, Failure> {
    let fields: Map<String, Value> = serde_json::from_str(&row.fields)
        .map_err(|e| Failure::fatal("record_unreadable", format!("record {} cannot be read: {e}", row.id)))?;
    let hash = match meta.standing {
        Standing::InStep => {
            let pushed = target.mapping.push(&fields, &References::default()).fields;
            Some(content_hash(&pushed, &mut Vec::new()).to_vec())
        }
        Standing::AsBefore => None,
        // No content has this hash, so that the next push sends the record.
        Standing::Differs => Some(Vec::new()),
    };
    let geniacs_id = records.get(meta.index).map(|record| record.geniacs_id.clone()).unwrap_or_default();
    Ok(Link {
        local_id: row.id,
        geniacs_id,
        versions: meta.versions.clone(),
        content_hash: hash,
        deleted_version: None,
    })
}

/// What a constraint refused, without the value.
fn constraint_message(error: &Error) -> String {
    let Error::DatabaseError(_, info) = error else { return "the database refuses the record".to_owned() };
    // A message may quote the value behind a colon.
    let words = || info.message().split(':').next().unwrap_or_default();
    let place = info.constraint_name().or_else(|| info.column_name()).unwrap_or_else(words);
    format!("the database refuses the record: {place}")
}

async fn store_links(connection: &mut Connection, target: &Target<'_>, links: Vec<Link>) -> Result<(), Failure> {
    if links.is_empty() {
        return Ok(());
    }
    let applied: Vec<links::Applied<'_>> = links
        .iter()
        .map(|link| links::Applied {
            local_id: link.local_id,
            geniacs_id: &link.geniacs_id,
            content_hash: link.content_hash.as_deref(),
            record_version: link.versions.record(),
            field_versions: link.versions.clone().into_fields(),
            deleted_version: link.deleted_version,
        })
        .collect();
    links::apply(connection, target.integration_id, target.entity, &applied).await?;
    let (ids, geniacs_ids): (Vec<i64>, Vec<&str>) = links.iter().map(|l| (l.local_id, l.geniacs_id.as_str())).unzip();
    Ok(records::store_geniacs_ids(connection, target.descriptor, &ids, &geniacs_ids).await?)
}
