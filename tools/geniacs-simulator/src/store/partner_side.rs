//! Changes that the partner makes to its own records.

use super::upsert::fields_text;
use super::{ExternalId, Slot, Store, external_json, rfc3339};
use crate::random::Random;
use crate::seed::{FieldChange, change_field};
use serde_json::{Map, Value};
use std::fmt::Write;

/// Why a record cannot be edited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EditError {
    #[error("there is no record {0}")]
    Missing(String),
}

impl Store {
    /// Adds `count` records that only the partner knows, and returns their places. Each has a moment of its own.
    /// `make` gets a record's number in the store and how many of the partner's own there were before it.
    pub(crate) fn seed(&mut self, count: usize, make: impl Fn(u64, usize) -> Map<String, Value>) -> Vec<u32> {
        self.slots.reserve(count);

        let one = |_| {
            let number = u64::try_from(self.slots.len()).unwrap_or(u64::MAX);
            let fields = fields_text(&make(number + 1, self.own.len()));
            let updated_at = self.next_moment();
            let place = self.insert(Slot { fields, external_id: None, updated_at, version: 0, deleted: false })?;
            self.own.push(place);
            Some(place)
        };

        (0..count).filter_map(one).collect()
    }

    /// A record to refer to, all of them in turn: the partner's own if it has any, and none that is deleted.
    pub(crate) fn own_at(&self, index: usize) -> Option<u32> {
        let turn = |index: usize| match self.own.len() {
            0 => u32::try_from(index.checked_rem(self.slots.len())?).ok(),
            own => Some(self.own[index % own]),
        };
        (index..index + 8).filter_map(turn).find(|place| !self.slot(*place).deleted)
    }

    /// `count` places of records that are not deleted, the same for the same seed; none twice while there are enough.
    pub(crate) fn choose(&self, count: usize, random: &mut Random) -> Vec<u32> {
        let mut live: Vec<u32> =
            (0_u32..).zip(&self.slots).filter(|(_, slot)| !slot.deleted).map(|(place, _)| place).collect();
        random.shuffle(&mut live);
        live.into_iter().cycle().take(count).collect()
    }

    /// Changes one field of a record.
    pub(crate) fn edit(&mut self, place: u32, random: &mut Random) -> FieldChange {
        let mut fields = self.fields(place);
        let change = change_field(self.entity, &mut fields, random);
        self.slots[place as usize].fields = fields_text(&fields);
        let moment = self.next_moment();
        self.stamp(place, moment);
        change
    }

    /// Sets fields of a record at a moment of its own: the field, the provider's column, the value.
    pub(crate) fn assign(
        &mut self,
        place: u32,
        values: impl FnOnce(i64) -> Vec<(&'static str, &'static str, Value)>,
    ) -> Vec<FieldChange> {
        let moment = self.next_moment();
        let mut fields = self.fields(place);
        let mut changes = Vec::new();

        for (field, local_field, new) in values(moment) {
            let old = fields.insert(field.to_owned(), new.clone()).unwrap_or(Value::Null);
            changes.push(FieldChange { field, local_field, old, new });
        }

        self.slots[place as usize].fields = fields_text(&fields);
        self.stamp(place, moment);
        changes
    }

    /// Sets fields of a record, which comes back if it was deleted.
    pub(crate) fn set(&mut self, id: &str, changes: Map<String, Value>) -> Result<u32, EditError> {
        let place = self.find(id).ok_or_else(|| EditError::Missing(id.to_owned()))?;
        let mut fields = self.fields(place);
        fields.extend(changes);

        let slot = &mut self.slots[place as usize];
        slot.fields = fields_text(&fields);
        slot.deleted = false;

        let moment = self.next_moment();
        self.stamp(place, moment);
        Ok(place)
    }

    /// Merges a record into another: its id leads there from now on, and nothing lists it.
    pub(crate) fn merge(&mut self, id: &str, into: &str) -> Result<(), EditError> {
        let place = self.find(id).ok_or_else(|| EditError::Missing(id.to_owned()))?;
        let into =
            self.find_live(into).filter(|into| *into != place).ok_or_else(|| EditError::Missing(into.to_owned()))?;
        self.vanish(place, Some(into));
        Ok(())
    }

    /// Gives a record another id; nobody knows the old one any more.
    pub(crate) fn renumber(&mut self, id: &str) -> Result<String, EditError> {
        let missing = || EditError::Missing(id.to_owned());
        let place = self.find(id).ok_or_else(missing)?;

        let external_id = self.vanish(place, None);
        let (fields, version, deleted) = {
            let slot = self.slot(place);
            (slot.fields.clone(), slot.version, false)
        };

        let updated_at = self.next_moment();
        let new = self.insert(Slot { fields, external_id, updated_at, version, deleted }).ok_or_else(missing)?;
        Ok(self.id(new))
    }

    /// Takes an id out of everything, and returns the other side's id.
    fn vanish(&mut self, place: u32, into: Option<u32>) -> Option<ExternalId> {
        let slot = &mut self.slots[place as usize];
        slot.deleted = true;

        let (external_id, moment) = (slot.external_id.take(), slot.updated_at);

        if let Some(external_id) = &external_id {
            self.by_external.remove(external_id);
        }

        self.order.remove(&(moment, place));
        self.gone.insert(place, into);
        external_id
    }

    /// Deletes a record, leaving its trace.
    pub(crate) fn delete(&mut self, place: u32) {
        self.slots[place as usize].deleted = true;
        let moment = self.next_moment();
        self.stamp(place, moment);
    }

    /// Appends a record in the form in which the dump shows it: the bookkeeping beside the fields.
    pub(crate) fn write_dump(&self, place: u32, out: &mut String) {
        let slot = self.slot(place);
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            r#"{{"id":"{}","external_id":{},"updated_at":"{}","deleted":{},"version":{},"fields":{}}}"#,
            self.id(place),
            external_json(slot),
            rfc3339(slot.updated_at),
            slot.deleted,
            slot.version,
            slot.fields,
        );
    }
}
