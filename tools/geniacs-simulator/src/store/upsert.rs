//! Taking in what the other side pushes.

use super::{ExternalId, Incoming, RecordProblem, Slot, Store};
use serde_json::{Map, Value};

/// The outcome of a pushed record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UpsertOutcome {
    Created,
    Updated,
    Unchanged,
    Deleted,
}

impl UpsertOutcome {
    /// The `status` of a result.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Deleted => "deleted",
        }
    }
}

impl Store {
    /// Finds a record by its Geniacs id, then by its `external_id`.
    pub(crate) fn find_incoming(&self, record: &Incoming) -> Option<u32> {
        let by_id = record.id.as_deref().and_then(|id| self.find(id));
        by_id.or_else(|| record.external_id.as_deref().and_then(|id| self.find_external(id)))
    }

    /// Whether a newer version than the pushed one is here.
    pub(crate) fn has_newer(&self, record: &Incoming) -> bool {
        let stored = self.find_incoming(record).map(|place| self.slot(place).version);
        matches!((stored, record.version), (Some(stored), Some(pushed)) if pushed < stored)
    }

    /// The time of one request's changes.
    pub(crate) fn begin(&mut self) -> i64 {
        self.now()
    }

    /// Applies one record at `moment`; the id is none only where a record to delete was never here.
    pub(crate) fn apply(
        &mut self,
        record: Incoming,
        moment: i64,
    ) -> Result<(Option<String>, UpsertOutcome), RecordProblem> {
        match self.find_incoming(&record) {
            Some(place) => {
                let outcome = self.change(place, record, moment)?;
                Ok((Some(self.id(place)), outcome))
            }
            None if record.deleted => Ok((record.id, UpsertOutcome::Deleted)),
            None => self.create(&record, moment),
        }
    }

    fn create(&mut self, record: &Incoming, moment: i64) -> Result<(Option<String>, UpsertOutcome), RecordProblem> {
        let slot = Slot {
            fields: fields_text(&record.fields),
            external_id: record.external_id.as_deref().map(ExternalId::of),
            updated_at: moment,
            version: record.version.unwrap_or(0),
            deleted: false,
        };

        let place = self.insert(slot).ok_or_else(|| RecordProblem::new("data", "there is no room for more records"))?;
        Ok((Some(self.id(place)), UpsertOutcome::Created))
    }

    fn change(&mut self, place: u32, record: Incoming, moment: i64) -> Result<UpsertOutcome, RecordProblem> {
        let linked = self.link(place, record.external_id.as_deref())?;
        let merged = if record.deleted { None } else { self.merged(place, record.fields, record.replaces) };

        let slot = &mut self.slots[place as usize];
        slot.version = record.version.unwrap_or(slot.version).max(slot.version);
        let moved = slot.deleted != record.deleted;
        slot.deleted = record.deleted;

        let changed = merged.is_some();
        if let Some(fields) = merged {
            slot.fields = fields;
        }

        if linked || moved || changed {
            self.stamp(place, moment);
        }

        Ok(match (record.deleted, linked || moved || changed) {
            (true, _) => UpsertOutcome::Deleted,
            (false, true) => UpsertOutcome::Updated,
            (false, false) => UpsertOutcome::Unchanged,
        })
    }

    /// Gives a record the other side's id. True if that is news.
    fn link(&mut self, place: u32, external_id: Option<&str>) -> Result<bool, RecordProblem> {
        let Some(external_id) = external_id.map(ExternalId::of) else { return Ok(false) };
        match self.by_external.get(&external_id) {
            Some(holder) if holder == place => return Ok(false),
            Some(_) => return Err(RecordProblem::new("external_id", "belongs to another record")),
            None => {}
        }
        if let Some(before) = self.slots[place as usize].external_id.replace(external_id.clone()) {
            self.by_external.remove(&before);
        }
        self.by_external.insert(external_id, place);
        Ok(true)
    }

    /// The stored fields with the pushed ones over them, or in their place; none if that changes nothing.
    fn merged(&self, place: u32, pushed: Map<String, Value>, replaces: bool) -> Option<Box<str>> {
        let stored = &self.slot(place).fields;
        if **stored == *fields_text(&pushed) {
            return None;
        }
        let mut fields = if replaces { Map::new() } else { self.fields(place) };
        fields.extend(pushed);
        let merged = fields_text(&fields);
        (merged != *stored).then_some(merged)
    }
}

/// Compact, with the keys in order, so that equal fields are equal texts.
pub(super) fn fields_text(fields: &Map<String, Value>) -> Box<str> {
    serde_json::to_string(fields).unwrap_or_else(|_| "{}".to_owned()).into_boxed_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use UpsertOutcome::{Created, Deleted, Unchanged, Updated};
    use domain::EntityType;

    fn push(store: &mut Store, json: &str) -> Result<(Option<String>, UpsertOutcome), RecordProblem> {
        let record = Incoming::parse(EntityType::Customers, serde_json::from_str(json).unwrap())?;
        let moment = store.begin();
        store.apply(record, moment)
    }

    #[test]
    fn a_record_is_found_by_id_then_by_external_id_then_created() {
        let mut store = Store::new(EntityType::Customers);

        let one = || Some("cust_1".to_owned());
        assert_eq!(push(&mut store, r#"{"external_id": "17", "n": 1.10}"#), Ok((one(), Created)));
        assert_eq!(push(&mut store, r#"{"external_id": "17", "n": 1.10}"#), Ok((one(), Unchanged)));
        assert_eq!(push(&mut store, r#"{"external_id": "17", "n": 1.1}"#), Ok((one(), Updated)));

        assert_eq!(push(&mut store, r#"{"customer_id": "cust_1", "external_id": "18"}"#), Ok((one(), Updated)));
        assert_eq!(push(&mut store, r#"{"customer_id": "gone", "external_id": "18", "m": 1}"#), Ok((one(), Updated)));
        assert_eq!(&*store.slot(0).fields, r#"{"m":1,"n":1.1}"#);

        assert_eq!(push(&mut store, r#"{"external_id": "17"}"#), Ok((Some("cust_2".to_owned()), Created)));

        let stolen = push(&mut store, r#"{"customer_id": "cust_1", "external_id": "17"}"#).unwrap_err();
        assert_eq!(stolen.field, "external_id");
    }

    #[test]
    fn a_deleted_record_stays_as_a_trace_and_comes_back_with_an_upsert() {
        let mut store = Store::new(EntityType::Customers);
        push(&mut store, r#"{"external_id": "1", "n": 1}"#).unwrap();
        assert_eq!(push(&mut store, r#"{"external_id": "1", "deleted": true}"#).unwrap().1, Deleted);
        assert!(store.slot(0).deleted);
        assert_eq!(push(&mut store, r#"{"external_id": "2", "deleted": true}"#), Ok((None, Deleted)));
        assert_eq!(push(&mut store, r#"{"external_id": "1", "n": 1}"#).unwrap().1, Updated);
    }

    #[test]
    fn a_record_without_any_id_is_refused() {
        assert_eq!(push(&mut Store::new(EntityType::Customers), "{}").unwrap_err().field, "external_id");
    }
}
