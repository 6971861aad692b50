//! Looking for records that a request may have created: whether the partner holds them, and under which id. Where the
//! partner shows nothing by which a record could be recognised, the answer is that nobody can tell.

use crate::find::WALK_LIMIT;
use crate::place::Place;
use crate::{Client, Page, PageRequest, PartnerError};
use domain::EntityType;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// A record to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    /// The local id that it was sent with.
    pub external_id: i64,
    /// The natural key that it was sent with.
    pub natural_key: Option<String>,
}

/// How records are looked for.
#[derive(Debug, Clone, Copy)]
pub struct LookUp<'a> {
    /// Which kind of record.
    pub entity: EntityType,
    /// The Geniacs field that holds the natural key.
    pub key_field: Option<&'a str>,
    /// The local id of a record that the partner surely holds. Asked for together with the others, it tells whether the
    /// partner finds records by `external_id` at all.
    pub control: Option<i64>,
}

/// What a look-up has found out about a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whereabouts {
    /// The partner holds it under this id, with our `external_id`.
    There(String),
    /// The partner keeps no `external_id`, and holds a record with the same natural key under this id.
    SameKey(String),
    /// The partner does not hold it.
    NotThere,
    /// The partner shows neither `external_id` nor a natural key by which it could be told.
    Unknown,
}

impl Client {
    /// Looks for records by `external_id`; where the partner does not find by it, in its whole listing, there also by the
    /// natural key. One answer for each record, by its local id.
    pub async fn look_up(
        &self,
        look_up: &LookUp<'_>,
        sought: &[Sought],
    ) -> Result<HashMap<i64, Whereabouts>, PartnerError> {
        let mut seen = Seen::new(look_up, sought);

        let mut has_answered = true;
        // One place in each request is for the control.
        for some in sought.chunks(Self::MOST_EXTERNAL_IDS - 1) {
            let ids = some.iter().map(|record| record.external_id);
            has_answered = self.ask_by_name(look_up, ids, &mut seen).await? && seen.shows_external_ids;
            if !has_answered {
                break;
            }
        }

        if !has_answered {
            self.walk_for(look_up, &mut seen).await?;
        }
        Ok(sought.iter().map(|record| (record.external_id, seen.whereabouts(record))).collect())
    }

    /// The Geniacs ids of those of these records, up to a hundred in a request, that the partner shows when it is asked for
    /// them by `external_id`.
    pub async fn ids_by_external_id(
        &self,
        entity: EntityType,
        external_ids: &[i64],
    ) -> Result<HashMap<i64, String>, PartnerError> {
        let look_up = LookUp { entity, key_field: None, control: None };
        let sought: Vec<Sought> =
            external_ids.iter().map(|id| Sought { external_id: *id, natural_key: None }).collect();
        let mut seen = Seen::new(&look_up, &sought);
        for some in external_ids.chunks(Self::MOST_EXTERNAL_IDS) {
            if !self.ask_by_name(&look_up, some.iter().copied(), &mut seen).await? {
                break;
            }
        }
        let id_of = |id: &i64| Some((*id, seen.by_external_id.get(&id.to_string())?.clone()));
        Ok(external_ids.iter().filter_map(id_of).collect())
    }

    /// Asks for records by `external_id`. False: the partner ignores the parameter, as it shows others too.
    async fn ask_by_name(
        &self,
        look_up: &LookUp<'_>,
        ids: impl Iterator<Item = i64>,
        seen: &mut Seen<'_>,
    ) -> Result<bool, PartnerError> {
        let wanted: Vec<String> = ids.map(|id| id.to_string()).collect();
        let names: Vec<String> = wanted.iter().cloned().chain(look_up.control.map(|id| id.to_string())).collect();

        let mut place = Place::default();
        loop {
            let page = self.named_page(look_up.entity, &names, place.cursor()).await;
            let Some(page) = place.move_past(page)? else { continue };
            let asked_for = |id: &Option<String>| id.as_ref().is_some_and(|id| names.contains(id));
            let shows_others = page.records.iter().any(|record| !asked_for(&record.external_id));
            seen.take(page);
            if shows_others {
                return Ok(false);
            }
            if place.is_at_end() {
                break;
            }
        }

        seen.ended(wanted.iter().all(|name| seen.by_external_id.contains_key(name)))?;
        Ok(true)
    }

    /// Walks the whole listing, or as much of it as is needed to find everything by `external_id`.
    async fn walk_for(&self, look_up: &LookUp<'_>, seen: &mut Seen<'_>) -> Result<(), PartnerError> {
        let mut place = Place::default();
        while !seen.has_all() {
            let request = PageRequest { limit: WALK_LIMIT, cursor: place.cursor(), updated_since: None };
            let page = self.patient_page(look_up.entity, &request).await;
            let Some(page) = place.move_past(page)? else { continue };
            seen.take(page);
            if place.is_at_end() {
                return seen.ended(seen.has_all());
            }
        }
        Ok(())
    }
}

/// What the partner has shown so far.
#[expect(clippy::struct_excessive_bools, reason = "each is a thing that was shown or not")]
struct Seen<'a> {
    key_field: Option<&'a str>,
    wanted_ids: HashSet<String>,
    wanted_keys: HashSet<&'a str>,
    /// Geniacs ids of live records, by the local id that they carry.
    by_external_id: HashMap<String, String>,
    /// Geniacs ids of live records, by their natural key.
    by_key: HashMap<String, HashSet<String>>,
    shows_external_ids: bool,
    shows_keys: bool,
    shows_records: bool,
    has_unreadable: bool,
}

