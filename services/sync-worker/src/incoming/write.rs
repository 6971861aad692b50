//! Writing decisions in sets.

use super::exchange::Withheld;
use super::link::{self, Link};
use super::rows::{self, Row};
use super::tell::{new_conflict, of, told_of};
use super::{Asked, Incoming, Outcome, Target, exchange, here};
use crate::failure::Failure;
use crate::form::KeptForm;
use crate::metrics;
use chrono::{DateTime, Utc};
use domain::Moment;
use mapping::{Completeness, InvalidRecord, Mapped};
use reconcile::{Change, Conflict, Decision, Effect, Here, Learned, Unheld, Versions};
use std::collections::HashMap;
use storage::Connection;
use storage::records::conflicts::{self, NewConflict};
use storage::records::{self, Insert, Update};
use storage::records::{links, rekeyed};
use storage::runs::logs;

/// What became of a record's decision, and the row that it made or changed.
pub(super) struct Written {
    pub(super) outcome: Outcome,
    pub(super) local_id: Option<i64>,
    /// For a record that was refused because of values that others hold: the columns that were to get them, where all else that
    /// it changes was written.
    pub(super) withheld: Option<Vec<String>>,
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
    /// Records whose changes at Geniacs the options leave out, or that cannot be taken.
    passed_over: Vec<i64>,
    /// Records that lose their links, since Geniacs does not have them any more.
    forgotten: Vec<i64>,
    /// Ids of records that are deleted at Geniacs and were never known here, and when they were deleted.
    never_known: Vec<(String, Moment)>,
    /// Local ids, and what their columns do not hold as Geniacs said it.
    unheld: Vec<(i64, Unheld)>,
}

