//! Changing records and telling about it.

use super::{EventAction, EventForm, WebhookRun};
use crate::app::App;
use crate::random::Random;
use crate::seed::{Change, seed};
use crate::store::{Store, rfc3339};
use bytes::Bytes;
use domain::EntityType;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// An event, ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) record: String,
    pub(crate) body: Bytes,
}

/// Changes records as the order says, one after the other, and makes the event of each change.
pub(crate) fn make_events(app: &App, order: &WebhookRun) -> Vec<Event> {
    let mut random = app.random(order.seed);
    let created = match order.kind {
        EventAction::Created => seed(app, order.entity, order.count, random.next()),
        EventAction::Updated | EventAction::Deleted => Vec::new(),
    };
    let mut store = app.store(order.entity);
    let places = match order.kind {
        EventAction::Created => created,
        EventAction::Updated => store.choose(order.count, &mut random),
        EventAction::Deleted => {
            let count = order.count.min(store.len());
            store.choose(count, &mut random)
        }
    };
    places.into_iter().map(|place| event(&mut store, order, place, &mut random)).collect()
}

fn event(store: &mut Store, order: &WebhookRun, place: u32, random: &mut Random) -> Event {
    let change = match order.kind {
        EventAction::Created => None,
        EventAction::Updated => Some(store.edit(place, random)),
        EventAction::Deleted => {
            store.delete(place);
            None
        }
    };
    let mut data = match (order.kind, order.form, change) {
        (EventAction::Deleted, ..) => Map::new(),
        (_, EventForm::Changes, Some(change)) => changes(change.field, &change),
        (_, EventForm::LocalChanges, Some(change)) => changes(change.local_field, &change),
        _ => store.fields(place),
    };
    let record = store.id(place);
    data.insert(order.entity.id_field().to_owned(), Value::from(record.clone()));
    let id = format!("evt_{}", Uuid::now_v7().simple());
    let body = json!({
        "event_type": event_type(order.entity, order.kind),
        "event_id": id,
        "timestamp": rfc3339(store.slot(place).updated_at),
        "data": data,
    });
    Event { id, record, body: body.to_string().into() }
}

fn changes(name: &str, change: &Change) -> Map<String, Value> {
    Map::from_iter([("changes".to_owned(), json!({name: {"old": change.old, "new": change.new}}))])
}

fn event_type(entity: EntityType, action: EventAction) -> String {
    let action = match action {
        EventAction::Created => "created",
        EventAction::Updated => "updated",
        EventAction::Deleted => "deleted",
    };
    format!("{}.{action}", entity.event_name())
}
