//! Writing decisions in sets.

use super::rows::{self, Row, refusal};
use super::{Asked, Incoming, Outcome, Target, here};
use crate::failure::Failure;
use crate::form::Form;
use crate::metrics;
use chrono::{DateTime, Utc};
use reconcile::{Agreed, Change, Conflict, Decision, Effect, Here, Versions};
use storage::conflicts::{self, NewConflict};
use storage::records::{self, Insert, Update};
use storage::{Connection, links, waiting};

/// What became of a record's decision, and the row that it made or changed.
pub(super) struct Written {
    pub(super) outcome: Outcome,
    pub(super) local_id: Option<i64>,
}

/// What a link is to hold.
struct Link {
    local_id: i64,
    geniacs_id: String,
    versions: Versions,
    /// What both sides agree on now; none: as before.
    agreed: Option<Form>,
    deleted_version: Option<i64>,
    /// Whether the row says what Geniacs says; none where it was left as it is.
    in_step: Option<bool>,
    /// Whether the row was made with its Geniacs id.
    row_is_new: bool,
    /// The row's new change time, where it was written, and when the local side had changed it before.
    written: Option<(DateTime<Utc>, Option<DateTime<Utc>>)>,
}

/// All that decisions ask for, sorted by what is done.
#[derive(Default)]
struct Work {
    written: Vec<Written>,
    inserts: Batch<Insert>,
    updates: Batch<Update>,
    deletes: Vec<i64>,
    links: Vec<Link>,
    conflicts: Vec<NewConflict>,
    /// Records whose conflicts are over.
    closed: Vec<i64>,
}

/// Writes decisions, one for each record, and tells what became of each in their order.
pub(super) async fn write(
    connection: &mut Connection,
    target: &Target<'_>,
    asked: Vec<Asked<'_>>,
) -> Result<Vec<Written>, Failure> {
    let mut work = Work::default();
    for Asked { record, here, decision } in asked {
        let outcome = work.take(target, record, here, decision);
        work.written.push(Written { outcome, local_id: None });
    }
    if target.options.dry_run {
        return Ok(work.written);
    }
    work.carry_out(connection, target).await
}

impl Work {
    /// Sorts a decision in, and tells what will have become of its record.
    fn take(
        &mut self,
        target: &Target<'_>,
        record: &Incoming,
        here: Option<&Here>,
        decision: Option<Decision>,
    ) -> Outcome {
        let local_id = here.map(|here| here.id);
        let failed = |error_type, message| Outcome::Failed { local_id, error_type, message };
        let Some(decision) = decision else {
            let message = "two records of Geniacs belong to the same record here; correct one of them";
            return failed("duplicate_match", message.to_owned());
        };
        match (decision, here) {
            (Decision::Unchanged, _) => Outcome::Unchanged,
            (Decision::Skipped, _) => Outcome::Skipped,
            (Decision::Superseded, _) => Outcome::Superseded,
            (Decision::Unresolved(errors), _) => target.unresolved(local_id, record, &errors),
            (Decision::Invalid(message), _) => failed("validation_error", message),
            (Decision::Create { fields, versions }, _) => {
                let insert = Insert { geniacs_id: record.geniacs_id.clone(), fields };
                self.inserts.add(insert, Meta::new(self.written.len(), record, versions));
                Outcome::Created
            }
            (Decision::Change(change), Some(here)) => self.change(record, here, *change),
            (Decision::Delete { versions, deleted_here, conflict }, Some(here)) => {
                self.delete(record, here, versions, conflict, deleted_here)
            }
            (Decision::Hold(conflict), Some(here)) => {
                self.conflicts.extend(conflict.map(|conflict| new_conflict(record, here.id, &conflict)));
                Outcome::Conflict { local_id: here.id }
            }
            (Decision::UnknownRecord | Decision::Change(_) | Decision::Delete { .. } | Decision::Hold(_), _) => {
                Outcome::UnknownRecord
            }
        }
    }

