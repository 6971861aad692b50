//! The records that the partner has shown during a look-up.

use super::{LookUp, Sought, Whereabouts};
use crate::{Page, PartnerError, Record};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// So many records of the partner's that are alike are enough to know that none of them can be told from the others.
const MOST_ALIKE: usize = 100;

/// The records that the partner has shown so far.
#[expect(clippy::struct_excessive_bools, reason = "each is a thing that was shown or not")]
pub(super) struct Seen<'a> {
    look_up: LookUp<'a>,
    wanted_ids: HashSet<String>,
    wanted_keys: HashSet<&'a str>,
    /// Those without a natural key, and their fields.
    wanted_fields: Vec<(i64, &'a Map<String, Value>)>,
    /// Geniacs ids of live records, by the local id that they carry.
    by_external_id: HashMap<String, String>,
    /// Geniacs ids of live records, by their natural key.
    by_key: HashMap<String, HashSet<String>>,
    /// Geniacs ids of live records with the same fields, by the local id of the record that is looked for.
    by_fields: HashMap<i64, HashSet<String>>,
    /// The same of those that a partner may have made of what was sent.
    by_similar_fields: HashMap<i64, HashSet<String>>,
    failures: HashMap<i64, PartnerError>,
    shows_external_ids: bool,
    shows_keys: bool,
    shows_records: bool,
    has_unreadable: bool,
}

impl<'a> Seen<'a> {
    pub(super) fn new(look_up: &LookUp<'a>, sought: &'a [Sought]) -> Self {
        let without_key = sought.iter().filter(|record| record.natural_key.is_none());
        Self {
            look_up: *look_up,
            wanted_ids: sought.iter().map(|record| record.external_id.to_string()).collect(),
            wanted_keys: sought.iter().filter_map(|record| record.natural_key.as_deref()).collect(),
            wanted_fields: without_key
                .filter_map(|record| Some((record.external_id, record.fields.as_ref()?)))
                .collect(),
            by_external_id: HashMap::new(),
            by_key: HashMap::new(),
            by_fields: HashMap::new(),
            by_similar_fields: HashMap::new(),
            failures: HashMap::new(),
            shows_external_ids: false,
            shows_keys: false,
            shows_records: false,
            has_unreadable: false,
        }
    }

    pub(super) fn take(&mut self, page: Page) {
        self.has_unreadable |= !page.malformed.is_empty();
        for record in page.records {
            self.shows_external_ids |= record.external_id.is_some();
            // A record that was deleted there counts as not there.
            if record.deleted {
                continue;
            }
            self.shows_records = true;
            self.note_alike(&record);

            let key = self.look_up.key_field.and_then(|field| key_text(record.fields.get(field)?));
            self.shows_keys |= key.is_some();

            if let Some(key) = key.filter(|key| self.wanted_keys.contains(key.as_str())) {
                self.by_key.entry(key).or_default().insert(record.geniacs_id.clone());
            }
            // Of several records with the same `external_id` the first one counts.
            if let Some(id) = record.external_id.filter(|id| self.wanted_ids.contains(id)) {
                self.by_external_id.entry(id).or_insert(record.geniacs_id);
            }
        }
    }

    /// Notes for which records this one may be the one that is looked for, by all its fields.
    fn note_alike(&mut self, record: &Record) {
        for (external_id, fields) in &self.wanted_fields {
            let alike = if is_alike(fields, &record.fields, self.look_up.same) {
                self.by_fields.entry(*external_id).or_default()
            } else if is_alike(fields, &record.fields, self.look_up.similar) {
                self.by_similar_fields.entry(*external_id).or_default()
            } else {
                continue;
            };
            // More candidates than that are as useless as none: nobody can tell which is meant.
            if alike.len() < MOST_ALIKE {
                alike.insert(record.geniacs_id.clone());
            }
        }
    }

