//! What the partner does to its own records.

use super::upsert::text;
use super::{Slot, Store, external_json, rfc3339};
use crate::random::Random;
use crate::seed::{self, Change};
use serde_json::{Map, Value};
use std::fmt::Write;

/// Why a record cannot be edited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EditError {
    #[error("there is no record {0}")]
    Missing(String),
}

impl Store {
    /// Makes `count` records that only the partner knows, and returns their places. Each has a moment of its own.
    pub(crate) fn seed(&mut self, count: usize, seed: u64, customers: usize) -> Vec<u32> {
        let first = self.slots.len();
        self.slots.reserve(count);
        (first..first + count)
            .filter_map(|number| {
                let number = u64::try_from(number).unwrap_or(u64::MAX);
                let fields = text(&seed::fields(self.entity, seed, number + 1, customers));
                let updated_at = self.next_moment();
                self.insert(Slot { fields, external_id: None, updated_at, version: 0, deleted: false })
            })
            .collect()
    }

    /// `count` places of records that are not deleted, the same for the same seed; none twice while there are enough.
    pub(crate) fn choose(&self, count: usize, random: &mut Random) -> Vec<u32> {
        let mut live: Vec<u32> =
            (0_u32..).zip(&self.slots).filter(|(_, slot)| !slot.deleted).map(|(place, _)| place).collect();
        random.shuffle(&mut live);
        live.into_iter().cycle().take(count).collect()
    }

    /// Changes one field of a record.
    pub(crate) fn edit(&mut self, place: u32, random: &mut Random) -> Change {
        let mut fields = self.fields(place);
        let change = seed::change(self.entity, &mut fields, random);
        self.slots[place as usize].fields = text(&fields);
        let moment = self.next_moment();
        self.stamp(place, moment);
        change
    }

    /// Sets fields of a record, which comes back if it was deleted.
    pub(crate) fn set(&mut self, id: &str, changes: Map<String, Value>) -> Result<u32, EditError> {
        let place = self.find(id).ok_or_else(|| EditError::Missing(id.to_owned()))?;
        let mut fields = self.fields(place);
        fields.extend(changes);
        let slot = &mut self.slots[place as usize];
        slot.fields = text(&fields);
        slot.deleted = false;
        let moment = self.next_moment();
        self.stamp(place, moment);
        Ok(place)
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
