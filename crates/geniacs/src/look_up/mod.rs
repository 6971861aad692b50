//! Looking for records that a request may have created: whether the partner holds them, and under which id. Where the
//! partner shows nothing by which a record could be recognised, the answer is that nobody can tell.

mod named;
mod seen;

use crate::find::WALK_LIMIT;
use crate::place::Place;
use crate::{Client, PageRequest, PartnerError};
use chrono::{DateTime, Utc};
use domain::EntityType;
use seen::Seen;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Pages of a walk through what changed lately. A record that is not in them is looked for another time.
const MOST_RECENT_PAGES: usize = 5;

/// A record to look for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sought {
    /// The local id that it was sent with.
    pub external_id: i64,
    /// The natural key that it was sent with.
    pub natural_key: Option<String>,
    /// The fields that it was sent with, as far as they are known.
    pub fields: Option<Map<String, Value>>,
    /// Whether the partner has said that it took the record, without telling its id.
    pub was_taken: bool,
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
    /// Whether the first request is a probe, which is all that is sent to a partner that fails.
    pub is_probe: bool,
    /// Whether what was sent of a field and what the partner shows of it say the same.
    pub same: fn(&Value, &Value) -> bool,
    /// Whether a partner that rounds or tidies values may show this for what was sent.
    pub similar: fn(&Value, &Value) -> bool,
}

/// The result of a look-up for one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whereabouts {
    /// The partner holds it under this id.
    There(String),
    /// The partner keeps no `external_id`. These records of its have the same natural key or, where none was sent, the same
    /// value in every field.
    Alike(Vec<String>),
    /// The partner does not hold it.
    NotThere,
    /// The partner shows nothing by which it could be told.
    Unknown,
    /// The partner failed whenever it was asked for this record, and answered about others.
    Failed(PartnerError),
}

impl Client {
    /// Looks for records by `external_id`; where the partner does not find by it, in its whole listing, there also by the
    /// natural key or by all fields. One answer for each record, by its local id.
    pub async fn look_up(
        &self,
        look_up: &LookUp<'_>,
        sought: &[Sought],
    ) -> Result<HashMap<i64, Whereabouts>, PartnerError> {
        let mut seen = Seen::new(look_up, sought);
        let ids: Vec<i64> = sought.iter().map(|record| record.external_id).collect();
        if !(self.ask_by_name(look_up, &ids, &mut seen).await? && seen.shows_external_ids()) {
            self.walk_for(look_up, &mut seen).await?;
        }
        Ok(sought.iter().map(|record| (record.external_id, seen.whereabouts(record))).collect())
    }

    /// Looks for records that the partner has taken since this moment of its clock: by `external_id`, or else in the first
    /// pages of what has changed since. A record that is not found may be there nevertheless.
    pub async fn look_up_lately_taken(
        &self,
        look_up: &LookUp<'_>,
        sought: &[Sought],
        since: DateTime<Utc>,
    ) -> Result<HashMap<i64, Whereabouts>, PartnerError> {
        let mut seen = Seen::new(look_up, sought);
        let ids: Vec<i64> = sought.iter().map(|record| record.external_id).collect();

        if !(self.ask_by_name(look_up, &ids, &mut seen).await? && seen.shows_external_ids()) {
            // The partner ignores the filter by name, or shows no `external_id`: only what changed lately can be searched.
            let mut place = Place::default();

            for _ in 0..MOST_RECENT_PAGES {
                let request = PageRequest { limit: WALK_LIMIT, cursor: place.cursor(), updated_since: Some(since) };
                let page = self.patient_page(look_up.entity, &request).await;
                let Some(page) = place.move_past(page)? else { continue };
                seen.take(page);
                if place.is_at_end() {
                    break;
                }
            }
        }

        let found = sought.iter().map(|record| (record.external_id, seen.whereabouts(record)));
        Ok(found.filter(|(_, place)| matches!(place, Whereabouts::There(_) | Whereabouts::Alike(_))).collect())
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