impl<'a> Seen<'a> {
    fn new(look_up: &LookUp<'a>, sought: &'a [Sought]) -> Self {
        Self {
            key_field: look_up.key_field,
            wanted_ids: sought.iter().map(|record| record.external_id.to_string()).collect(),
            wanted_keys: sought.iter().filter_map(|record| record.natural_key.as_deref()).collect(),
            by_external_id: HashMap::new(),
            by_key: HashMap::new(),
            shows_external_ids: false,
            shows_keys: false,
            shows_records: false,
            has_unreadable: false,
        }
    }

    fn take(&mut self, page: Page) {
        self.has_unreadable |= !page.malformed.is_empty();
        for record in page.records {
            self.shows_external_ids |= record.external_id.is_some();
            if record.deleted {
                continue;
            }
            self.shows_records = true;

            let key = self.key_field.and_then(|field| text(record.fields.get(field)?));
            self.shows_keys |= key.is_some();
            if let Some(key) = key.filter(|key| self.wanted_keys.contains(key.as_str())) {
                self.by_key.entry(key).or_default().insert(record.geniacs_id.clone());
            }
            if let Some(id) = record.external_id.filter(|id| self.wanted_ids.contains(id)) {
                self.by_external_id.entry(id).or_insert(record.geniacs_id);
            }
        }
    }

    fn has_all(&self) -> bool {
        self.by_external_id.len() == self.wanted_ids.len()
    }

    /// The end of an answer proves that what it does not show is not there, unless part of it could not be read.
    fn ended(&self, has_found_all: bool) -> Result<(), PartnerError> {
        if self.has_unreadable && !has_found_all {
            let reason = "it holds records that cannot be read, and a record that is looked for may be one of them";
            return Err(PartnerError::Malformed { reason: reason.to_owned() });
        }
        Ok(())
    }

    fn whereabouts(&self, sought: &Sought) -> Whereabouts {
        if let Some(id) = self.by_external_id.get(&sought.external_id.to_string()) {
            return Whereabouts::There(id.clone());
        }
        // A partner that keeps local ids would show that of this record, too; one that shows nothing has nothing.
        if self.shows_external_ids || !self.shows_records {
            return Whereabouts::NotThere;
        }
        let Some(key) = sought.natural_key.as_deref().filter(|_| self.shows_keys) else { return Whereabouts::Unknown };
        match self.by_key.get(key) {
            None => Whereabouts::NotThere,
            Some(ids) if ids.len() > 1 => Whereabouts::Unknown,
            Some(ids) => ids.iter().next().cloned().map_or(Whereabouts::Unknown, Whereabouts::SameKey),
        }
    }
}

/// A key as text; none where there is no value.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Record;
    use Whereabouts::{NotThere, SameKey, There, Unknown};
    use serde_json::json;

    fn record(id: &str, external_id: Option<&str>, code: Option<&str>) -> Record {
        let fields = code.map_or_else(|| json!({}), |code| json!({"customer_code": code}));
        Record {
            geniacs_id: id.to_owned(),
            external_id: external_id.map(str::to_owned),
            updated_at: None,
            changed: domain::Moment::exact(chrono::DateTime::UNIX_EPOCH),
            deleted: false,
            fields: fields.as_object().cloned().unwrap_or_default(),
        }
    }

    /// Where record 17 with the key `C17` is, at a partner that shows this.
    fn sought(key: Option<&str>, records: Vec<Record>) -> Whereabouts {
        let look_up = LookUp { entity: EntityType::Customers, key_field: Some("customer_code"), control: None };
        let sought = [Sought { external_id: 17, natural_key: key.map(str::to_owned) }];
        let mut seen = Seen::new(&look_up, &sought);
        seen.take(Page { records, ..Page::default() });
        seen.whereabouts(&sought[0])
    }

    #[test]
    fn a_record_is_recognised_by_the_local_id_that_the_partner_keeps() {
        assert_eq!(sought(None, vec![record("a", Some("17"), None)]), There("a".to_owned()));
        assert_eq!(sought(None, vec![record("a", Some("18"), None)]), NotThere);
        assert_eq!(sought(Some("C17"), vec![record("a", Some("18"), None), record("b", None, Some("C17"))]), NotThere);
        assert_eq!(sought(None, vec![record("a", Some("0017"), None)]), NotThere, "no other spelling is ours");
    }

    #[test]
    fn a_partner_that_keeps_no_local_ids_is_searched_by_the_natural_key() {
        assert_eq!(sought(Some("C17"), vec![record("a", None, Some("C17"))]), SameKey("a".to_owned()));
        assert_eq!(sought(Some("C17"), vec![record("a", None, Some("C18"))]), NotThere);
        let twins = vec![record("a", None, Some("C17")), record("b", None, Some("C17"))];
        assert_eq!(sought(Some("C17"), twins), Unknown);
    }

    #[test]
    fn a_partner_that_shows_neither_leaves_it_unknown_unless_it_holds_nothing() {
        assert_eq!(sought(None, vec![record("a", None, Some("C18"))]), Unknown);
        assert_eq!(sought(Some("C17"), vec![record("a", None, None)]), Unknown);
        assert_eq!(sought(None, Vec::new()), NotThere);
    }
}
