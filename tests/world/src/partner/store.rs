//! What the partner holds, and how its own people change it.

use super::Traits;
use super::events::{Event, Told};
use crate::cast::Cast;
use crate::fields::Field;
use crate::reach::Guards;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A record of the partner's.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) id: String,
    /// Where it stands among all, for listings by id.
    pub(crate) place: usize,
    /// What tells its line of descent.
    pub(crate) lineage: String,
    pub(crate) external_id: Option<String>,
    pub(crate) fields: BTreeMap<String, Value>,
    /// In microseconds, by the partner's clock.
    pub(crate) updated_at: i64,
    pub(crate) deleted: bool,
    /// The record that it was merged into.
    pub(crate) merged_into: Option<String>,
}

impl Record {
    pub(crate) fn get(&self, field: &Field) -> Option<String> {
        field.read(self.fields.get(field.geniacs))
    }
}

/// The partner.
#[derive(Debug)]
pub(crate) struct Partner {
    pub(crate) traits: Traits,
    pub(super) cast: &'static Cast,
    pub(super) guards: Guards,
    /// Lines of descent that its own people changed since it last showed them.
    pub(super) touched: BTreeSet<String>,
    /// Whether it has refused a record that is read back then, merged, and sent by the next run.
    pub(crate) has_refused: bool,
    pub(crate) records: Vec<Record>,
    /// Events that nobody has delivered yet.
    pub(crate) events: Vec<Event>,
    /// Lines of descent that it refuses with a `validation_error`.
    pub(crate) refuses: BTreeSet<String>,
    /// Lines of descent that make a whole request end with 500.
    pub(crate) breaks: BTreeSet<String>,
    /// The database's time, moved by the world.
    pub(crate) now: i64,
    pub(super) answers: HashMap<String, String>,
    pub(super) next_event: u32,
    /// Listings under way that have no order of their own: the ids that they go through.
    pub(super) walks: Vec<Vec<String>>,
    /// A number that decides which cursors are dead.
    pub(super) pages: usize,
}

impl Partner {
    pub(crate) fn new(cast: &'static Cast, traits: Traits, guards: Guards) -> Self {
        Self {
            traits,
            cast,
            guards,
            touched: BTreeSet::new(),
            has_refused: false,
            records: Vec::new(),
            events: Vec::new(),
            refuses: BTreeSet::new(),
            breaks: BTreeSet::new(),
            now: 0,
            answers: HashMap::new(),
            next_event: 0,
            walks: Vec::new(),
            pages: 0,
        }
    }

    /// The time by its own clock.
    pub(crate) fn clock(&self) -> i64 {
        self.now + self.traits.skew * 1_000_000
    }

    pub(crate) fn live(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(|record| !record.deleted)
    }

    pub(super) fn find(&self, id: &str) -> Option<usize> {
        self.records.iter().position(|record| record.id == id)
    }

    pub(super) fn insert(
        &mut self,
        lineage: String,
        external_id: Option<String>,
        fields: BTreeMap<String, Value>,
    ) -> usize {
        let place = self.records.len();
        let (id, updated_at) = (format!("c{}", place + 1), self.clock());
        let record = Record { id, place, lineage, external_id, fields, updated_at, deleted: false, merged_into: None };
        self.records.push(record);
        place
    }

    /// A person makes a record.
    pub(crate) fn create(&mut self, lineage: &str, values: &[(&Field, Option<String>)]) -> Told {
        let mut fields: BTreeMap<String, Value> =
            self.cast.fields.iter().map(|f| (f.geniacs.to_owned(), Value::Null)).collect();
        fields.insert(self.cast.token.geniacs.to_owned(), Value::String(lineage.to_owned()));
        for (field, value) in values {
            fields.insert(field.geniacs.to_owned(), field.json(value.as_deref()));
        }
        let place = self.insert(lineage.to_owned(), None, fields);
        Told::created(&self.records[place])
    }

    /// A person changes fields of a record, with the time at which that began.
    pub(crate) fn edit(&mut self, id: &str, values: &[(&Field, Option<String>)], stamp: i64) -> Option<Told> {
        let place = self.find(id)?;
        let record = &mut self.records[place];
        let mut changes = serde_json::Map::new();
        for (field, value) in values {
            let new = field.json(value.as_deref());
            let old = record.fields.insert(field.geniacs.to_owned(), new.clone()).unwrap_or_default();
            changes.insert(field.geniacs.to_owned(), serde_json::json!({"old": old, "new": new}));
        }
        record.updated_at = record.updated_at.max(stamp);
        self.touched.insert(record.lineage.clone());
        Some(Told::updated(record, changes))
    }

    /// A person deletes a record, or brings it back.
    pub(crate) fn set_deleted(&mut self, id: &str, deleted: bool) -> Option<Told> {
        let clock = self.clock();
        let place = self.find(id)?;
        let record = &mut self.records[place];
        record.deleted = deleted;
        record.updated_at = clock;
        self.touched.insert(record.lineage.clone());
        Some(if deleted { Told::deleted(record) } else { Told::created(record) })
    }

    /// A record is merged into another: it is gone, and its id leads to that one.
    pub(crate) fn merge(&mut self, id: &str, into: &str) -> Option<Told> {
        let told = self.set_deleted(id, true);
        let place = self.find(id)?;
        self.records[place].merged_into = Some(into.to_owned());
        told
    }

    /// A record gets another id; nobody knows the old one any more.
    pub(crate) fn renumber(&mut self, id: &str) -> Option<String> {
        let clock = self.clock();
        let place = self.find(id)?;
        let record = &mut self.records[place];
        let new = format!("{}n{}", record.id, clock / 1_000 % 100_000);
        record.id.clone_from(&new);
        record.updated_at = clock;
        Some(new)
    }
}