    /// The partner failed whenever it was asked for this record.
    pub(super) fn failed_at(&mut self, external_id: i64, error: PartnerError) {
        self.failures.insert(external_id, error);
    }

    pub(super) const fn shows_external_ids(&self) -> bool {
        self.shows_external_ids
    }

    pub(super) fn has(&self, external_id: &str) -> bool {
        self.by_external_id.contains_key(external_id)
    }

    pub(super) fn has_all(&self) -> bool {
        self.by_external_id.len() == self.wanted_ids.len()
    }

    /// The end of an answer proves that what it does not show is not there, unless part of it could not be read.
    pub(super) fn ended(&self, has_found_all: bool) -> Result<(), PartnerError> {
        if self.has_unreadable && !has_found_all {
            let reason = "it holds records that cannot be read, and a record that is looked for may be one of them";
            return Err(PartnerError::Malformed { reason: reason.to_owned() });
        }
        Ok(())
    }

    pub(super) fn whereabouts(&self, sought: &Sought) -> Whereabouts {
        if let Some(id) = self.by_external_id.get(&sought.external_id.to_string()) {
            return Whereabouts::There(id.clone());
        }

        if let Some(error) = self.failures.get(&sought.external_id) {
            return Whereabouts::Failed(error.clone());
        }

        // A partner that keeps local ids would show that of this record, too; one that shows nothing has nothing.
        if self.shows_external_ids || !self.shows_records {
            return Whereabouts::NotThere;
        }

        let alike = match sought.natural_key.as_deref() {
            Some(key) if self.shows_keys => self.by_key.get(key),
            Some(_) => return Whereabouts::Unknown,
            None => {
                let id = &sought.external_id;
                self.by_fields.get(id).or_else(|| self.by_similar_fields.get(id))
            }
        };

        match alike {
            Some(ids) => Whereabouts::Alike(ids.iter().cloned().collect()),
            // Somebody may have changed there what it was sent with.
            None if sought.was_taken || sought.natural_key.is_none() => Whereabouts::Unknown,
            None => Whereabouts::NotThere,
        }
    }
}

/// Whether a record shows every field as it was sent. One that was sent empty may be absent.
fn is_alike(sent: &Map<String, Value>, shown: &Map<String, Value>, same: fn(&Value, &Value) -> bool) -> bool {
    let is_empty = |value: &Value| value.is_null() || value.as_str().is_some_and(str::is_empty);
    sent.iter().any(|(_, value)| !is_empty(value))
        && sent.iter().all(|(name, value)| match shown.get(name) {
            Some(shown) => (is_empty(value) && is_empty(shown)) || same(value, shown),
            None => is_empty(value),
        })
}

