//! How the partner answers: which request it is, and what it lists.

use super::Request;
use super::store::{Partner, Record};
use super::traits::{External, Order};
use crate::dice::Dice;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// Records of a page when the engine walks the whole listing to find certain ones; its pulls ask for fewer.
const LOOK_UP: usize = 1_000;

/// An answer, and what it means.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// Lines of descent of which it says how they are.
    pub(crate) told: Vec<String>,
    /// Lines of descent of deleted records that a push brought back.
    pub(crate) revived: Vec<String>,
    /// For the timeline.
    pub(crate) note: String,
}

impl Answer {
    pub(super) fn error(status: u16, kind: &str) -> Self {
        let body = json!({"error": {"type": kind, "message": kind}}).to_string();
        Self { status, body, told: Vec::new(), revived: Vec::new(), note: format!("{status} {kind}") }
    }
}

impl Partner {
    pub(crate) fn answer(&mut self, request: &Request, dice: &mut Dice) -> Answer {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let query: HashMap<String, String> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), decoded(value)))
            .collect();

        let names: Vec<&str> = path.trim_start_matches("/v1").trim_matches('/').split('/').collect();
        let names = match names.as_slice() {
            [first, rest @ ..] if *first == self.cast.path => rest,
            _ => return Answer::error(404, "not_found"),
        };

        let answer = match (request.method.as_str(), names) {
            ("POST", ["sync"]) => self.pushed(request, dice),
            ("GET", []) => self.listed(&query, dice),
            ("GET", [id]) => self.asked(&decoded(id)),
            _ => Answer::error(404, "not_found"),
        };

        self.touched.retain(|lineage| !answer.told.contains(lineage));
        answer
    }

    fn asked(&self, id: &str) -> Answer {
        let Some(record) = self.find(id).map(|place| &self.records[place]) else {
            return Answer::error(404, "not_found");
        };

        let record = match &record.merged_into {
            Some(other) if self.traits.follows_merges => self.find(other).map(|place| &self.records[place]),
            Some(_) => None,
            None if record.deleted && self.traits.hides_deleted => None,
            None => Some(record),
        };
        let Some(record) = record else { return Answer::error(404, "not_found") };

        let told = if record.id == id { vec![record.lineage.clone()] } else { Vec::new() };
        let note = format!("200 {}", self.brief(record));
        Answer { status: 200, body: self.json(record).to_string(), told, revived: Vec::new(), note }
    }

    fn listed(&mut self, query: &HashMap<String, String>, dice: &mut Dice) -> Answer {
        if let Some(names) = query.get("external_id").filter(|_| self.traits.external == External::Matched) {
            let wanted: Vec<&str> = names.split(',').collect();
            let found: Vec<&Record> = self
                .records
                .iter()
                .filter(|r| r.external_id.as_deref().is_some_and(|id| wanted.contains(&id)))
                .filter(|r| !(r.deleted && self.traits.hides_deleted) && r.merged_into.is_none())
                .collect();
            return self.page(&found, None, false);
        }

        let cursor = query.get("cursor");
        self.pages += 1;
        if cursor.is_some() && dice.chance(self.traits.cursors_die) {
            return Answer::error(dice.one([410, 400, 404]), "cursor_expired");
        }

        let limit: usize = query.get("limit").and_then(|n| n.parse().ok()).unwrap_or(100);
        let since = query
            .get("updated_since")
            .filter(|_| self.traits.honours_since)
            .and_then(|moment| chrono::DateTime::parse_from_rfc3339(moment).ok())
            .map_or(i64::MIN, |moment| moment.timestamp_micros());
        let mut all: Vec<Record> = self
            .records
            .iter()
            .filter(|r| r.updated_at >= since && r.merged_into.is_none())
            .filter(|r| !(r.deleted && self.traits.hides_deleted))
            .cloned()
            .collect();

        let (records, next) = match self.traits.order {
            Order::Time => {
                all.sort_by_key(|r| (r.updated_at, r.place));
                let after = cursor.map_or((i64::MIN, 0), |cursor| keys(cursor));
                let rest: Vec<Record> =
                    all.into_iter().filter(|r| cursor.is_none() || (r.updated_at, r.place) > after).collect();
                cut(rest, limit, |last| format!("t:{}:{}", last.updated_at, last.place))
            }
            Order::Id => {
                let after = cursor.map(|c| keys(c).1);
                let rest: Vec<Record> = all.into_iter().filter(|r| after.is_none_or(|after| r.place > after)).collect();
                cut(rest, limit, |last| format!("i:0:{}", last.place))
            }
            Order::Nothing => {
                let (walk, offset) = if let Some((walk, offset)) = cursor.map(|cursor| keys(cursor)) {
                    (usize::try_from(walk).unwrap_or(0), offset)
                } else {
                    dice.shuffle(&mut all);
                    self.walks.push(all.into_iter().map(|r| r.id).collect());
                    (self.walks.len() - 1, 0)
                };
                let ids = self.walks.get(walk).cloned().unwrap_or_default();
                let upto = ids.len().min(offset + limit);
                let page: Vec<Record> = ids[offset.min(upto)..upto]
                    .iter()
                    .filter_map(|id| self.find(id))
                    .map(|place| self.records[place].clone())
                    .collect();
                (page, (upto < ids.len()).then(|| format!("n:{walk}:{upto}")))
            }
        };
        let page: Vec<&Record> = records.iter().collect();

        // Whoever looks for certain records, or walks through all for them, does not take notice of the others.
        let is_look_up = query.contains_key("external_id") || limit == LOOK_UP;
        self.page(&page, next.as_deref(), !is_look_up)
    }

    fn page(&self, records: &[&Record], next: Option<&str>, told: bool) -> Answer {
        let data: Vec<Value> = records.iter().map(|record| self.json(record)).collect();
        let note: Vec<String> = records.iter().map(|record| self.brief(record)).collect();
        Answer {
            status: 200,
            body: json!({"data": data, "next_cursor": next}).to_string(),
            told: if told { records.iter().map(|record| record.lineage.clone()).collect() } else { Vec::new() },
            revived: Vec::new(),
            note: format!("200 [{}] next {}", note.join(", "), next.unwrap_or("-")),
        }
    }

    fn json(&self, record: &Record) -> Value {
        let mut shown: Map<String, Value> =
            record.fields.iter().map(|(name, value)| (name.clone(), self.shown(value))).collect();
        shown.insert(self.cast.id.to_owned(), json!(record.id));

        if self.traits.external != External::Ignored {
            shown.insert("external_id".to_owned(), json!(record.external_id));
        }
        if self.traits.shows_time {
            shown.insert("updated_at".to_owned(), json!(self.traits.listing_precision.show(record.updated_at)));
        }
        if record.deleted {
            shown.insert("deleted".to_owned(), json!(true));
        }

        Value::Object(shown)
    }

    fn brief(&self, record: &Record) -> String {
        let time = self.traits.listing_precision.show(record.updated_at);
        format!("{}={}{} {}", record.id, record.lineage, if record.deleted { " deleted" } else { "" }, &time[11..])
    }
}

fn keys(cursor: &str) -> (i64, usize) {
    let mut parts = cursor.split(':').skip(1);
    let first = parts.next().and_then(|n| n.parse().ok()).unwrap_or(0);
    (first, parts.next().and_then(|n| n.parse().ok()).unwrap_or(0))
}

fn cut(mut rest: Vec<Record>, limit: usize, cursor: impl Fn(&Record) -> String) -> (Vec<Record>, Option<String>) {
    let more = rest.len() > limit;
    rest.truncate(limit);
    let next = rest.last().filter(|_| more).map(cursor);
    (rest, next)
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let hex: Vec<u8> = rest.by_ref().take(2).collect();
                bytes.push(std::str::from_utf8(&hex).ok().and_then(|h| u8::from_str_radix(h, 16).ok()).unwrap_or(b'?'));
            }
            b'+' => bytes.push(b' '),
            other => bytes.push(other),
        }
    }

    String::from_utf8_lossy(&bytes).into_owned()
}
