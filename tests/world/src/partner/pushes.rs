//! What the partner does with a push, and what it answers.

use super::Request;
use super::answers::Answer;
use super::events::Told;
use super::store::Partner;
use super::traits::External;
use crate::cast::Cast;
use crate::dice::Dice;
use crate::fields::{Kind, rounded, text};
use crate::reach::Guards;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

impl Partner {
    pub(super) fn pushed(&mut self, request: &Request, dice: &mut Dice) -> Answer {
        if self.traits.idempotent
            && let Some(body) = request.idempotency_key.as_ref().and_then(|key| self.answers.get(key))
        {
            return Answer {
                status: 200,
                body: body.clone(),
                told: Vec::new(),
                revived: Vec::new(),
                note: "200 as before".to_owned(),
            };
        }

        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let records: Vec<Map<String, Value>> =
            body["data"].as_array().into_iter().flatten().filter_map(|r| r.as_object().cloned()).collect();
        let lineages: Vec<Option<String>> = records.iter().map(|record| self.lineage(record)).collect();
        if lineages.iter().flatten().any(|lineage| self.breaks.contains(lineage)) {
            return Answer {
                note: format!("500 because of a record in {lineages:?}"),
                ..Answer::error(500, "internal")
            };
        }

        let newer: Vec<usize> = (0..records.len())
            .filter(|index| records[*index].contains_key(self.cast.id))
            .filter(|index| lineages[*index].as_ref().is_some_and(|lineage| self.touched.contains(lineage)))
            .collect();
        if self.guards == Guards::Requests && !newer.is_empty() {
            self.has_refused = true;
            return refused_as_older(&newer);
        }

        let (mut results, mut failed, mut notes, mut revived) = (Vec::new(), 0, Vec::new(), Vec::new());
        for (index, record) in records.into_iter().enumerate() {
            let refused = lineages[index].as_ref().is_some_and(|lineage| self.refuses.contains(lineage));
            let sent = brief_of_push(self.cast, &record);
            let (status, id) = match () {
                () if refused => ("validation_error", None),
                () if self.guards == Guards::Records && newer.contains(&index) => ("conflict", None),
                () => self.take(record, &mut revived, dice),
            };
            self.has_refused |= matches!(status, "not_found" | "conflict");
            notes.push(format!("{sent} -> {status} {}", id.as_deref().unwrap_or("-")));
            if matches!(status, "validation_error" | "not_found" | "conflict") {
                failed += 1;
                let error = json!({"type": status, "message": status});
                results.push(json!({"index": index, "status": "failed", "error": error}));
            } else {
                results.push(json!({"index": index, "status": status, "id": id}));
            }
        }

        let mut body = json!({"success": true, "synced_records": results.len() - failed, "failed_records": failed});
        if self.traits.results {
            body["results"] = json!(results);
        }
        let body = body.to_string();

        if let Some(key) = &request.idempotency_key {
            self.answers.insert(key.clone(), body.clone());
        }
        Answer { status: 200, body, told: Vec::new(), revived, note: format!("200 {}", notes.join("; ")) }
    }

    /// The line of descent that a pushed record belongs to.
    fn lineage(&self, record: &Map<String, Value>) -> Option<String> {
        let by_id = record.get(self.cast.id).and_then(Value::as_str).and_then(|id| self.find(id));
        let known = by_id.or_else(|| self.external(record)).map(|place| self.records[place].lineage.clone());
        text(record.get(self.cast.token.geniacs)).or(known)
    }

    fn external(&self, record: &Map<String, Value>) -> Option<usize> {
        let id =
            record.get("external_id").and_then(Value::as_str).filter(|_| self.traits.external == External::Matched)?;
        self.records.iter().position(|r| r.external_id.as_deref() == Some(id) && r.merged_into.is_none())
    }