/// A key as text; none where there is no value.
fn key_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Whereabouts::{Alike, NotThere, There, Unknown};
    use domain::EntityType;
    use serde_json::json;

    fn record(id: &str, external_id: Option<&str>, fields: &Value) -> Record {
        Record {
            geniacs_id: id.to_owned(),
            external_id: external_id.map(str::to_owned),
            updated_at: None,
            changed: domain::Moment::exact(chrono::DateTime::UNIX_EPOCH),
            deleted: false,
            fields: fields.as_object().cloned().unwrap_or_default(),
        }
    }

    fn coded(id: &str, external_id: Option<&str>, code: Option<&str>) -> Record {
        record(id, external_id, &code.map_or_else(|| json!({}), |code| json!({"customer_code": code})))
    }

    /// Where a record is, at a partner that shows this.
    fn place(sought: Sought, records: Vec<Record>) -> Whereabouts {
        let (entity, key_field) = (EntityType::Customers, Some("customer_code"));
        let same = |one: &Value, other: &Value| one == other;
        let similar = |one: &Value, other: &Value| one == other || (one.is_number() && other.is_number());
        let look_up = LookUp { entity, key_field, control: None, is_probe: false, same, similar };
        let sought = [sought];
        let mut seen = Seen::new(&look_up, &sought);
        seen.take(Page { records, ..Page::default() });
        seen.whereabouts(&sought[0])
    }

    /// Where record 17 with the key `C17` is, at a partner that shows this.
    fn sought(key: Option<&str>, records: Vec<Record>) -> Whereabouts {
        place(Sought { external_id: 17, natural_key: key.map(str::to_owned), ..Sought::default() }, records)
    }

    fn alike(id: &str) -> Whereabouts {
        Alike(vec![id.to_owned()])
    }

    #[test]
    fn a_record_is_recognised_by_the_local_id_that_the_partner_keeps() {
        assert_eq!(sought(None, vec![coded("a", Some("17"), None)]), There("a".to_owned()));
        assert_eq!(sought(None, vec![coded("a", Some("18"), None)]), NotThere);
        assert_eq!(sought(Some("C17"), vec![coded("a", Some("18"), None), coded("b", None, Some("C17"))]), NotThere);
        assert_eq!(sought(None, vec![coded("a", Some("0017"), None)]), NotThere, "no other spelling is ours");
    }

    #[test]
    fn a_partner_that_keeps_no_local_ids_is_searched_by_the_natural_key() {
        assert_eq!(sought(Some("C17"), vec![coded("a", None, Some("C17"))]), alike("a"));
        assert_eq!(sought(Some("C17"), vec![coded("a", None, Some("C18"))]), NotThere);
        let twins = vec![coded("a", None, Some("C17")), coded("b", None, Some("C17"))];
        assert!(matches!(sought(Some("C17"), twins), Alike(ids) if ids.len() == 2));
    }

    #[test]
    fn a_record_without_a_natural_key_is_recognised_by_all_its_fields() {
        let fields = json!({"customer_name": "A", "customer_phone": null, "customer_code": null});
        let sought = || Sought { external_id: 17, fields: fields.as_object().cloned(), ..Sought::default() };
        let shown = vec![
            record("a", None, &json!({"customer_name": "A", "customer_phone": "", "other": 1})),
            record("b", None, &json!({"customer_name": "A", "customer_phone": "0"})),
        ];
        assert_eq!(place(sought(), shown), alike("a"));
        assert_eq!(place(sought(), vec![record("b", None, &json!({"customer_name": "B"}))]), Unknown);
    }

    #[test]
    fn a_record_whose_values_the_partner_rounds_is_recognised_unless_another_one_is_the_same() {
        let fields = json!({"customer_name": "A", "customer_balance": 10.25});
        let sought = || Sought { external_id: 17, fields: fields.as_object().cloned(), ..Sought::default() };
        let shown =
            |id, name, balance: Value| record(id, None, &json!({"customer_name": name, "customer_balance": balance}));
        let rounded = || shown("a", "A", json!(10));
        assert_eq!(place(sought(), vec![rounded(), shown("b", "B", json!(10.25))]), alike("a"));
        assert_eq!(place(sought(), vec![rounded(), shown("c", "A", json!(10.25))]), alike("c"));
        assert!(matches!(place(sought(), vec![rounded(), shown("d", "A", json!(11))]), Alike(ids) if ids.len() == 2));
    }

    #[test]
    fn a_record_that_was_surely_taken_is_never_taken_for_one_that_is_not_there() {
        let taken =
            Sought { external_id: 17, natural_key: Some("C17".to_owned()), was_taken: true, ..Sought::default() };
        assert_eq!(place(taken, vec![coded("a", None, Some("C18"))]), Unknown);
    }

    #[test]
    fn a_partner_that_shows_nothing_to_tell_by_leaves_it_unknown_unless_it_holds_nothing() {
        assert_eq!(sought(None, vec![coded("a", None, Some("C18"))]), Unknown);
        assert_eq!(sought(Some("C17"), vec![coded("a", None, None)]), Unknown);
        assert_eq!(sought(Some("C17"), Vec::new()), NotThere);
    }
}