    fn change(&mut self, record: &Incoming, here: &Here, change: Change) -> Outcome {
        let outcome = match change.effect {
            Effect::Updated => Outcome::Updated,
            Effect::Unchanged => Outcome::Unchanged,
            Effect::Superseded => Outcome::Superseded,
            Effect::Conflict => Outcome::Conflict { local_id: here.id },
        };
        let conflict = change.conflict.as_ref().map(|conflict| new_conflict(record, here.id, conflict));
        if change.writes() {
            let mut meta = Meta::new(self.written.len(), record, change.versions);
            meta.agreed = change.agreed;
            meta.conflict = conflict;
            meta.closes = here.conflict.is_some();
            meta.changed_at = DateTime::from_timestamp_micros(here.changed_at);
            let update = Update { id: here.id, fields: change.fields, restore: change.restore };
            self.updates.add(update, meta);
            return outcome;
        }
        let mut link = Link::new(record, here.id, change.versions);
        if let Agreed::Text { text, in_step } = change.agreed {
            (link.agreed, link.in_step) = (Some(Form::from_text(text)), Some(in_step));
        }
        self.links.push(link);
        self.conflicts.extend(conflict);
        self.close(here);
        outcome
    }

    fn delete(
        &mut self,
        record: &Incoming,
        here: &Here,
        versions: Versions,
        conflict: Option<Conflict>,
        deleted_here: bool,
    ) -> Outcome {
        self.deletes.push(here.id);
        self.links.push(Link {
            deleted_version: Some(record.version.micros),
            in_step: Some(true),
            ..Link::new(record, here.id, versions)
        });
        let settled = conflict.filter(|_| here.conflict.is_none());
        self.close(here);
        match settled {
            Some(conflict) => {
                self.conflicts.push(new_conflict(record, here.id, &conflict));
                Outcome::Conflict { local_id: here.id }
            }
            None if deleted_here => Outcome::Unchanged,
            None => Outcome::Deleted,
        }
    }

    fn close(&mut self, here: &Here) {
        if here.conflict.is_some() {
            self.closed.push(here.id);
        }
    }

    async fn carry_out(mut self, connection: &mut Connection, target: &Target<'_>) -> Result<Vec<Written>, Failure> {
        if !self.deletes.is_empty() {
            records::remove(connection, target.descriptor, &self.deletes).await?;
        }
        let (inserts, updates) = (std::mem::take(&mut self.inserts), std::mem::take(&mut self.updates));
        inserts.write(connection, target, &mut self).await?;
        updates.write(connection, target, &mut self).await?;
        store_links(connection, target, &self.links).await?;
        let (integration_id, entity) = (target.integration_id, target.entity);
        conflicts::close(connection, integration_id, entity, &self.closed).await?;
        conflicts::add(connection, integration_id, entity, target.sync_id, &self.conflicts).await?;
        for conflict in &self.conflicts {
            metrics::conflict(conflict.policy, conflict.resolution.is_some());
        }
        Ok(self.written)
    }
}

fn new_conflict(record: &Incoming, local_id: i64, conflict: &Conflict) -> NewConflict {
    let resolution = conflict.resolution();
    NewConflict {
        local_id,
        geniacs_id: record.geniacs_id.clone(),
        // A listing's records carry the highest number of all.
        webhook_event_id: Some(record.version.arrival).filter(|id| *id != i64::MAX),
        fields: serde_json::to_value(&conflict.fields).unwrap_or_default(),
        policy: conflict.policy,
        resolution,
    }
}

impl Link {
    fn new(record: &Incoming, local_id: i64, versions: Versions) -> Self {
        let geniacs_id = record.geniacs_id.clone();
        Self {
            local_id,
            geniacs_id,
            versions,
            agreed: None,
            deleted_version: None,
            in_step: None,
            row_is_new: false,
            written: None,
        }
    }
}

/// Rows of one kind to be written, each with what follows from it.
struct Batch<R> {
    rows: Vec<R>,
    meta: Vec<Meta>,
}

