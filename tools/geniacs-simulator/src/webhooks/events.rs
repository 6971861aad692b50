//! Changing records and telling about it.

use super::{EventAction, EventForm, WebhookRun, milestones};
use crate::app::App;
use crate::faults::{Faults, WebhookFaults};
use crate::random::Random;
use crate::seed::{FieldChange, seed_records};
use crate::store::Store;
use bytes::Bytes;
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
pub(crate) fn make_events(app: &App, order: &WebhookRun, faults: &WebhookFaults) -> Vec<Event> {
    let mut random = app.random(order.seed);
    let partner = app.faults.current();

    let created = match order.kind {
        EventAction::Created => seed_records(app, order.entity, order.count, random.next()),
        _ => Vec::new(),
    };

    let (events, paid) = {
        let mut store = app.store(order.entity);
        let places = match order.kind {
            EventAction::Created => created,
            _ => choose_records(&store, order, &mut random),
        };

        let paid = match order.kind {
            EventAction::Completed => {
                places.iter().filter_map(|place| milestones::paid_money(&store.fields(*place))).collect()
            }
            _ => Vec::new(),
        };

        let make = |place| make_event(&mut store, order, (faults, &partner), place, &mut random);
        (places.into_iter().map(make).collect(), paid)
    };

    // Invoices come before payments in the order of dependence, so both are never locked from here.
    milestones::settle_invoices(app, paid);

    events
}

/// Which records change; an updated one may change more than once, the others only once.
fn choose_records(store: &Store, order: &WebhookRun, random: &mut Random) -> Vec<u32> {
    let mut places = match order.kind {
        EventAction::Updated => return store.choose(order.count, random),
        _ => store.choose(store.len(), random),
    };
    let mut seen = std::collections::HashSet::new();
    places.retain(|place| seen.insert(*place) && milestones::is_due(order.kind, || store.fields(*place)));
    places.truncate(order.count);
    places
}

fn make_event(
    store: &mut Store,
    order: &WebhookRun,
    (faults, partner): (&WebhookFaults, &Faults),
    place: u32,
    random: &mut Random,
) -> Event {
    let changes = change_record(store, order.kind, place, random);
    let mut data = match (order.kind, order.form) {
        (EventAction::Deleted, _) => Map::new(),
        (EventAction::Created, _) | (_, EventForm::Whole) => store.fields(place),
        (_, EventForm::Changes) => shown_changes(&changes, |change| change.field),
        (_, EventForm::LocalChanges) => shown_changes(&changes, |change| change.local_field),
    };
    let record = store.id(place);
    data.insert(order.entity.id_field().to_owned(), Value::from(record.clone()));
    let id = format!("evt_{}", Uuid::now_v7().simple());
    let mut body = json!({
        "event_type": format!("{}.{}", order.entity.event_name(), order.kind.name()),
        "event_id": id,
        "timestamp": partner.moment(happened_at(store.slot(place).updated_at, faults, random)),
        "data": data,
    });
    if let Some(body) = body.as_object_mut() {
        body.retain(|name, _| match name.as_str() {
            "event_id" => !random.chance(faults.no_id_rate),
            "timestamp" => !random.chance(faults.no_timestamp_rate),
            _ => true,
        });
    }
    Event { id, record, body: body.to_string().into() }
}

fn change_record(store: &mut Store, kind: EventAction, place: u32, random: &mut Random) -> Vec<FieldChange> {
    match kind {
        EventAction::Created => Vec::new(),
        EventAction::Updated => vec![store.edit(place, random)],
        EventAction::Deleted => {
            store.delete(place);
            Vec::new()
        }
        EventAction::Completed | EventAction::Activated => {
            store.assign(place, |now| milestones::milestone_fields(kind, now))
        }
    }
}

fn shown_changes(changes: &[FieldChange], name: impl Fn(&FieldChange) -> &'static str) -> Map<String, Value> {
    let changes: Map<String, Value> =
        changes.iter().map(|change| (name(change).to_owned(), json!({"old": change.old, "new": change.new}))).collect();
    Map::from_iter([("changes".to_owned(), Value::Object(changes))])
}

fn happened_at(happened: i64, faults: &WebhookFaults, random: &mut Random) -> i64 {
    let older = if random.chance(faults.old_rate) { faults.old_seconds.saturating_mul(1_000_000) } else { 0 };
    happened.saturating_sub(older)
}