/// Writes decisions, one for each record, and tells what became of each in their order.
pub(super) async fn write(
    connection: &mut Connection,
    target: &Target<'_>,
    asked: Vec<Asked<'_>>,
    warnings: &mut Vec<logs::Entry>,
) -> Result<Vec<Written>, Failure> {
    let mut work = Work::default();
    for Asked { record, here, decision } in asked {
        let outcome = work.take(target, record, here, decision);
        work.written.push(Written { outcome, local_id: None, withheld: None });
    }

    if !target.effect.writes() {
        return Ok(work.written);
    }
    work.carry_out(connection, target, warnings).await
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
        let Some(decision) = decision else {
            let message = "two records of Geniacs belong to the same record here; correct one of them";
            let (error_type, message) = ("duplicate_match", message.to_owned());
            return Outcome::Failed { local_id, error_type, field: None, message };
        };

        match (decision, here) {
            (Decision::Unchanged, _) => Outcome::Unchanged,
            (Decision::Skipped, _) => Outcome::Skipped,
            (Decision::PassedOver, _) => {
                self.passed_over.extend(local_id);
                Outcome::Skipped
            }
            (Decision::Superseded, _) => Outcome::Superseded,
            // What is known and cannot be taken is not to be overwritten there.
            (Decision::Unresolved(errors), _) => {
                self.passed_over.extend(local_id);
                target.unresolved(local_id, record, &errors)
            }
            (Decision::Invalid(InvalidRecord { field, message }), _) => {
                self.passed_over.extend(local_id);
                Outcome::Failed { local_id, error_type: "validation_error", field, message }
            }
            (Decision::Create { fields, versions, learned }, _) => {
                let insert = Insert { geniacs_id: record.geniacs_id.clone(), fields };
                self.inserts.add(insert, Meta::new(self.written.len(), record, versions, Some(learned)));
                Outcome::Created
            }
            (Decision::Change(change), Some(here)) => self.change(target, record, here, *change),
            (Decision::Delete { versions, deleted_here, conflict }, Some(here)) => {
                self.delete(record, here, versions, conflict, deleted_here)
            }
            (Decision::Hold(conflict), Some(here)) => {
                self.conflicts.extend(conflict.map(|conflict| new_conflict(of(record), here.id, &conflict)));
                Outcome::Conflict { local_id: here.id }
            }
            // The event of a deletion stays by itself, and is opened again once its record is linked. What a listing shows is
            // told once.
            (Decision::UnknownRecord, None) if record.deleted && record.asked_at.is_some() => {
                self.never_known.push((record.geniacs_id.clone(), record.version.moment()));
                Outcome::UnknownRecord
            }
            (Decision::UnknownRecord | Decision::Change(_) | Decision::Delete { .. } | Decision::Hold(_), _) => {
                Outcome::UnknownRecord
            }
        }
    }

    fn change(&mut self, target: &Target<'_>, record: &Incoming, here: &Here, change: Change) -> Outcome {
        let outcome = match change.effect {
            Effect::Updated => Outcome::Updated,
            Effect::Unchanged => Outcome::Unchanged,
            Effect::Superseded => Outcome::Superseded,
            Effect::Conflict => Outcome::Conflict { local_id: here.id },
        };

        if change.writes() {
            let mut meta = Meta::new(self.written.len(), record, change.versions, change.learned);
            meta.conflict = change.conflict;
            meta.closes = here.conflict.is_some();
            meta.push = match (change.forgets, change.touch) {
                (true, _) => Push::AsNew,
                (false, true) => Push::Whatever,
                (false, false) => Push::IfItDiffers,
            };
            meta.changed_at = DateTime::from_timestamp_micros(here.changed_at);
            let update = Update { id: here.id, fields: change.fields, restore: change.restore };
            self.updates.add(update, meta);
            return outcome;
        }

        let mut link = Link::new(record, here.id, change.versions);
        if let Some(learned) = change.learned {
            self.keep(target, &mut link, learned, &target.mapped(&here.local));
        }
        self.links.push(link);
        self.conflicts.extend(change.conflict.map(|conflict| new_conflict(of(record), here.id, &conflict)));
        self.close(here);
        outcome
    }

    /// Notes what is kept of a record, given its row as it is now in Geniacs' form.
    fn keep(&mut self, target: &Target<'_>, link: &mut Link, learned: Learned, row: &Mapped) {
        let (kept, unheld) = learned.over(target.mapping, row);
        link.in_step = Some(!kept.differs(target.mapping, row));
        link.kept = KeptForm::of(&kept);
        self.unheld.extend(unheld.into_iter().map(|unheld| (link.local_id, unheld)));
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
                self.conflicts.push(new_conflict(of(record), here.id, &conflict));
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

    async fn carry_out(
        mut self,
        connection: &mut Connection,
        target: &Target<'_>,
        warnings: &mut Vec<logs::Entry>,
    ) -> Result<Vec<Written>, Failure> {
        if !self.deletes.is_empty() {
            records::remove(connection, target.descriptor, &self.deletes).await?;
        }

        let (inserts, updates) = (std::mem::take(&mut self.inserts), std::mem::take(&mut self.updates));
        // A new row may take a unique value that another one gives up.
        let mut written = rows::write(connection, target, &updates.rows).await?;
        exchange::write_again(connection, target, &updates.rows, &mut written).await?;
        // What a person decided about a conflict is carried out as a whole.
        let may_be_divided = |place: usize| updates.meta.get(place).is_some_and(|meta| !meta.closes);
        let withheld = exchange::write_rest(connection, target, &updates.rows, &mut written, may_be_divided).await?;
        updates.note(target, written, withheld, &mut self)?;

        let written = rows::write(connection, target, &inserts.rows).await?;
        inserts.note(target, written, HashMap::new(), &mut self)?;

        link::store(connection, target, &self.links).await?;
        let (integration_id, entity) = (target.integration_id, target.entity);
        rekeyed::forget(connection, target.descriptor, integration_id, &self.forgotten).await?;
        rekeyed::note_deleted(connection, integration_id, entity, &self.never_known).await?;
        links::pass_over(connection, integration_id, entity, &self.passed_over).await?;
        conflicts::close(connection, integration_id, entity, &self.closed).await?;
        conflicts::add(connection, integration_id, entity, target.sync_id, &self.conflicts).await?;

        for conflict in &self.conflicts {
            metrics::conflict(conflict.policy, conflict.resolution.is_some());
        }
        warnings.extend(told_of(&self.unheld));
        Ok(self.written)
    }
}