/// What is to be stored once a row is written.
struct Meta {
    /// The record's place.
    index: usize,
    geniacs_id: String,
    versions: Versions,
    agreed: Agreed,
    conflict: Option<NewConflict>,
    closes: bool,
    /// When the local side had last changed the row.
    changed_at: Option<DateTime<Utc>>,
}

impl Meta {
    fn new(index: usize, record: &Incoming, versions: Versions) -> Self {
        let geniacs_id = record.geniacs_id.clone();
        let agreed = Agreed::AsWritten;
        Self { index, geniacs_id, versions, agreed, conflict: None, closes: false, changed_at: None }
    }
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
    fn add(&mut self, row: R, meta: Meta) {
        self.rows.push(row);
        self.meta.push(meta);
    }

    async fn write(self, connection: &mut Connection, target: &Target<'_>, work: &mut Work) -> Result<(), Failure> {
        let results = rows::write(connection, target, &self.rows).await?;
        for ((row, meta), result) in self.rows.iter().zip(self.meta).zip(results) {
            let Some(place) = work.written.get_mut(meta.index) else { continue };
            match result {
                Ok(written) => {
                    place.local_id = Some(written.id);
                    work.closed.extend(meta.closes.then_some(written.id));
                    work.conflicts.extend(meta.conflict.clone());
                    work.links.push(link_of(target, meta, &written, row.local_id().is_none())?);
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

fn link_of(target: &Target<'_>, meta: Meta, row: &records::Written, row_is_new: bool) -> Result<Link, Failure> {
    let mapped = || Ok::<_, Failure>(target.mapped(&here::read_row(row.id, &row.fields)?));
    let (agreed, in_step) = match meta.agreed {
        Agreed::Same => (None, false),
        Agreed::Text { text, in_step } => (Some(Form::from_text(text)), in_step),
        Agreed::AsWritten => {
            let form = mapped()?.map(|fields| Form::of(&fields));
            let in_step = form.is_some();
            (form, in_step)
        }
        Agreed::Overlaid(overlay) => match mapped()? {
            Some(fields) => {
                let (row, form) = (Form::of(&fields), Form::of(&overlay.over(&fields)));
                let in_step = row == form;
                (Some(form), in_step)
            }
            None => (None, false),
        },
    };
    Ok(Link {
        local_id: row.id,
        geniacs_id: meta.geniacs_id,
        versions: meta.versions,
        agreed,
        deleted_version: None,
        in_step: Some(in_step),
        row_is_new,
        written: Some((row.updated_at, meta.changed_at)),
    })
}

async fn store_links(connection: &mut Connection, target: &Target<'_>, links: &[Link]) -> Result<(), Failure> {
    if links.is_empty() {
        return Ok(());
    }
    let applied: Vec<links::Applied<'_>> = links
        .iter()
        .map(|link| links::Applied {
            local_id: link.local_id,
            geniacs_id: &link.geniacs_id,
            content_hash: link.agreed.as_ref().map(|form| form.hash.as_slice()),
            agreed: link.agreed.as_ref().map(|form| form.text.as_str()),
            record_version: link.versions.record(),
            field_versions: link.versions.clone().into_fields(),
            deleted_version: link.deleted_version,
            in_step: link.in_step,
            written_at: link.written.map(|(at, _)| at),
            local_changed_at: link.written.and_then(|(_, before)| before),
        })
        .collect();
    links::apply(connection, target.integration_id, target.entity, &applied).await?;
    let pairs: Vec<(i64, &str)> = links.iter().map(|link| (link.local_id, link.geniacs_id.as_str())).collect();
    waiting::target_linked(connection, target.integration_id, target.entity, &pairs).await?;
    let others = links.iter().filter(|link| !link.row_is_new);
    let (ids, geniacs_ids): (Vec<i64>, Vec<&str>) =
        others.map(|link| (link.local_id, link.geniacs_id.as_str())).unzip();
    Ok(records::store_geniacs_ids(connection, target.descriptor, &ids, &geniacs_ids).await?)
}