    fn take(
        &mut self,
        mut pushed: Map<String, Value>,
        revived: &mut Vec<String>,
        dice: &mut Dice,
    ) -> (&'static str, Option<String>) {
        let by_id = pushed.get(self.cast.id).and_then(Value::as_str).map(|id| self.find(id));
        let place = match by_id {
            Some(Some(place)) if self.records[place].merged_into.is_some() => return ("not_found", None),
            Some(Some(place)) => Some(place),
            Some(None) => match self.external(&pushed) {
                Some(place) => Some(place),
                None => return ("not_found", None),
            },
            None => self.external(&pushed),
        };

        let deletes = pushed.get("deleted") == Some(&json!(true));
        let external_id = text(pushed.get("external_id")).filter(|_| self.traits.external != External::Ignored);
        let lineage = text(pushed.get(self.cast.token.geniacs)).unwrap_or_else(|| "?".to_owned());
        for bookkeeping in [self.cast.id, "external_id", "version", "deleted"] {
            pushed.remove(bookkeeping);
        }
        let fields: BTreeMap<String, Value> =
            pushed.into_iter().map(|(name, value)| (name.clone(), self.kept(&name, value))).collect();

        let Some(place) = place else {
            if deletes {
                return ("deleted", None);
            }
            let place = self.insert(lineage, external_id, fields);
            return self.told(place, "created", Map::new(), dice);
        };

        let clock = self.clock();
        let merges = self.traits.merges;
        let record = &mut self.records[place];
        record.external_id = external_id.or(record.external_id.take());
        if deletes {
            record.updated_at = if record.deleted { record.updated_at } else { clock };
            record.deleted = true;
            return self.told(place, "deleted", Map::new(), dice);
        }

        let mut after = if merges { record.fields.clone() } else { BTreeMap::new() };
        after.extend(fields);
        if after == record.fields && !record.deleted {
            return ("unchanged", Some(record.id.clone()));
        }

        let mut changes = Map::new();
        for (name, new) in &after {
            let old = record.fields.get(name).cloned().unwrap_or_default();
            if old != *new {
                changes.insert(name.clone(), json!({"old": old, "new": new}));
            }
        }

        if record.deleted {
            revived.push(record.lineage.clone());
        }
        record.fields = after;
        record.deleted = false;
        record.updated_at = clock;
        self.told(place, "updated", changes, dice)
    }

    /// Sends word of what a push did, where this partner does so.
    fn told(
        &mut self,
        place: usize,
        status: &'static str,
        changes: Map<String, Value>,
        dice: &mut Dice,
    ) -> (&'static str, Option<String>) {
        let id = self.records[place].id.clone();

        if self.traits.echoes {
            let record = &self.records[place];
            let told = match status {
                "created" => Told::created(record),
                "deleted" => Told::deleted(record),
                _ => Told::updated(record, changes),
            };
            self.announce(&told, dice);
        }
        (status, Some(id))
    }

    /// A value as this partner keeps it.
    fn kept(&self, name: &str, value: Value) -> Value {
        let is_number = self.cast.fields.iter().any(|field| field.geniacs == name && field.kind == Kind::Number);
        match text(Some(&value)).as_deref().and_then(rounded) {
            Some(whole) if is_number && self.traits.rounds => json!(whole),
            _ => value,
        }
    }
}

/// The answer to a request that holds older versions of these records.
fn refused_as_older(places: &[usize]) -> Answer {
    let details: Vec<Value> =
        places.iter().map(|place| json!({"index": place, "message": "a newer version is here"})).collect();
    let body = json!({"error": {"type": "conflict", "message": "a newer version is here", "details": details}});
    Answer { body: body.to_string(), ..Answer::error(409, "conflict") }
}

/// What a push says of a record, in short.
fn brief_of_push(cast: &Cast, record: &Map<String, Value>) -> String {
    let fields: Vec<String> = cast
        .fields
        .iter()
        .map(|field| match record.get(field.geniacs) {
            None => format!("{}:absent", field.local),
            value => format!("{}:{}", field.local, text(value).as_deref().unwrap_or("null")),
        })
        .collect();
    let word = |name: &str| text(record.get(name)).unwrap_or_else(|| "-".to_owned());
    let what = if record.get("deleted") == Some(&json!(true)) { "delete".to_owned() } else { fields.join(" ") };
    format!("{} id {} ext {} {{{what}}}", word(cast.token.geniacs), word(cast.id), word("external_id"))
}
