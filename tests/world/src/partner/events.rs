//! The webhooks that the partner sends.

use super::store::{Partner, Record};
use crate::dice::Dice;
use serde_json::{Map, Value, json};

/// What happened to a record.
#[derive(Debug)]
pub(crate) struct Told {
    kind: &'static str,
    record: Record,
    changes: Option<Map<String, Value>>,
}

impl Told {
    pub(crate) fn created(record: &Record) -> Self {
        Self { kind: "created", record: record.clone(), changes: None }
    }

    pub(crate) fn updated(record: &Record, changes: Map<String, Value>) -> Self {
        Self { kind: "updated", record: record.clone(), changes: Some(changes) }
    }

    pub(crate) fn deleted(record: &Record) -> Self {
        Self { kind: "deleted", record: record.clone(), changes: None }
    }
}

/// A webhook on its way.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) lineage: String,
    pub(crate) body: String,
}

impl Partner {
    /// Sends word of what happened. Returns how a timeline calls it.
    pub(crate) fn announce(&mut self, told: &Told, dice: &mut Dice) -> String {
        self.next_event += 1;
        let name = format!("e{}", self.next_event);

        let record = &told.record;
        let mut data = match &told.changes {
            Some(changes) if dice.chance(40) => {
                let mut data = Map::new();
                data.insert("changes".to_owned(), Value::Object(changes.clone()));
                data
            }
            _ if told.kind == "deleted" => Map::new(),
            _ => {
                let mut data: Map<String, Value> =
                    record.fields.iter().map(|(name, value)| (name.clone(), self.shown(value))).collect();
                if dice.chance(15) {
                    data.insert(
                        "changes".to_owned(),
                        dice.pick(&[json!({}), json!([]), Value::Null]).cloned().unwrap_or_default(),
                    );
                }
                data
            }
        };

        data.insert(self.cast.id.to_owned(), json!(record.id));
        let timestamp = self.traits.event_precision.show(record.updated_at);
        let event_type = format!("{}.{}", self.cast.entity.event_name(), told.kind);
        let body =
            json!({"event_type": event_type, "event_id": name, "timestamp": timestamp, "data": data}).to_string();

        self.events.push(Event { name: name.clone(), lineage: record.lineage.clone(), body });
        format!("{name} {event_type} {} at {timestamp}", record.id)
    }

    /// Sends word of something that changes no record of the story's. Returns the event's name.
    pub(crate) fn announce_plainly(&mut self, lineage: &str, event_type: &str, data: &Value) -> String {
        self.next_event += 1;
        let name = format!("e{}", self.next_event);
        let timestamp = self.traits.event_precision.show(self.clock());
        let body =
            json!({"event_type": event_type, "event_id": name, "timestamp": timestamp, "data": data}).to_string();
        self.events.push(Event { name: name.clone(), lineage: lineage.to_owned(), body });
        name
    }

    /// A value as it is shown.
    pub(super) fn shown(&self, value: &Value) -> Value {
        if value.is_null() && self.traits.empty_text { json!("") } else { value.clone() }
    }
}
