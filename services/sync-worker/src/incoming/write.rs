//! Writing decisions in sets.

use super::decide::{Decision, Standing};
use super::rows::{self, Row, refusal};
use super::version::Versions;
use super::{Incoming, Outcome, Target, Written, read_row};
use crate::failure::Failure;
use crate::form::Form;
use storage::records::{self, Insert, Update};
use storage::{Connection, links, waiting};

/// What a link is to hold.
struct Link {
    local_id: i64,
    geniacs_id: String,
    versions: Versions,
    agreed: Agreed,
    deleted_version: Option<i64>,
    /// Whether the row says what Geniacs says; none where it was left as it is.
    in_step: Option<bool>,
}

/// What a link is to hold about what both sides agree on.
enum Agreed {
    /// What it holds already.
    Same,
    Form(Form),
    /// What no content has, so that the next push sends the record.
    Nothing,
}

/// Writes decisions, one for each record, and tells what became of each in their order.
pub(super) async fn write(
    connection: &mut Connection,
    target: &Target<'_>,
    records: &[&Incoming],
    decisions: Vec<Decision>,
) -> Result<Vec<Written>, Failure> {
    let mut all = Vec::with_capacity(decisions.len());
    let mut inserts = Batch::default();
    let mut updates = Batch::default();
    let mut deletes = Vec::new();
    let mut links = Vec::new();
    for (index, (record, decision)) in records.iter().zip(decisions).enumerate() {
        let link = |local_id, versions, agreed: Option<Form>, deleted_version: Option<i64>| Link {
            local_id,
            geniacs_id: record.geniacs_id.clone(),
            versions,
            in_step: (agreed.is_some() || deleted_version.is_some()).then_some(true),
            agreed: agreed.map_or(Agreed::Same, Agreed::Form),
            deleted_version,
        };
        let outcome = match decision {
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
            Decision::Link { local_id, versions, agreed } => {
                links.push(link(local_id, versions, agreed, None));
                Outcome::Unchanged
            }
            Decision::Delete { local_id, versions, deleted_here } => {
                deletes.push(local_id);
                links.push(link(local_id, versions, None, Some(record.version.micros)));
                if deleted_here { Outcome::Unchanged } else { Outcome::Deleted }
            }
        };
        all.push(Written { outcome, local_id: None });
    }
    if target.options.dry_run {
        return Ok(all);
    }
    if !deletes.is_empty() {
        records::remove(connection, target.descriptor, &deletes).await?;
    }
    inserts.write(connection, target, records, &mut all, &mut links).await?;
    updates.write(connection, target, records, &mut all, &mut links).await?;
    store_links(connection, target, links).await?;
    Ok(all)
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

/// A row of the provider's.
trait Record: Row<Made = records::Written> {
    fn local_id(&self) -> Option<i64>;
}

impl Record for Insert {
    fn local_id(&self) -> Option<i64> {
        None
    }
}

impl Record for Update {
    fn local_id(&self) -> Option<i64> {
        Some(self.id)
    }
}

impl<R: Record> Batch<R> {
    fn add(&mut self, index: usize, row: R, versions: Versions, standing: Standing) {
        self.rows.push(row);
        self.meta.push(Meta { index, versions, standing });
    }

    async fn write(
        self,
        connection: &mut Connection,
        target: &Target<'_>,
        records: &[&Incoming],
        all: &mut [Written],
        links: &mut Vec<Link>,
    ) -> Result<(), Failure> {
        let results = rows::write(connection, target, &self.rows).await?;
        for ((row, meta), result) in self.rows.iter().zip(&self.meta).zip(results) {
            let Some(place) = all.get_mut(meta.index) else { continue };
            match result {
                Ok(written) => {
                    place.local_id = Some(written.id);
                    links.push(link_of(target, records, meta, &written)?);
                }
                Err(error) => {
                    let (local_id, message) = (row.local_id(), refusal(&error));
                    place.outcome = Outcome::Failed { local_id, error_type: "data_error", message };
                }
            }
        }
        Ok(())
    }
}

fn link_of(target: &Target<'_>, records: &[&Incoming], meta: &Meta, row: &records::Written) -> Result<Link, Failure> {
    let agreed = match meta.standing {
        Standing::InStep => target.form(&read_row(row.id, &row.fields)?).map_or(Agreed::Same, Agreed::Form),
        Standing::AsBefore => Agreed::Same,
        Standing::Differs => Agreed::Nothing,
    };
    let geniacs_id = records.get(meta.index).map(|record| record.geniacs_id.clone()).unwrap_or_default();
    let in_step = Some(matches!(agreed, Agreed::Form(_)));
    Ok(Link { local_id: row.id, geniacs_id, versions: meta.versions.clone(), agreed, deleted_version: None, in_step })
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
            content_hash: match &link.agreed {
                Agreed::Same => None,
                Agreed::Form(form) => Some(&form.hash),
                Agreed::Nothing => Some(&[]),
            },
            agreed: if let Agreed::Form(form) = &link.agreed { Some(&form.text) } else { None },
            record_version: link.versions.record(),
            field_versions: link.versions.clone().into_fields(),
            deleted_version: link.deleted_version,
            in_step: link.in_step,
        })
        .collect();
    links::apply(connection, target.integration_id, target.entity, &applied).await?;
    let pairs: Vec<(i64, &str)> = links.iter().map(|link| (link.local_id, link.geniacs_id.as_str())).collect();
    waiting::target_linked(connection, target.integration_id, target.entity, &pairs).await?;
    let (ids, geniacs_ids): (Vec<i64>, Vec<&str>) = pairs.into_iter().unzip();
    Ok(records::store_geniacs_ids(connection, target.descriptor, &ids, &geniacs_ids).await?)
}
