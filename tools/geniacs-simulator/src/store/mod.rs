//! The records of one entity, in memory: a vector by number, an index by `external_id`, an order by time.
//! A million customers take some 300 MiB, since a record's fields stay one JSON text.

mod external;
mod idempotency;
mod incoming;
mod listing;
mod partner_side;
mod references;
mod upsert;

pub(crate) use external::ExternalId;
pub(crate) use idempotency::{Idempotency, Replay};
pub(crate) use incoming::{Incoming, RecordProblem};
pub(crate) use listing::{Cursor, Listing};
pub(crate) use partner_side::EditError;
pub(crate) use references::references;
pub(crate) use upsert::UpsertOutcome;

use chrono::{DateTime, SecondsFormat, Utc};
use domain::EntityType;
use external::ExternalIndex;
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};

/// One record.
#[derive(Debug)]
pub(crate) struct Slot {
    /// An object as compact text with its keys in order, without the bookkeeping.
    pub(crate) fields: Box<str>,
    pub(crate) external_id: Option<ExternalId>,
    /// Microseconds of Unix time.
    pub(crate) updated_at: i64,
    pub(crate) version: i64,
    pub(crate) deleted: bool,
}

/// All records of one entity.
#[derive(Debug)]
pub(crate) struct Store {
    entity: EntityType,
    slots: Vec<Slot>,
    by_external: ExternalIndex,
    /// The records that the partner made.
    own: Vec<u32>,
    /// Records whose id is gone, and the record that it leads to.
    gone: HashMap<u32, Option<u32>>,
    order: BTreeSet<(i64, u32)>,
    clock: i64,
    pub(crate) idempotency: Idempotency,
}

impl Store {
    pub(crate) fn new(entity: EntityType) -> Self {
        Self {
            entity,
            slots: Vec::new(),
            by_external: ExternalIndex::default(),
            own: Vec::new(),
            gone: HashMap::new(),
            order: BTreeSet::new(),
            clock: 0,
            idempotency: Idempotency::default(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The place of a record by its Geniacs id.
    pub(crate) fn find(&self, id: &str) -> Option<u32> {
        let number: u32 = id.strip_prefix(id_prefix(self.entity))?.parse().ok()?;
        let place = number.checked_sub(1)?;
        // Comparing keeps `cust_01` from meaning `cust_1`.
        let known = usize::try_from(place).ok()? < self.slots.len() && self.id(place) == id;
        (known && !self.gone.contains_key(&place)).then_some(place)
    }

    /// The same, or the record that it was merged into.
    pub(crate) fn find_or_follow(&self, id: &str) -> Option<u32> {
        let merged = || self.gone.iter().find(|(place, _)| self.id(**place) == id).and_then(|(_, into)| *into);
        self.find(id).or_else(merged)
    }

    /// The place of a record that is not deleted.
    pub(crate) fn find_live(&self, id: &str) -> Option<u32> {
        self.find(id).filter(|place| !self.slot(*place).deleted)
    }

    pub(crate) fn find_external(&self, external_id: &str) -> Option<u32> {
        self.by_external.get(&ExternalId::of(external_id))
    }

    pub(crate) fn id(&self, place: u32) -> String {
        format!("{}{}", id_prefix(self.entity), u64::from(place) + 1)
    }

    pub(crate) fn slot(&self, place: u32) -> &Slot {
        &self.slots[place as usize]
    }

    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    pub(crate) fn fields(&self, place: u32) -> Map<String, Value> {
        serde_json::from_str(&self.slot(place).fields).unwrap_or_default()
    }

    /// The time of a change: now, or the last one if the clock went back.
    fn now(&mut self) -> i64 {
        self.clock = self.clock.max(Utc::now().timestamp_micros());
        self.clock
    }

    /// A time of its own for one change.
    fn next_moment(&mut self) -> i64 {
        self.clock = Utc::now().timestamp_micros().max(self.clock + 1);
        self.clock
    }

    /// Adds a record; none once four billion are there.
    fn insert(&mut self, slot: Slot) -> Option<u32> {
        let place = u32::try_from(self.slots.len()).ok()?;
        if let Some(external_id) = &slot.external_id {
            self.by_external.insert(external_id.clone(), place);
        }
        self.order.insert((slot.updated_at, place));
        self.slots.push(slot);
        Some(place)
    }

    /// Marks a record as changed at `moment`.
    fn stamp(&mut self, place: u32, moment: i64) {
        let slot = &mut self.slots[place as usize];
        self.order.remove(&(slot.updated_at, place));
        slot.updated_at = moment;
        self.order.insert((moment, place));
    }

    /// Appends a record in the form in which listings and look-ups show it.
    pub(crate) fn write_record(&self, place: u32, out: &mut String) {
        let slot = self.slot(place);

        out.push_str("{\"");
        out.push_str(self.entity.id_field());
        out.push_str("\":\"");
        out.push_str(&self.id(place));

        out.push_str("\",\"external_id\":");
        out.push_str(&external_json(slot));

        out.push_str(",\"updated_at\":\"");
        out.push_str(&rfc3339(slot.updated_at));
        out.push_str(if slot.deleted { "\",\"deleted\":true" } else { "\",\"deleted\":false" });

        let inner = slot.fields.trim_start_matches('{');
        out.push_str(if inner == "}" { "" } else { "," });
        out.push_str(inner);
    }
}

/// An `external_id` as JSON.
pub(crate) fn external_json(slot: &Slot) -> String {
    slot.external_id.as_ref().map_or_else(|| "null".to_owned(), |id| Value::from(id.to_string()).to_string())
}

/// Microseconds of Unix time as RFC 3339.
pub(crate) fn rfc3339(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Micros, true)
}

const fn id_prefix(entity: EntityType) -> &'static str {
    match entity {
        EntityType::Customers => "cust_",
        EntityType::Subscriptions => "sub_",
        EntityType::Payments => "pay_",
        EntityType::MonitoringData => "mon_",
        EntityType::Invoices => "inv_",
        EntityType::NasServers => "nas_",
    }
}