/// Rows of one kind to be written, each with what follows from it.
struct Batch<R> {
    rows: Vec<R>,
    meta: Vec<Meta>,
}

/// Whether a row that was written is to be pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Push {
    IfItDiffers,
    /// Whatever it says.
    Whatever,
    /// As a record that Geniacs does not have: it loses its link.
    AsNew,
}

/// What is to be stored once a row is written.
struct Meta {
    /// The record's place.
    index: usize,
    geniacs_id: String,
    /// The number of the event that tells of it.
    event: Option<i64>,
    versions: Versions,
    learned: Option<Learned>,
    is_whole: bool,
    conflict: Option<Conflict>,
    closes: bool,
    push: Push,
    /// When the local side had last changed the row.
    changed_at: Option<DateTime<Utc>>,
}

impl Meta {
    fn new(index: usize, record: &Incoming, versions: Versions, learned: Option<Learned>) -> Self {
        let geniacs_id = record.geniacs_id.clone();
        let is_whole = record.completeness == Completeness::Whole;
        Self {
            index,
            geniacs_id,
            event: record.version.event_number(),
            versions,
            learned,
            is_whole,
            conflict: None,
            closes: false,
            push: Push::IfItDiffers,
            changed_at: None,
        }
    }

    /// The same for a row that was written without these columns.
    fn without(mut self, target: &Target<'_>, columns: &[String]) -> Self {
        let fields: Vec<String> = columns.iter().map(|column| target.geniacs_field(column)).collect();
        self.learned = self.learned.map(|learned| learned.without(|name| fields.iter().any(|field| field == name)));
        self.conflict = self.conflict.and_then(|conflict| conflict.without(columns));
        self
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

    /// Notes what follows from rows, given what was made of each, and which of them were written without some columns.
    fn note(
        self,
        target: &Target<'_>,
        results: Vec<Result<R::Made, Failure>>,
        mut withheld: HashMap<usize, Withheld>,
        work: &mut Work,
    ) -> Result<(), Failure> {
        for (number, ((row, mut meta), result)) in self.rows.iter().zip(self.meta).zip(results).enumerate() {
            let Some(place) = work.written.get_mut(meta.index) else { continue };
            match result {
                Ok(written) => {
                    place.local_id = Some(written.id);
                    if let Some(Withheld { columns, failure }) = withheld.remove(&number) {
                        place.outcome = Outcome::refused(row.local_id(), &failure);
                        // Geniacs changed something that the row could not take: a push of the whole record would undo it.
                        work.passed_over.push(written.id);
                        meta = meta.without(target, &columns);
                        place.withheld = Some(columns);
                    }

                    work.closed.extend(meta.closes.then_some(written.id));
                    let conflict = meta.conflict.as_ref();
                    work.conflicts
                        .extend(conflict.map(|of| new_conflict((&meta.geniacs_id, meta.event), written.id, of)));
                    if meta.push == Push::AsNew {
                        work.forgotten.push(written.id);
                        continue;
                    }
                    work.link(target, meta, &written, row.local_id().is_none())?;
                }
                Err(failure) => {
                    place.outcome = Outcome::refused(row.local_id(), &failure);
                    work.passed_over.extend(row.local_id());
                }
            }
        }
        Ok(())
    }
}

impl Work {
    /// The link of a row that was written.
    fn link(
        &mut self,
        target: &Target<'_>,
        meta: Meta,
        row: &records::Written,
        row_is_new: bool,
    ) -> Result<(), Failure> {
        let mut link = Link {
            local_id: row.id,
            geniacs_id: meta.geniacs_id,
            versions: meta.versions,
            kept: None,
            deleted_version: None,
            in_step: Some(false),
            is_whole: meta.is_whole,
            row_is_new,
            written: Some((row.updated_at, meta.changed_at)),
        };
        if let Some(learned) = meta.learned {
            // What the database made of it counts: a column may round, and a trigger may rewrite.
            let row = target.mapped(&here::read_row(row.id, &row.fields)?);
            self.keep(target, &mut link, learned, &row);
        }

        link.in_step = link.in_step.map(|in_step| in_step && meta.push == Push::IfItDiffers);
        self.links.push(link);
        Ok(())
    }
}
